"""Lists of named elements as dicts by name, and dotted paths into them."""

from copy import deepcopy

from sim.errors import did_you_mean

LISTS = ("team", "project", "cohort", "event", "record")


def default_name(section: str, element: dict) -> str | None:
    """The name that an element goes by if it gives none: events and recorded facts have one."""
    if section == "event" and {"type", "month"} <= element.keys():
        return f"{element['type']}@{element['month']}"
    if section == "record" and {"what", "month"} <= element.keys():
        whom = element.get("cohort") or element.get("project") or element.get("team") or "lab"
        return f"{element['what']}:{whom}@{element['month']}"
    return None


def by_name(raw: dict) -> tuple[dict, list]:
    """A copy with every list of elements as a dict by name; and the faults: (path, problem) pairs."""
    raw = deepcopy(raw)
    faults = []
    for section in LISTS:
        if section in raw:
            raw[section] = _named((section,), raw[section], faults)
    committee = raw.get("committee")
    if isinstance(committee, dict) and "members" in committee:
        committee["members"] = _named(("committee", "members"), committee["members"], faults)
    sources = raw.get("sources")
    if isinstance(sources, dict):
        raw["sources"] = dict(_flat(sources))
    return raw, faults


def _named(path, elements, faults):
    if isinstance(elements, dict):
        return {name: {"name": name, **one} if isinstance(one, dict) else one for name, one in elements.items()}
    if not isinstance(elements, list):
        faults.append((path, f"must be a list of tables, [[{'.'.join(path)}]]"))
        return {}
    named = {}
    for place, element in enumerate(elements, start=1):
        if not isinstance(element, dict):
            faults.append(((*path, place), "must be a table"))
            continue
        name = element.get("name", default_name(path[-1], element))
        if not isinstance(name, str) or not name:
            faults.append(((*path, place), "needs a name"))
        elif name in named:
            faults.append(((*path, name), "another one has the same name"))
        else:
            named[name] = {**element, "name": name}
    return named


def _flat(table, prefix=""):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def merged(base: dict, top: dict) -> dict:
    """`top` over `base`: tables (and elements, which are dicts by name) merge, everything else is replaced."""
    both = dict(base)
    for key, value in top.items():
        if isinstance(value, dict) and isinstance(both.get(key), dict):
            both[key] = merged(both[key], value)
        else:
            both[key] = value
    return both


def override(raw: dict, path: str, value) -> list[str]:
    """Set the value at a dotted path of a scenario's dict, in place; returns the fault lines."""
    *tables, key = path.split(".")
    here = raw
    for depth, name in enumerate(tables):
        where = ".".join(tables[:depth])
        if where in LISTS or where == "committee.members":
            if name not in here:
                return [f"override: {path}: no {where.split('.')[-1].rstrip('s')} '{name}'{did_you_mean(name, here)}"]
        elif not depth and name not in here:
            here.setdefault(name, {})
        here = here.setdefault(name, {})
        if not isinstance(here, dict):
            return [f"override: {path}: '{name}' holds a value, not a table"]
    here[key] = value
    return []
