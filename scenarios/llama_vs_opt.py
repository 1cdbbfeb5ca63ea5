"""LLaMA versus OPT, end to end: run, print the story, save tables and figures under out/llama_vs_opt.

python scenarios/llama_vs_opt.py [replicates]
"""

import sys

import sim

replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 1000

scenario = sim.load_scenario("llama_vs_opt")
result = sim.run(scenario, replicates=replicates, seed=1)
sim.tell(result, mechanisms=sim.mechanisms_off(scenario, replicates=replicates // 2))
folder = result.save("out/llama_vs_opt", figures=True)
print(f"\nTables and figures are in {folder}/; overview.png tells it at a glance.")
