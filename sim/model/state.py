"""The state of a lab: every attribute of a person, of people alike, of a team and a project, declared once.

From the declarations come the rows of the compiled engine, the attributes of the Mesa agents, how a lab stands before
its first month, and the table in `MODEL.md` 2. One line an attribute: `name: Annotated[type, unit, meaning] = initial`.
Whole numbers, places in lists (-1: none) and switches are `int`, all else is `float`.
"""

import math
from functools import cache
from typing import Annotated, get_type_hints

import numpy as np

# `status` of a project, and `reason` of an exit: places in these lists.
STATUSES = ("planned", "active", "released", "cancelled")
PLANNED, ACTIVE, RELEASED, CANCELLED = range(4)
REASONS = ("quit", "laid_off")
QUIT, LAID_OFF = range(2)

NEW_CLAIMANT = -1.0  # `last_fill` of a team that wanted nothing last month


class Person:
    """A seat, and whoever holds it."""

    index: Annotated[int, "", "place in the order of seats"] = 0
    present: Annotated[int, "", "1 while somebody holds the seat"] = 0
    team: Annotated[int, "", "team where the holder sits, or a rehire will sit"] = -1
    kind: Annotated[int, "", "those who have lived through the same as the holder, and feel alike"] = -1
    due: Annotated[int, "month", "when somebody new takes the empty seat, or -1"] = -1
    occupant: Annotated[int, "", "how many held the seat before"] = 0
    cohorts: Annotated[int, "", "a bit for each cohort that the holder belongs to"] = 0
    event: Annotated[int, "", "hiring event that adds the seat, or -1"] = -1
    patience: Annotated[float, "cumulative hazard", "at which the person leaves"] = 0.0
    readiness: Annotated[float, "factor", "on the hazard of leaving, for life: frailty and leaning"] = 1.0
    leaning: Annotated[float, "log hazard", "perceived fairness that the person brings along"] = 0.0


class Peers:
    """People who have lived through the same: they came to a team together, and moved together since.

    What they hold against the lab is kept as somebody of sensitivity 1 (and of aversion 1) would hold it.
    """

    index: Annotated[int, "", "place in the list of peers"] = 0
    team: Annotated[int, "", "team where they sit"] = -1
    size: Annotated[int, "people", "how many are left"] = 0
    joined: Annotated[int, "month", "when they joined the team; -1 for those there from the start"] = 0
    since: Annotated[int, "asks", "how many there were when the stint in the team began"] = 0
    past: Annotated[int, "", "their stint before that, in the list of ended ones, or -1"] = -1
    movers: Annotated[int, "", "those among them whom the event that happens has moved away, or -1"] = -1
    promised: Annotated[float, "GPUs a head", "what was promised at hiring; 0 nothing"] = 0.0
    leanings: Annotated[float, "log hazard", "sum of what they brought along"] = 0.0
    wanting: Annotated[float, "log hazard", "held against the lab: having less than the work needs"] = 0.0
    envious: Annotated[float, "log hazard", "held against it: having less than others"] = 0.0
    guilty: Annotated[float, "log hazard", "held against it: having more than others"] = 0.0
    grief: Annotated[float, "log hazard", "held against it: projects cancelled"] = 0.0
    unheard: Annotated[float, "log hazard", "held against it: appeals in vain"] = 0.0
    unled: Annotated[float, "log hazard", "held against it: nobody who speaks for the site"] = 0.0
    jolted: Annotated[float, "log hazard", "held against it: grants that jump"] = 0.0
    grievance: Annotated[float, "log hazard", "held against it: all that does not depend on aversions"] = 0.0
    felt: Annotated[float, "people", "sum of sensitivities, by the share of all grievances that is felt"] = 0.0
    felt_by_envy: Annotated[float, "people", "... times aversion to having less"] = 0.0
    felt_by_guilt: Annotated[float, "people", "... times aversion to having more"] = 0.0
    shock: Annotated[float, "log rate", "what is left of shocks"] = 0.0
    loss: Annotated[float, "log rate", "what is left of the shock of a leader's exit"] = 0.0
    visibility: Annotated[float, "prestige", "what is left of releases to their names"] = 0.0
    log_rate: Annotated[float, "log rate", "what draws all of them away alike"] = 0.0


class Kind:
    """Peers who feel alike: they hold the same against the lab, and have the same hazard."""

    index: Annotated[int, "", "place in the list of kinds"] = 0
    peers: Annotated[int, "", "place of their peers"] = 0
    nature: Annotated[int, "", "class of sensitivity and class of aversion"] = 0
    count: Annotated[int, "people", "how many are left"] = 0
    sensitivity: Annotated[float, "factor", "how strongly they feel"] = 1.0
    envy: Annotated[float, "log hazard", "aversion to having less than deserved"] = 0.0
    guilt: Annotated[float, "log hazard", "aversion to having more than deserved"] = 0.0
    held: Annotated[
        float, "log hazard", "what they feel of all that they hold against the lab: F is leaning less this"
    ] = 0.0
    cumulative_hazard: Annotated[float, "cumulative hazard", "rates of leaving lived through so far"] = 0.0


class Team:
    """A team of researchers."""

    index: Annotated[int, "", "place in name order"] = 0
    line: Annotated[int, "", "line of work, by its place in name order"] = 0
    site: Annotated[int, "", "site, by its place in name order"] = 0
    name_hash: Annotated[int, "", "identity in the random numbers"] = 0
    lead: Annotated[int, "", "1 while its site has a lead"] = 1
    changed: Annotated[int, "", "1 if its file must be reopened"] = 1
    reopened: Annotated[int, "", "1 if its file is open this month"] = 0
    headcount: Annotated[int, "people", "members as the month begins"] = 0
    seated: Annotated[int, "people", "members at any time"] = 0
    newest: Annotated[int, "", "peers who came last, or -1"] = -1
    size: Annotated[int, "people", "members who take part in the month"] = 0
    quits: Annotated[int, "people", "who quit this month"] = 0
    laid_off: Annotated[int, "people", "who were laid off this month"] = 0
    hired: Annotated[int, "people", "who joined this month"] = 0
    moved: Annotated[int, "people", "who came from other teams this month, less those who went"] = 0
    active_projects: Annotated[int, "", "projects under way"] = 0
    releases: Annotated[int, "", "projects released this month"] = 0
    gpus_per_researcher: Annotated[float, "GPUs", "what one member can keep busy"] = 0.0
    compute_dependence: Annotated[float, "share", "how far the work hangs on GPUs"] = 0.0
    baseline: Annotated[float, "GPUs a head", "work apart from projects"] = 0.0
    demand_deviate: Annotated[float, "sd", "how far this month's demand is from its mean, in logs"] = 0.0
    demand_factor: Annotated[float, "times baseline", "this month's demand apart from projects"] = 1.0
    promised_gpus: Annotated[float, "GPUs a head", "promised to those who are hired"] = 0.0
    record: Annotated[float, "prestige", "what it has released"] = 0.0
    visibility: Annotated[float, "prestige", "of its first members, from releases before the run"] = 0.0
    weight: Annotated[float, "weight", "entitlement under policies that weigh teams"] = 0.0
    guaranteed_gpus: Annotated[float, "GPUs", "floor under `floor_max_min`"] = 0.0
    borrowing_limit: Annotated[float, "GPUs", "the most above its entitlement under `quota_borrowing`"] = math.inf
    lending_limit: Annotated[float, "GPUs", "the most of its entitlement that is lent, likewise"] = math.inf
    borrowing_weight: Annotated[float, "weight", "by which what is lent is divided; negative: its weight"] = -1.0
    entitled: Annotated[float, "GPUs", "its share by weight of what the committee divides"] = 0.0
    planned: Annotated[float, "GPU-months", "what it was entitled to since its plan began"] = 0.0
    spent: Annotated[float, "GPU-months", "what it has used since then"] = 0.0
    forfeited: Annotated[float, "share", "of its entitlement, lost until a new plan"] = 0.0
    credits: Annotated[float, "GPU-months", "credits under `karma` and `credit_market`"] = 0.0
    heat: Annotated[float, "times usual demand", "outside demand for its people"] = 1.0
    fit: Annotated[float, "share", "how well the work fits what people came for"] = 1.0
    trust: Annotated[float, "share", "the committee's trust in its asks"] = 1.0
    padding: Annotated[float, "times need", "what it asks for"] = 1.0
    usage: Annotated[float, "GPU-months", "past use, decayed"] = 0.0
    lag1: Annotated[float, "leavers", "recent leavers, first stage of the lag"] = 0.0
    lag2: Annotated[float, "leavers", "recent leavers, second stage"] = 0.0
    last_ask: Annotated[float, "GPUs", "last month's ask"] = 0.0
    last_grant: Annotated[float, "GPUs", "what its file says: the grant when it was last open"] = 0.0
    last_fill: Annotated[float, "share", "last month's fill; -1 if it wanted nothing"] = NEW_CLAIMANT
    experience: Annotated[float, "people", "members, newcomers counting in part"] = 0.0
    morale: Annotated[float, "log hazard", "sum of the members' perceived fairness, without what they brought"] = 0.0
    crew: Annotated[float, "people", "crews of its active projects"] = 0.0
    pace: Annotated[float, "GPU-months a month", "work that finishes its projects on time"] = 0.0
    capability: Annotated[float, "share", "experience over crews, at most 1"] = 0.0
    proximity: Annotated[float, "share", "how close a release looks"] = 0.0
    usable: Annotated[float, "GPUs", "what its members can keep busy"] = 0.0
    productivity: Annotated[float, "share", "work that a GPU does"] = 0.0
    need: Annotated[float, "GPUs", "what finishes its work on time"] = 0.0
    ask: Annotated[float, "GPUs", "what it says it needs"] = 0.0
    claim: Annotated[float, "GPUs", "what the committee admits of the ask"] = 0.0
    support: Annotated[float, "", "sum of the committee members' priorities, by power"] = 0.0
    standing: Annotated[float, "", "the committee's score, but for its projects"] = 0.0
    score: Annotated[float, "", "the committee's score"] = 0.0
    lottery_draw: Annotated[float, "uniform", "its draw in an allocation lottery"] = 0.5
    tie_draw: Annotated[float, "uniform", "its draw between equal appeals"] = 0.5
    remainder_draw: Annotated[float, "uniform", "its draw between equal remainders, where GPUs are granted whole"] = 0.5
    grant: Annotated[float, "GPUs", "what the committee grants"] = 0.0
    relief: Annotated[float, "GPUs", "what the head adds"] = 0.0
    gpus: Annotated[float, "GPUs", "what it holds this month"] = 0.0
    voice: Annotated[float, "share", "1 unless it appealed in vain"] = 0.0
    used: Annotated[float, "GPUs", "what it puts to use"] = 0.0
    output: Annotated[float, "GPU-months", "baseline served and work done this month"] = 0.0
    free: Annotated[float, "GPUs", "what is left for its projects while they are served"] = 0.0
    fill: Annotated[float, "share", "part of what it needs that it holds"] = 0.0
    shortfall: Annotated[float, "share", "part of what it needs that it lacks"] = 0.0
    procedure: Annotated[float, "share", "procedural justice"] = 1.0
    envy: Annotated[float, "log ratio", "how much more others hold, beside what they deserve"] = 0.0
    guilt: Annotated[float, "log ratio", "how much less"] = 0.0
    raw_want: Annotated[float, "log hazard", "cause that this month gives: want"] = 0.0
    raw_envy: Annotated[float, "log ratio", "cause that this month gives: envy, to be weighed by aversion"] = 0.0
    raw_guilt: Annotated[float, "log ratio", "cause that this month gives: guilt, to be weighed by aversion"] = 0.0
    raw_voice: Annotated[float, "log hazard", "cause that this month gives: an appeal in vain"] = 0.0
    raw_lead: Annotated[float, "log hazard", "cause that this month gives: no lead"] = 0.0
    raw_consistency: Annotated[float, "log hazard", "cause that this month gives: a jump"] = 0.0
    felt_want: Annotated[float, "log hazard", "mean of its members' F that is want"] = 0.0
    felt_envy: Annotated[float, "log hazard", "... envy"] = 0.0
    felt_guilt: Annotated[float, "log hazard", "... guilt"] = 0.0
    felt_grief: Annotated[float, "log hazard", "... grief"] = 0.0
    felt_voice: Annotated[float, "log hazard", "... not being heard"] = 0.0
    felt_lead: Annotated[float, "log hazard", "... having no lead"] = 0.0
    felt_consistency: Annotated[float, "log hazard", "... jumps"] = 0.0
    felt_leaning: Annotated[float, "log hazard", "... what they bring along"] = 0.0
    fairness: Annotated[float, "log hazard", "mean perceived fairness of its members"] = 0.0
    shared_log_rate: Annotated[float, "log rate", "what draws all members away alike"] = 0.0
    kick: Annotated[float, "log rate", "shocks gathered for its members and not yet felt"] = 0.0


class Project:
    """What a team needs GPUs for."""

    index: Annotated[int, "", "place in name order"] = 0
    team: Annotated[int, "", "team that owns it"] = 0
    status: Annotated[int, "", "planned, active, released or cancelled"] = PLANNED
    month: Annotated[int, "month", "of the last change of status, or -1"] = -1
    start: Annotated[int, "month", "when it becomes active"] = 0
    target: Annotated[int, "month", "when it is to be released"] = 0
    since: Annotated[int, "asks", "how many there were when its team began to work on it"] = 0
    past: Annotated[int, "", "the stint of the team that had it before, in the list of ended ones, or -1"] = -1
    slips: Annotated[int, "", "how often its target was missed"] = 0
    months_worked: Annotated[int, "months", "under way so far"] = 0
    finished: Annotated[int, "", "1 if its work was done this month"] = 0
    work_left: Annotated[float, "GPU-months", "to be done at a productivity of 1"] = 0.0
    crew: Annotated[float, "people", "people it needs"] = 0.0
    prestige: Annotated[float, "prestige", "what its release would be worth if nobody came before"] = 0.0
    novelty: Annotated[float, "share", "of that worth that rivals' releases have left"] = 1.0
    proximity: Annotated[float, "share", "how close its release looks, as far as it is worth something"] = 0.0
    pace: Annotated[float, "GPU-months a month", "work that finishes it on time"] = 0.0
    done: Annotated[float, "GPU-months", "work done this month"] = 0.0
    gpu_months: Annotated[float, "GPU-months", "used so far"] = 0.0


# What follows is derived from the declarations.


@cache
def row_type(kind) -> np.dtype:
    """The row of a person, peers, a kind, a team or a project."""
    types = get_type_hints(kind)
    return np.dtype([(name, np.int64 if types[name] is int else np.float64) for name in types], align=True)


PERSON, PEERS, KIND = row_type(Person), row_type(Peers), row_type(Kind)
TEAM, PROJECT = row_type(Team), row_type(Project)


def rows(kind, *shape) -> np.ndarray:
    """Rows as they stand before anything is said or has happened, numbered along the last axis."""
    made = np.zeros(shape, dtype=row_type(kind))
    for name in made.dtype.names:
        made[name] = getattr(kind, name)
    made["index"] = np.arange(shape[-1])
    return made


def take(thing, row):
    """Give an agent the attributes of a row, as plain Python numbers."""
    vars(thing).update(zip(row.dtype.names, row.item(), strict=True))


def table() -> str:
    """The declarations as a Markdown table, for MODEL.md."""
    lines = ["| of | attribute | at first | unit | meaning |", "|---|---|---|---|---|"]
    for kind in (Person, Peers, Kind, Team, Project):
        for name, declared in get_type_hints(kind, include_extras=True).items():
            unit, meaning = declared.__metadata__
            lines.append(f"| {kind.__name__.lower()} | `{name}` | {getattr(kind, name):g} | {unit} | {meaning} |")
    return "\n".join(lines)
