"""The house: each room imports only rooms below it, so data flows one way and nothing circles."""

import ast
from pathlib import Path

import pytest

import sim

PACKAGE = Path(sim.__file__).parent
# From top to bottom; what stands on one line is of one floor, and does not import its neighbours.
FLOORS = (
    {"cli"},
    {"app"},
    {"report"},
    {"studies", "intake"},
    {"engines"},
    {"results"},
    {"scenario"},  # a scenario is made of what the model declares: its events
    {"model"},
    {"allocation"},
    {"draws", "parameter", "rounding"},
    {"jit"},
    {"errors"},
    {"linking", "machine_code", "aliases"},
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# Inside functions, where something is saved or shown: a result draws itself only when it is asked to. And what a type
# checker alone reads.
LATE = {("results", "report"), ("studies", "report"), ("intake", "report")}


def rooms(module: Path) -> str:
    return module.relative_to(PACKAGE).with_suffix("").parts[0]


def waiting(tree):
    """Nodes of a tree that are not run as its module is imported: inside functions, or for a type checker only."""
    for_types = (one for one in ast.walk(tree) if isinstance(one, ast.If) and ast.unparse(one.test) == "TYPE_CHECKING")
    functions = (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef))
    return {id(node) for one in (*functions, *for_types) for node in ast.walk(one)}


def imported(tree, late=None):
    """(line, room) of every import of `sim` in a tree; only those that wait (see LATE), or only the others."""
    inside = waiting(tree)
    for node in ast.walk(tree):
        if late is not None and late != (id(node) in inside):
            continue
        names = []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"sim.{one.name}" for one in node.names] if node.module == "sim" else [node.module]
        elif isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        for name in names:
            if name.startswith("sim.") and name.split(".")[1] in FLOOR_OF:
                yield node.lineno, name.split(".")[1]


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if rooms(path) not in ("__init__", "__main__"))


def test_every_room_has_a_floor():
    assert {rooms(path) for path in MODULES} <= set(FLOOR_OF)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_below_it(path):
    room, tree = rooms(path), ast.parse(path.read_text(encoding="utf-8"))
    waits = set(imported(tree, late=True))
    for line, other in imported(tree):
        late = (line, other) in waits
        allowed = other == room or FLOOR_OF[other] > FLOOR_OF[room] or (late and (room, other) in LATE)
        assert allowed, f"{path.name}:{line}: {room} imports {other}, which is not below it"


def test_no_module_of_a_room_circles_back_to_itself():
    """Module-level imports alone, within rooms too: a module must be importable before those that use it."""
    names = {".".join(("sim", *path.relative_to(PACKAGE).with_suffix("").parts)): path for path in MODULES}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    needs = {}
    for name, path in names.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = waiting(tree)
        found = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and id(node) not in inside:
                found |= {f"{node.module}.{one.name}" for one in node.names} & set(names) or {node.module} & set(names)
        needs[name] = found - {name}
    finished = []

    def visit(name, above):
        assert name not in above, " -> ".join([*above[above.index(name) :], name])
        if name not in finished:
            for other in sorted(needs[name]):
                visit(other, [*above, name])
            finished.append(name)

    for name in sorted(needs):
        visit(name, [])
    assert len(finished) == len(names)


def test_every_file_with_compiled_code_is_in_the_engines_fingerprint():
    from sim.jit import COMPILED

    hashed = {path for pattern in COMPILED for path in PACKAGE.glob(pattern)}
    compiled = {path for path in MODULES if "@jitable" in path.read_text(encoding="utf-8")}
    assert compiled <= hashed
