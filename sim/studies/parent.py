"""A run beside the scenario that its own one extends, on the same luck: what did the change do?"""

import pandas as pd

from sim.engines.run import Progress, run
from sim.results.result import Result
from sim.scenario import Scenario
from sim.studies.compare import LAB, OF, beside

MOST = 1000  # replicates; more would make nothing clearer that is told


def beside_parent(
    result: Result, parent: Scenario, *, threads: int | None = None, progress: Progress | None = None
) -> pd.DataFrame:
    """Paired differences from the parent: a row per outcome that both have. Also kept as the result's table `beside`.

    The parent runs the same replicates, at most 1,000 of them, with the same seed.
    """
    numbers = result.replicates[:MOST]
    before = run(parent, numbers, seed=result.seed, engine=result.engine, detail="summary", threads=threads,
                 progress=progress).outcomes.set_index("replicate")  # fmt: skip
    after = result.outcomes[result.outcomes["replicate"].isin(numbers)].set_index("replicate")
    of_whom = (name for name in map(str, after) if name.partition(".")[0] in OF)
    names = [name for name in dict.fromkeys((*LAB, *of_whom)) if name in before]
    table = beside(before, after, names)
    table.insert(0, "parent", parent.title or "its parent")
    result.tables["beside"] = table
    return table
