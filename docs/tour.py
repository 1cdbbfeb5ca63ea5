"""A tour of the program as a notebook: `marimo edit docs/tour.py`, or as a script: `python docs/tour.py`."""

import marimo

app = marimo.App(width="medium")


@app.cell
def setup():
    import marimo as mo
    import numpy as np

    import sim

    return mo, np, sim


@app.cell
def introduction(mo):
    mo.md(
        """
        # Who gets the GPUs, and who stays

        A lab has more teams than GPUs. Once a month a committee divides them; people watch what their team gets, and
        stay or leave. Every cell runs in seconds: change a number and see what follows.
        """
    )


@app.cell
def run(sim):
    # One lab, two hundred histories. The same seed gives the same histories.
    result = sim.run("two_teams", 200, seed=1)
    result.verdict()
    return (result,)


@app.cell
def tables(result):
    # Every number is in a table: outcomes by history, months by team, departures by person.
    departures = result.exits.groupby(["team", "reason"], observed=True).size() / result.histories
    departures.rename("a history")
    return (departures,)


@app.cell
def picture(result):
    # `sim list figures` names the others.
    overview = result.plot()
    overview
    return (overview,)


@app.cell
def compare(sim):
    # What if the GPUs were divided otherwise? The same people meet the same luck under every policy.
    lab = sim.load_scenario("two_teams")
    policies = ("priority", "max_min", "per_head")
    cases = {name: lab.with_overrides({"committee.policy": name}) for name in policies}
    compared = sim.compare(cases, 200, seed=1)
    compared.verdict()
    return compared, lab


@app.cell
def forest(compared):
    differences = compared.plot("forest")
    differences
    return (differences,)


@app.cell
def own_policy(np, sim):
    # A policy is a function of the claims and the budget. This one serves the smallest ask first.
    @sim.policy
    def small_teams_first(claims, budget):
        """The smallest ask in full, then the next, until nothing is left."""
        grants = np.zeros(len(claims.asks))
        for i in np.argsort(claims.asks):
            grants[i] = min(claims.asks[i], budget)
            budget -= grants[i]
        return grants

    shares = sim.allocate("small_teams_first", asks=[100, 200, 300], budget=350)
    shares
    return shares, small_teams_first


@app.cell
def own_policy_compared(lab, sim, small_teams_first):
    mine = lab.with_overrides({"committee.policy": small_teams_first.__name__})
    beside = sim.compare({"priority": lab, "mine": mine}, 100, seed=1)
    beside.verdict()
    return (beside,)


@app.cell
def sweep(sim):
    # One number against another, every point on the same luck. A stopped sweep goes on where it was.
    import tempfile

    experiment = {
        "title": "Scarcer GPUs",
        "question": "What do half or twice the GPUs change?",
        "scenario": "two_teams",
        "replicates": 50,
        "outcomes": ["quits", "output"],
        "factor": [
            {"path": "budget.scale", "values": [0.5, 0.75, 1.0, 1.5, 2.0]},
            {"path": "committee.policy", "values": ["priority", "max_min"]},
        ],
    }
    folder = tempfile.mkdtemp()
    points = sim.sweep(experiment, folder)
    points.query("outcome == 'quits'").pivot(index="budget.scale", columns="committee.policy", values="mean")
    return folder, points


@app.cell
def lines(folder):
    from sim.report.figures import plot
    from sim.report.saved import load_study

    curves = plot(load_study(folder), "lines")
    curves
    return (curves,)


@app.cell
def posterior(sim):
    # What do recorded facts leave of the parameters? Few points here, so that it takes seconds; `sim calibrate` gives
    # 10,000. Every prior has a source.
    about = {
        "turnover.base_rate": {"median": 0.012, "log_sd": 0.3, "source": "LinkedIn 2017; BLS JOLTS, information"},
        "turnover.market": {"median": 0.3, "log_sd": 0.6, "source": "assumed"},
        "turnover.visibility": {"median": 0.35, "log_sd": 0.6, "source": "assumed"},
        "shocks.lead_leaves": {"median": 0.5, "log_sd": 0.5, "source": "a leader's exit, more than 100,000 employees"},
    }
    believed = sim.Scenario.from_dict({**sim.load_scenario("llama_vs_opt").to_dict(), "prior": about})
    found = sim.calibrate(believed, points=400, replicates=4, stages=1, seed=1)
    found.parameters[["path", "prior_median", "median", "q05", "q95", "identified"]]
    return (found,)


@app.cell
def predicted(found):
    # Every recorded fact beside what prior and posterior predict.
    facts = found.plot("predictive")
    facts
    return (facts,)


if __name__ == "__main__":
    app.run()
