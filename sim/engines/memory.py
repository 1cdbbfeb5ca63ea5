"""Whether a run can fit into memory, told before it begins."""

import os
from pathlib import Path

from sim.errors import InputError
from sim.results.history import COHORT_COLUMNS, LAB_COLUMNS, PROJECT_COLUMNS, TEAM_COLUMNS
from sim.results.result import Detail
from sim.scenario import Scenario

CELL = 8  # bytes
KEPT = 2  # tables are joined from chunks, so there are two of each for a moment
NUMBER = 40  # bytes of a replicate's number in a list
GIB = 1 << 30


def check_memory(scenario: Scenario, histories: int, detail: Detail) -> None:
    """Raise InputError if the tables of so many histories cannot fit into this machine's memory."""
    there, needed = memory(), histories * history_size(scenario, detail)
    if needed > there:
        raise InputError(f"replicates: {histories:,} histories with detail '{detail}' need about "
                         f"{needed / GIB:,.0f} GiB, and this machine has {there / GIB:,.0f}; ask for fewer, or for "
                         "less detail")  # fmt: skip


def history_size(scenario: Scenario, detail: Detail) -> int:
    """Bytes that one history takes in the tables, about, and rather too few than too many."""
    teams, cohorts, projects = len(scenario.team), len(scenario.cohort), len(scenario.project)
    cells = 8 + 2 * teams + cohorts + projects + len(scenario.record)
    if detail != "summary":
        monthly = teams * len(TEAM_COLUMNS) + cohorts * len(COHORT_COLUMNS) + len(LAB_COLUMNS)
        cells += scenario.months * monthly + projects * len(PROJECT_COLUMNS)
    return KEPT * CELL * cells + NUMBER


def memory() -> int:
    """Bytes of memory that this process may have: the machine's, or what its container allows."""
    try:
        there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on Windows: then nothing is refused
        return 1 << 62
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            there = min(there, int(Path(file).read_text()))
        except (OSError, ValueError):  # no container, or one without a limit ("max")
            continue
    return there
