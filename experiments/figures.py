"""Makes every picture of the pages, each from the command that a reader would give, into experiments/figures.

    python experiments/figures.py [--quick] [overview frontier waterfall scarcity]

The studies are written to out/figures first; `--quick` runs few replicates, to see whether everything works.
"""

import argparse
from pathlib import Path

import sim
from sim.report.figures import save_figure
from sim.report.saved import load_study
from sim.studies.attribute import attribute
from sim.studies.calibrate import calibrate
from sim.studies.compare import compare
from sim.studies.sweep import run_sweep

HERE = Path(__file__).resolve().parent
SCENARIO, SEED = "llama_vs_opt", 1


def overview(folder, quick):
    """sim run llama_vs_opt"""
    return sim.run(SCENARIO, 20 if quick else 1000, seed=SEED).save(folder)


def posterior(folder, quick):
    """sim calibrate llama_vs_opt --points 12500"""
    calibrate(SCENARIO, folder, points=200 if quick else 12_500, seed=SEED)
    return folder


def frontier(folder, quick):
    """sim compare llama_vs_opt --policies all --posterior out/figures/posterior"""
    known = posterior(folder.with_name("posterior"), quick)
    scenario = sim.load_scenario(SCENARIO)
    names = [name for name in sim.policies() if sim.allocation.policy_fault(name, len(scenario.team)) is None]
    own = scenario.committee.policy
    cases = {name: scenario.with_overrides({"committee.policy": name}) for name in dict.fromkeys([own, *names])}
    return compare(cases, 16 if quick else 1000, seed=SEED, posterior=known).save(folder)


def waterfall(folder, quick):
    """sim attribute llama_vs_opt"""
    return attribute(SCENARIO, 5 if quick else 200, seed=SEED).save(folder)


def scarcity(folder, quick):
    """sim sweep scarcity"""
    run_sweep("scarcity", folder, overrides={"replicates": 5} if quick else None)
    return folder


PICTURES = {"overview": overview, "frontier": frontier, "waterfall": waterfall, "scarcity": scarcity}
KINDS = {"scarcity": "lines"}  # of pictures that are called otherwise than their kind


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", nargs="*", help=f"{', '.join(PICTURES)}; default all")
    parser.add_argument("--quick", action="store_true", help="few replicates, to see whether everything works")
    parser.add_argument("--out", type=Path, default=HERE / "figures", help="folder for the pictures")
    parser.add_argument("--studies", type=Path, default=Path("out/figures"), help="folder for the studies")
    asked = parser.parse_args()
    for name in asked.picture or PICTURES:
        folder = asked.studies / name
        PICTURES[name](folder, asked.quick)
        print(save_figure(load_study(folder), asked.out / f"{name}.png", KINDS.get(name, name)))


if __name__ == "__main__":
    main()
