"""A scenario as arrays: one `World` for all points of an ensemble, with other numbers at each point where asked."""

import numpy as np

from sim.draws import name_hash
from sim.engines.compiled.state import Cast, World
from sim.model.parameters import as_records, number_tree, project_numbers, team_numbers
from sim.model.state import EVENT, PERSON, PROJECT, PROJECT_BEGINS, SETTING, TEAM, TEAM_BEGINS
from sim.scenario.elements import HOURS_A_MONTH
from sim.scenario.events import EVENT_TYPES
from sim.scenario.seats import places

UNSET = -1.0  # a priority that was not given; an event that does not reach a team


def make_cast(scenario) -> Cast:
    """Seats and cohorts: who can be in the lab, whatever the numbers."""
    teams, events = list(scenario.team), list(scenario.event)
    seats = places(scenario)
    people = np.zeros(len(seats), dtype=PERSON)
    people["index"] = np.arange(len(seats))
    for row, seat in zip(people, seats, strict=True):
        row["team"] = teams.index(seat.team)
        row["event"] = -1 if seat.event is None else events.index(seat.event)
        row["name_hash"], row["number"], row["due"] = seat.low, seat.number, -1
    cohorts = scenario.cohort.values()
    return Cast(
        people,
        np.array([teams.index(cohort.team) for cohort in cohorts], dtype=np.int64),
        np.array([scenario.month_of(cohort.month) for cohort in cohorts], dtype=np.int64),
        np.array([name_hash(name) for name in scenario.committee.members], dtype=np.int64),
        np.array([name_hash(line) for line in scenario.lines()], dtype=np.int64),
    )


def make_world(scenario, points=None) -> World:
    """The scenario's numbers, as rows; `points` maps dotted paths to arrays with one value for each point."""
    points = points or {}
    world = _base(scenario)
    if points:
        count = len(next(iter(points.values())))
        world = World(*(np.repeat(part, count, axis=0) for part in world))
        for path in sorted(points, key=lambda path: path.startswith("team.")):  # a team's own word after its default
            for target, unit in locate(scenario, world, path):
                target[...] = np.asarray(points[path], dtype=float) / unit
    return world


def _base(scenario) -> World:
    lines, sites = scenario.lines(), scenario.sites()
    team_names, project_names = list(scenario.team), list(scenario.project)
    members = list(scenario.committee.members.values())

    teams = np.zeros((1, len(team_names)), dtype=TEAM)
    teams["index"] = np.arange(len(team_names))
    for name, value in TEAM_BEGINS.items():
        teams[name] = value
    for row, spec in zip(teams[0], scenario.team.values(), strict=True):
        row["line"], row["site"], row["name_hash"] = (
            lines.index(spec.line),
            sites.index(spec.site),
            name_hash(spec.name),
        )
        for name, value in team_numbers(scenario, spec).items():
            row[name] = value

    projects = np.zeros((1, len(project_names)), dtype=PROJECT)
    projects["index"] = np.arange(len(project_names))
    for name, value in PROJECT_BEGINS.items():
        projects[name] = value
    for row, spec in zip(projects[0], scenario.project.values(), strict=True):
        row["team"] = team_names.index(spec.team)
        for name, value in project_numbers(scenario, spec).items():
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

    events, reach, settings = _events(scenario)
    return World(
        as_records(number_tree(scenario), 1), teams, projects, events, reach, power, priority, line_priority, settings
    )


def _events(scenario):
    lines, sites = scenario.lines(), scenario.sites()
    teams, projects, members = list(scenario.team), list(scenario.project), list(scenario.committee.members)
    places_of = {"member": members, "line": lines, "site": sites, "team": teams, "project": projects, "to": teams}
    events = np.zeros((1, len(scenario.event)), dtype=EVENT)
    events["index"] = np.arange(len(scenario.event))
    reach = np.full((1, len(scenario.event), len(teams)), UNSET)
    settings = []
    for place, event in enumerate(scenario.event.values()):
        row = events[0, place]
        row["month"], row["kind"] = scenario.month_of(event.month), EVENT_TYPES.index(event.type)
        row["enabled"], row["name_hash"] = event.enabled, name_hash(event.name)
        for key, names in places_of.items():
            name = getattr(event, "into" if (event.type, key) == ("reorganise", "to") else key, None)
            row[key] = -1 if name is None else names.index(name)
        number = VALUE_OF.get(event.type)
        row["value"] = getattr(event, number) if number else 0.0
        if event.type in ("layoff", "shock"):
            for team in teams if event.teams is None else event.teams:
                reach[0, place, teams.index(team)] = 1.0
        elif event.type == "reorganise":
            for team, chance in event.from_.items():
                reach[0, place, teams.index(team)] = chance
        elif event.type == "priority":
            for member in members if event.member is None else [event.member]:
                for name, value in event.priorities.items():
                    team = teams.index(name) if name in teams else -1
                    line = lines.index(name) if name in lines else -1
                    settings.append((place, members.index(member), team, line, value))
    return events, reach, np.array([settings], dtype=SETTING).reshape(1, -1)


VALUE_OF = {
    "budget": "gpus", "market": "heat", "mission": "fit", "layoff": "fraction", "shock": "size",
}  # fmt: skip


def locate(scenario, world, path):
    """Where the number of a path that may vary stands: pairs of (array over points, the path's unit in the array's)."""
    section, *rest = path.split(".")
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
    if section == "team" and rest[-1] in TEAM.names and rest[-1] not in ("line", "site"):
        return [(world.teams[rest[-1]][:, list(scenario.team).index(rest[0])], 1.0)]
    if section == "project" and rest[-1] in ("gpu_hours", "gpu_months", "crew", "prestige"):
        place = list(scenario.project).index(rest[0])
        name, unit = {"gpu_hours": ("work_left", HOURS_A_MONTH), "gpu_months": ("work_left", 1.0)}.get(
            rest[-1], (rest[-1], 1.0)
        )
        return [(world.projects[name][:, place], unit)]
    if section == "event":
        return _locate_event(scenario, world, path, rest)
    raise LookupError(path)


def _locate_member(scenario, world, path):
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


def _locate_event(scenario, world, path, rest):
    place = list(scenario.event).index(rest[0])
    event = scenario.event[rest[0]]
    if rest[1] == "enabled":
        return [(world.events["enabled"][:, place], 1.0)]
    if rest[1] == VALUE_OF.get(event.type):
        return [(world.events["value"][:, place], 1.0)]
    if rest[1] == "from":
        return [(world.reach[:, place, list(scenario.team).index(rest[2])], 1.0)]
    if rest[1] == "priorities":
        teams, lines = list(scenario.team), scenario.lines()
        team = teams.index(rest[2]) if rest[2] in teams else -1
        line = lines.index(rest[2]) if rest[2] in lines else -1
        rows = world.settings[0]
        chosen = np.flatnonzero((rows["event"] == place) & (rows["team"] == team) & (rows["line"] == line))
        return [(world.settings["value"][:, s], 1.0) for s in chosen]
    raise LookupError(path)
