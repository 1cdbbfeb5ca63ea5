"""A first scenario to edit: it runs at once, and says beside every number what it means."""

import math

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

    names = [f"team_{chr(97 + place)}" if teams <= 26 else f"team_{place + 1}" for place in range(teams)]
    need = gpus / SHORT
    wanted = [need / rank / sum(1 / other for other in range(1, teams + 1)) for rank in range(1, teams + 1)]
    rivals = min(2, teams)
    last = max(1, months - 1)
    parts = [HEAD.format(name=name, start=start, months=months, gpus=gpus, schema=schema, first=names[0])]
    for place, team in enumerate(names):
        people = max(3, round(10 * wanted[place] / wanted[0]))
        share = 0.4 if place < rivals else 1.0  # of its need that is no project
        parts.append(TEAM.format(
            name=team, site="here" if place != 1 else "there", line="models" if place < rivals else team,
            people=people, baseline=_number(share * wanted[place] / people), most=_number(2.5 * wanted[place] / people),
        ))  # fmt: skip
    begin, finish = min(1, months - 1), max(1, round(0.6 * last))
    for place in range(rivals):
        work = 0.6 * wanted[place] * max(1, finish - begin)
        parts.append(PROJECT.format(
            team=names[place], work=_number(work), start=_month(start, begin), target=_month(start, finish),
        ))  # fmt: skip
    parts.append(TAIL.format(
        team=names[0], start=start, middle=_month(start, months // 2), end=_month(start, months - 1),
        types=", ".join(kind for kind in EVENT_TYPES if kind != "market"),
    ))  # fmt: skip
    return "".join(parts)


def _number(value: float) -> str:
    return f"{float(f'{value:.3g}'):g}" if value < 1e6 else str(math.ceil(value))


def _month(start: str, after: int) -> str:
    year, month = divmod(12 * int(start[:4]) + int(start[5:]) - 1 + after, 12)
    return f"{year:04d}-{month + 1:02d}"
