"""The pages that are made from the code: every key of the files, every policy, outcome and command."""

from pathlib import Path

from sim import allocation
from sim.model.events import CLASS_OF
from sim.parameter import Section
from sim.scenario.elements import Cohort, Project, Team
from sim.scenario.scenario import Scenario, registry
from sim.studies.experiment import Experiment, Factor

ELEMENTS = {"team": Team, "project": Project, "cohort": Cohort}
EXAMPLES = {
    "number": "1.0", "whole number": "3", "switch": "true", "month": '"2023-01"', "text": '"..."', "list": '["..."]',
    "table": "{ ... }",
}  # fmt: skip


def write(folder: Path):
    """All generated pages, into a folder; pages that did not change are left as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "scenario_file": scenario_file(), "experiment_file": experiment_file(), "policies": policies(),
        "outcomes": outcomes(), "commands": commands(),
    }  # fmt: skip
    for name, text in pages.items():
        file = folder / f"{name}.md"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def scenario_file() -> str:
    """Every table and key of a scenario file."""
    parts = ["""# The scenario file

A scenario is a TOML file. `sim new NAME` writes one to begin with, `sim check FILE` tells what is wrong with it, and
`sim schema` prints a JSON schema with which editors complete keys and show these meanings. A file may begin with
`extends = "other.toml"`: then it says only what is different. Teams, projects, cohorts, events and recorded facts are
lists of tables with a name (`[[team]]`) or tables by name (`[team.vision]`). A number's source stands in `[sources]`,
under its dotted path.
"""]  # fmt: skip
    entries = registry()
    top = [one for one in entries if "." not in one.path]
    parts += ["## Top level\n", _example("", top), _table(top)]
    for name, field in Scenario.model_fields.items():
        kind = field.annotation
        if name in ELEMENTS:
            there = [one for one in entries if one.path.startswith(f"{name}.*.")]
            named = f'[[{name}]]\nname = "..."\n'
            parts += [f"## `[[{name}]]`\n", _about(ELEMENTS[name]), _example(named, there), _table(there)]
        elif name == "event":
            parts.append("## `[[event]]`\n\nThe `type` says which of these keys an event has.\n")
            for type_, class_ in CLASS_OF.items():
                there = [one for one in entries if one.path.startswith(f"event.{type_}.")]
                named = f'[[event]]\nname = "..."\ntype = "{type_}"\n'
                parts += [f"### `{type_}`\n", _about(class_), _example(named, there), _table(there)]
        elif isinstance(kind, type) and issubclass(kind, Section):
            there = [one for one in entries if one.path.startswith(f"{name}.") and one.path.count(".") == 1]
            parts += [f"## `[{name}]`\n", _example(f"[{name}]\n", there), _table(there)]
            deeper = sorted({one.path.rpartition(".")[0] for one in entries
                             if one.path.startswith(f"{name}.") and one.path.count(".") > 1})  # fmt: skip
            for table in deeper:
                there = [one for one in entries if one.path.rpartition(".")[0] == table]
                head = '[[committee.members]]\nname = "..."\n' if table.endswith(".*") else f"[{table}]\n"
                parts += [f"### `{head.splitlines()[0]}`\n", _example(head, there), _table(there)]
    parts += ["## `[[record]]`\n", _about(Scenario.model_fields["record"].annotation.__args__[1]), _fields(
        Scenario.model_fields["record"].annotation.__args__[1])]  # fmt: skip
    return "\n".join(part for part in parts if part)


def experiment_file() -> str:
    """Every key of an experiment file."""
    return "\n".join(["""# The experiment file

An experiment says which scenario runs at which points. `sim sweep FILE` runs it, and goes on where it was stopped.

```toml
scenario = "two_teams"
design = "grid"
replicates = 200
outcomes = ["quits", "left_share.*"]

[[factor]]
path = "budget.scale"
range = [0.5, 2.0]
steps = 7

[[factor]]
path = "committee.policy"
values = ["priority", "max_min"]
```

## Top level
""", _fields(Experiment), "## `[[factor]]`\n", _fields(Factor)])  # fmt: skip


def policies() -> str:
    """Every shipped policy with its definition."""
    rows = [
        "# Policies\n",
        "How a budget is divided among the asks: `sim.allocate(name, asks=..., budget=...)` does it once,"
        " `committee.policy` in a scenario.\n",
        "| policy | definition | reads beside the asks |",
        "|---|---|---|",
    ]
    for name in allocation.policies():
        one = allocation.get(name)
        rows.append(f"| `{name}` | {one.definition.replace('|', chr(92) + '|')} | {', '.join(one.reads)} |")
    return "\n".join(rows) + "\n"


def outcomes() -> str:
    """Every outcome with its meaning."""
    from sim.results.meanings import OUTCOMES

    rows = ["# Outcomes\n", "What a history is summed up by: columns of `result.outcomes`, names in experiments.\n"]
    rows += ["| outcome | unit | better | meaning |", "|---|---|---|---|"]
    words = {1: "more", -1: "less"}
    rows += [f"| `{one.name}` | {one.unit} | {words.get(one.better, '')} | {one.meaning} |" for one in OUTCOMES]
    return "\n".join(rows) + "\n"


def commands() -> str:
    """Every command with its arguments and options."""
    import typer

    from sim.cli.main import app

    parts = ["# Commands\n"]
    group = typer.main.get_command(app)
    for name, command in sorted(group.commands.items()):
        parts.append(f"## `sim {name}`\n\n{command.help or ''}\n\n| option | meaning |\n|---|---|")
        for one in command.params:
            if getattr(one, "hidden", False) or "--help" in one.opts:
                continue
            shown = (
                ", ".join(f"`{opt}`" for opt in one.opts)
                if one.param_type_name == "option"
                else f"`{one.name.upper()}`"
            )
            parts.append(f"| {shown} | {(getattr(one, 'help', '') or '').replace('|', chr(92) + '|')} |")
        parts.append("")
    return "\n".join(parts)


def _about(model) -> str:
    own = (model.__doc__ or "").strip() if "__doc__" in vars(model) else ""
    return own + "\n" if own else ""


def _example(head, entries) -> str:
    lines = [f"{one.path.rpartition('.')[2]} = {_value(one)}" for one in entries]
    return f"```toml\n{head}" + "\n".join(lines) + "\n```\n"


def _value(one) -> str:
    if one.default is None or one.required or isinstance(one.default, (dict, list)):
        return EXAMPLES.get(one.kind, '"..."')
    if isinstance(one.default, bool):
        return "true" if one.default else "false"
    return f'"{one.default}"' if isinstance(one.default, str) else f"{one.default:.6g}"


def _table(entries) -> str:
    rows = ["| key | default | unit | bounds | meaning | source |", "|---|---|---|---|---|---|"]
    for one in entries:
        bounds = "" if one.high is None else f"{'> ' if one.low_open else ''}{one.low:g} to {one.high:g}"
        default = "required" if one.required else "" if one.default in (None, "", {}) else _value(one)
        cells = (f"`{one.path.rpartition('.')[2]}`", default, one.unit, bounds, one.meaning, one.source)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _fields(model) -> str:
    """Keys of a model that stands outside the registry."""
    rows = ["| key | default | meaning |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else field.get_default(call_default_factory=True)
        shown = "" if default is None or default == "" else f"`{default}`" if default != "required" else default
        rows.append(f"| `{field.alias or name}` | {shown} | {field.description or ''} |")
    return "\n".join(rows) + "\n"
