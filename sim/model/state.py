"""The state of a lab: the attributes of people, teams and projects, as agents and as rows; what their codes mean."""

import numpy as np

# `status` of a project, and `reason` of an exit: places in these lists.
STATUSES = ("planned", "active", "released", "cancelled")
PLANNED, ACTIVE, RELEASED, CANCELLED = range(4)
REASONS = ("quit", "laid_off")
QUIT, LAID_OFF = range(2)

NEW_CLAIMANT = -1.0  # `last_fill` of a team that wanted nothing last month
NEVER = 1 << 40  # a month that does not come


def _row(whole: str, real: str) -> np.dtype:
    return np.dtype(
        [(name, np.int64) for name in whole.split()] + [(name, np.float64) for name in real.split()], align=True
    )


# `index` is the place in the lab's list of people, teams or projects, and what references hold.
# One row per seat. `team` is where its holder sits or a rehire will sit; `due` the month in which one joins, or -1.
# `seated` of a team counts its members at any time, `size` those who take part in the month.
PERSON = _row(
    "index present team joined due occupant cohorts name_hash number event",
    "promised patience envy guilt fairness strain shock visibility",
)
TEAM = _row(
    "index line site lead changed reopened size seated active_projects first_active end_active releases headcount "
    "quits laid_off hired moved name_hash",
    "gpus_per_researcher compute_dependence baseline promised_gpus record weight guaranteed_gpus credits "
    "heat fit trust padding lost usage lag1 lag2 last_ask last_grant last_fill "
    "experience morale crew pace capability proximity usable need ask score ticket tie "
    "grant relief gpus voice productivity used free fill shortfall procedure envy guilt "
    "felt_want felt_envy felt_guilt fairness pull kick",
)
PROJECT = _row(
    "index team status month start target slips months_worked finished", "work_left crew prestige pace gpu_months"
)
# Where a lab does not begin at 0, and the scenario does not say.
TEAM_BEGINS = {
    "lead": 1, "changed": 1, "heat": 1.0, "fit": 1.0, "trust": 1.0, "padding": 1.0, "last_fill": NEW_CLAIMANT,
    "ticket": 0.5, "tie": 0.5,
}  # fmt: skip
PROJECT_BEGINS = {"month": -1}
