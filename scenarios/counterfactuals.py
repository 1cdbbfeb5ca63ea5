"""What if: the counterfactuals of LLaMA versus OPT beside what happened, on the same luck.

python scenarios/counterfactuals.py [replicates]
"""

import sys

import sim

WHAT_IF = (
    "even_shares", "duplicate_cancelled_early", "no_head_departure", "no_layoffs", "voice_without_money",
    "money_without_voice", "broken_promise", "cluster_twice", "sticky_decisions", "free_run",
)  # fmt: skip

replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 1000

cases = {name: sim.load_scenario(name) for name in ("llama_vs_opt", *WHAT_IF)}
found = sim.compare(cases, replicates)
table = found.differences.pivot(index="case", columns="outcome", values="difference").loc[list(WHAT_IF)]
chosen = ["quits", "laid_off", "left_share.llama_authors", "left_share.opt_authors", "left_share.rest_of_lab", "output"]
print("Paired mean differences from what happened; shares as parts of 1, output in prestige")
print(table[chosen].round(3).to_string())
folder = found.save("out/counterfactuals", figures=True)
print(f"\nTables with intervals, the people and figures are in {folder}/")
for name in WHAT_IF:
    print(f"{name}: {cases[name].question}")
