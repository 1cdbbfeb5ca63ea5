"""A first scenario to edit: it runs at once, and says beside every number what it means."""

import math

from sim.intake.usage import months_from

HEAD = """\
#:schema ./{schema}
# {name}: a first draft of your lab. Everything here is invented; replace what you know, and say in [sources] where it
# comes from. `sim check {name}.toml` lists every number, also those that stand nowhere in this file.
# `sim run {name}.toml` runs it; `sim compare {name}.toml --policies all` asks what another division would change.

title = "{name}"
question = "Who gets the GPUs, and who stays?"
start = "{start}"                # first month
months = {months}

[budget]
gpus = {gpus}                     # divided every month
reserve = 0.05                 # part that the head of research keeps for appeals

[committee]
policy = "priority"            # `sim policies` lists all

[[committee.members]]          # who scores the teams; `power` weighs them
name = "research"
power = 1.0
priorities = {{ {first} = 1.5 }}  # factors by team or line of work, 1 where nothing is said

[[committee.members]]
name = "product"
power = 1.0
"""
TEAM = """
[[team]]
name = "{name}"
site = "{site}"                # a site may lose its lead (an event `lead_leaves`)
line = "{line}"                # teams on one line of work are rivals
researchers = {people}
baseline = {baseline}                  # GPUs a head, apart from projects
gpus_per_researcher = {most}         # the most that one person can keep busy
"""
PROJECT = """
[[project]]
name = "{team}_model"
team = "{team}"
gpu_months = {work}              # GPUs times months; or gpu_hours
start = "{start}"
target = "{target}"            # month in which it is to be released
prestige = 1.0                 # what a release is worth
"""
TAIL = """
[[cohort]]                     # people who are followed, whatever team they move to
name = "{team}_authors"
team = "{team}"
month = "{start}"

[[event]]                      # what happens in a month; other types: {types}
name = "demand_outside_grows"
type = "market"
month = "{middle}"
heat = 1.5                     # times the usual demand for your people

# [[record]]                   # what is known to have happened, to set beside what is simulated
# what = "left_share"
# cohort = "{team}_authors"
# month = "{end}"
# low = 0.1
# value = 0.2
# high = 0.3
# source = "who says so"

# [sources]
# "budget.gpus" = "the invoice"
"""
SHORT = 0.75  # budget over what the teams need: little enough that dividing matters


def new_scenario(
    name: str, *, teams: int = 4, gpus: int = 512, months: int = 24, start: str = "2025-01",
    schema: str = "scenario.schema.json",
) -> str:  # fmt: skip
    """The text of a scenario file for so many teams, whose needs exceed the GPUs somewhat.

    Sizes fall like 1/rank, as those of real teams do; the two largest teams are rivals, each with a project. `gpus` are
    divided every month; `start` is YYYY-MM; `schema` the file that editors check it by.
    """
    from sim.model.events import EVENT_TYPES

    names = [f"team_{chr(96 + rank)}" if teams <= 26 else f"team_{rank}" for rank in range(1, teams + 1)]
    need = gpus / SHORT
    wanted = [need / rank / sum(1 / other for other in range(1, teams + 1)) for rank in range(1, teams + 1)]
    rivals = min(2, teams)
    dates = months_from(start, periods=months + 1)
    parts = [HEAD.format(name=name, start=start, months=months, gpus=gpus, schema=schema, first=names[0])]
    for team, need in zip(names, wanted, strict=True):
        people = max(3, round(10 * need / wanted[0]))
        rival = team in names[:rivals]
        share = 0.4 if rival else 1.0  # of its need that is no project
        parts.append(TEAM.format(
            name=team, site="there" if team in names[1:2] else "here", line="models" if rival else team,
            people=people, baseline=_number(share * need / people), most=_number(2.5 * need / people),
        ))  # fmt: skip
    begin, finish = min(1, months - 1), max(1, round(0.6 * (months - 1)))
    for team, need in zip(names[:rivals], wanted, strict=False):
        work = 0.6 * need * max(1, finish - begin)
        parts.append(PROJECT.format(team=team, work=_number(work), start=dates[begin], target=dates[finish]))
    parts.append(TAIL.format(
        team=names[0], start=start, middle=dates[months // 2], end=dates[months - 1],
        types=", ".join(kind for kind in EVENT_TYPES if kind != "market"),
    ))  # fmt: skip
    return "".join(parts)


def _number(value: float) -> str:
    return f"{float(f'{value:.3g}'):g}" if value < 1e6 else str(math.ceil(value))
