"""What it means that two runs agree: every table that both engines return, to the last departure and log hazard."""

import pandas as pd

import sim

LABS = 160  # random labs on which the engines are compared, and by which every entry of the registry is noticed
TABLES = ("exits", "projects", "cohorts", "months", "lab", "outcomes", "panel")


def run_in_full(scenario, replicates, seed, engine="compiled", **more):
    """A run in which everybody is asked every month."""
    asked = list(range(scenario.months))
    return sim.run(scenario, replicates, seed=seed, engine=engine, detail="panel", asked=asked, **more)


def assert_agree(one, other):
    """Same exits, releases, moves and hires, same numbers."""
    for name in TABLES:
        pd.testing.assert_frame_equal(
            one.tables[name], other.tables[name], check_exact=False, rtol=1e-9, atol=1e-9, obj=f"table {name}"
        )


def assert_same(scenario, replicates, seed):
    """Both engines agree; returns what the compiled one found."""
    compiled = run_in_full(scenario, replicates, seed)
    assert_agree(compiled, run_in_full(scenario, replicates, seed, "mesa"))
    return compiled
