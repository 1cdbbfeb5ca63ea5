"""A scenario as arrays: one `World` for all points of an ensemble, with other numbers at each point where asked."""

from collections import namedtuple
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim import allocation
from sim.aliases import Floats, Ints, NumbersByPath
from sim.draws import name_hash, seat_word
from sim.model.events import EVENT, EVENT_TYPES, own_fields
from sim.model.luck import NATURE
from sim.model.parameters import as_records, number_tree, project_numbers, team_numbers
from sim.model.state import TEAM, Person, Project, Team, rows
from sim.scenario import Scenario
from sim.scenario.elements import HOURS_A_MONTH
from sim.scenario.seats import seat_blocks

Located: TypeAlias = tuple[Floats, float]  # an array over points, and the path's unit in the array's
# What stays the same for all histories of a point, with one leading axis over points (1 where nothing varies).
World = namedtuple("World", "p teams projects events reach line_reach power priority line_priority args")
# What every history of the scenario shares: empty seats, whose cohort is fixed when, and who is who in the random
# numbers: lines, the members and teams of all noise, and the two words of each seat's first holder.
Cast = namedtuple("Cast", "people cohort_teams cohort_month line_hash noise_member noise_team seat_hash seat_word")
UNSET = -1.0  # a priority that was not given; an event that does not reach a team


def make_cast(scenario: Scenario) -> Cast:
    """Seats and cohorts: who can be in the lab, whatever the numbers."""
    teams, events = list(scenario.team), list(scenario.event)
    blocks = seat_blocks(scenario)
    sizes = [block.size for block in blocks]
    people = rows(Person, sum(sizes))
    people["team"] = np.repeat([teams.index(block.team) for block in blocks], sizes)
    people["event"] = np.repeat([-1 if block.event is None else events.index(block.event) for block in blocks], sizes)
    cohorts = scenario.cohort.values()
    return Cast(
        people,
        np.array([[team in cohort.followed for team in teams] for cohort in cohorts], dtype=np.int64).reshape(
            len(cohorts), len(teams)
        ),
        np.array([scenario.month_of(cohort.month) for cohort in cohorts], dtype=np.int64),
        _hashes(scenario.lines()),
        np.repeat(_hashes(scenario.committee.members), len(teams)),
        np.tile(_hashes(teams), len(scenario.committee.members)),
        np.repeat(_hashes(block.origin for block in blocks), sizes),
        np.concatenate([np.zeros(0, dtype=np.int64), *(seat_word(np.arange(size), 0) for size in sizes)]),
    )


def _hashes(names: Iterable[str]) -> Ints:
    return np.array([name_hash(name) for name in names], dtype=np.int64)


def room_for_draws(cast: Cast) -> tuple[int, int, int]:
    """Numbers of uniforms that are drawn at once: noise, fates in an event, and natures."""
    return 2 * len(cast.noise_team), 2 * len(cast.people), 2 * len(NATURE) * len(cast.people)


def make_world(scenario: Scenario, points: NumbersByPath | None = None, base: World | None = None) -> World:
    """The scenario's numbers, as rows; `points` maps dotted paths to arrays with one value for each point.

    `base` is the world without points, where it has been made before.
    """
    points = points or {}
    world = base or _base(scenario)
    if points:
        count = len(next(iter(points.values())))
        world = World(*(np.repeat(array, count, axis=0) for array in world))
        for path in sorted(points, key=lambda path: path.startswith("team.")):  # a team's own word after its default
            for target, unit in locate(scenario, world, path):
                target[...] = np.asarray(points[path], dtype=float) / unit
    return world


def _base(scenario: Scenario) -> World:
    lines, sites = scenario.lines(), scenario.sites()
    team_names, project_names = list(scenario.team), list(scenario.project)
    members = list(scenario.committee.members.values())

    teams = rows(Team, 1, len(team_names))
    for row, team in zip(teams[0], scenario.team.values(), strict=True):
        row["line"], row["site"], row["name_hash"] = (
            lines.index(team.line),
            sites.index(team.site),
            name_hash(team.name),
        )
        for name, value in team_numbers(scenario, team).items():
            row[name] = value

    projects = rows(Project, 1, len(project_names))
    for row, project in zip(projects[0], scenario.project.values(), strict=True):
        row["team"] = team_names.index(project.team)
        for name, value in project_numbers(scenario, project).items():
            row[name] = value

    power = np.array([[float(member.power) for member in members]])
    priority = np.full((1, len(members), len(team_names)), UNSET)
    line_priority = np.full((1, len(members), len(lines)), UNSET)
    for k, member in enumerate(members):
        for name, value in member.priorities.items():
            if name in team_names:
                priority[0, k, team_names.index(name)] = value
            if name in lines:
                line_priority[0, k, lines.index(name)] = value

    committee, numbers = scenario.committee, as_records(number_tree(scenario), 1)
    args = allocation.get(committee.policy).values(committee.policy_args)[None, :]
    events, reach, line_reach = _events(scenario)
    return World(numbers, teams, projects, events, reach, line_reach, power, priority, line_priority, args)


def _events(scenario: Scenario) -> tuple[NDArray[np.void], Floats, Floats]:
    """Events as rows, and whom their tables and lists reach: by event and team, by event and line of work."""
    names = _names(scenario)
    events = np.zeros((1, len(scenario.event)), dtype=EVENT)
    events["index"] = np.arange(len(scenario.event))
    reach = np.full((1, len(scenario.event), len(names["team"])), UNSET)
    line_reach = np.full((1, len(scenario.event), len(names["line"])), UNSET)
    for index, event in enumerate(scenario.event.values()):
        row = events[0, index]
        row["month"], row["kind"] = scenario.month_of(event.month), EVENT_TYPES.index(event.type)
        row["enabled"], row["name_hash"] = event.enabled, name_hash(event.name)
        for name, (entry, kinds) in own_fields(type(event)).items():
            value = getattr(event, name)
            if entry.kind in ("table", "list"):
                numbers = (
                    value if entry.kind == "table" else dict.fromkeys(names["team"] if value is None else value, 1.0)
                )
                for key, number in numbers.items():
                    for array in _reached(names, reach, line_reach, index, key, kinds):
                        array[...] = number
            elif kinds:
                row[name] = -1 if value is None else names[kinds[0]].index(value)
            else:
                row[name] = value
    return events, reach, line_reach


def _names(scenario: Scenario) -> dict[str, list[str]]:
    """All names of each kind that something may refer to, in the order of their places."""
    return {
        "team": list(scenario.team), "line": scenario.lines(), "site": scenario.sites(),
        "project": list(scenario.project), "member": list(scenario.committee.members),
    }  # fmt: skip


def _reached(
    names: dict[str, list[str]], reach: Floats, line_reach: Floats, index: int, key: str, kinds: Sequence[str]
) -> list[Floats]:
    """What an event says of a name, over points: in `reach` if it is a team's, in `line_reach` if it is a line's."""
    arrays = {"team": reach, "line": line_reach}
    return [arrays[kind][:, index, names[kind].index(key)] for kind in kinds if key in names[kind]]


def locate(scenario: Scenario, world: World, path: str) -> list[Located]:
    """Where the number of a path that may vary stands: pairs of (array over points, the path's unit in the array's)."""
    section, *rest = path.split(".")
    if path.startswith("committee.policy_args."):
        return [(world.args[:, list(scenario.committee.policy_args).index(rest[1])], 1.0)]
    if section in world.p.dtype.names and section != "keep" and path != "committee.policy":
        if path == "committee.duplicates" or path.startswith("committee.members."):
            return _locate_member(scenario, world, path)
        target = world.p
        for name in (section, *rest):
            target = target[name]
        found = [(target, 1.0)]
        if section == "team_defaults" and rest[0] in ("gpus_per_researcher", "compute_dependence"):
            silent = [i for i, team in enumerate(scenario.team.values()) if getattr(team, rest[0]) is None]
            found += [(world.teams[rest[0]][:, i], 1.0) for i in silent]
        return found
    if section == "team" and rest[-1] in (TEAM.names or ()) and rest[-1] not in ("line", "site"):
        return [(world.teams[rest[-1]][:, list(scenario.team).index(rest[0])], 1.0)]
    if section == "project" and rest[-1] in ("gpu_hours", "gpu_months", "crew", "prestige"):
        index = list(scenario.project).index(rest[0])
        name, unit = {"gpu_hours": ("work_left", HOURS_A_MONTH), "gpu_months": ("work_left", 1.0)}.get(
            rest[-1], (rest[-1], 1.0)
        )
        return [(world.projects[name][:, index], unit)]
    if section == "event":
        return _locate_event(scenario, world, path, rest)
    raise LookupError(path)


def _locate_member(scenario: Scenario, world: World, path: str) -> list[Located]:
    members = list(scenario.committee.members)
    _, _, *rest = path.split(".")
    if len(rest) == 2 and rest[1] == "power":
        return [(world.power[:, members.index(rest[0])], 1.0)]
    if len(rest) == 3 and rest[1] == "priorities":
        k, name = members.index(rest[0]), rest[2]
        teams, lines = list(scenario.team), scenario.lines()
        found = [(world.priority[:, k, teams.index(name)], 1.0)] if name in teams else []
        return found + ([(world.line_priority[:, k, lines.index(name)], 1.0)] if name in lines else [])
    raise LookupError(path)


def _locate_event(scenario: Scenario, world: World, path: str, rest: Sequence[str]) -> list[Located]:
    name, key, *whom = rest
    index, event = list(scenario.event).index(name), scenario.event[name]
    if key == "enabled":
        return [(world.events["enabled"][:, index], 1.0)]
    for field, (entry, kinds) in own_fields(type(event)).items():
        if entry.path == key and whom:
            return [
                (array, 1.0)
                for array in _reached(_names(scenario), world.reach, world.line_reach, index, whom[0], kinds)
            ]
        if entry.path == key and field in EVENT.names:
            return [(world.events[field][:, index], 1.0)]
    raise LookupError(path)
