"""How sure is the ranking of policies? Their effects over the tunings that still meet the record.

python experiments/policies_over_tunings.py [replicates]
"""

import sys

import numpy as np
import pandas as pd

import sim

POLICIES = ("per_head", "smoothed", "equal_losses", "max_min", "talmud", "proportional", "lottery", "quota")

replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 300

scenario = sim.load_scenario("llama_vs_opt")
tunings = sim.attribute(scenario, replicates=20, tunings=60).tunings
met = tunings[tunings["meets_record"]].drop(columns="meets_record")
points = {}
for path in met:
    bounds = scenario.parameter(path)
    points[path] = np.clip(scenario.value(path) * met[path].to_numpy(), bounds.low, bounds.high)


def means(policy):
    """Mean number who quit and output under a policy: a row per tuning."""
    case = scenario.with_overrides({"committee.policy": policy})
    outcomes = sim.run(case, replicates, seed=1, detail="summary", points=points).outcomes
    return outcomes.groupby("point")[["quits", "output"]].mean()


base = means("priority")
effects = {policy: means(policy) - base for policy in POLICIES}
print(
    f"{len(met)} of {len(tunings)} drawn tunings meet the record; differences from priority, 5, 50 and 95 % over them"
)
for policy, effect in effects.items():
    quits, output = (effect[name].quantile([0.05, 0.5, 0.95]).round(2).tolist() for name in ("quits", "output"))
    print(f"{policy:14s} quits {quits}  output {output}")
quits = pd.DataFrame({policy: effect["quits"] for policy, effect in effects.items()})
print("fewest quit under:", quits.idxmin(axis=1).value_counts().to_dict())
print("most quit under:", quits.idxmax(axis=1).value_counts().to_dict())
