"""The schemas of our TOML files, held by a schema tool that reads TOML itself, as an editor does."""

import json
import subprocess
import sys

import pytest

from sim.cli.lab import _schema
from sim.intake.new import new_scenario
from sim.scenario import shipped_folder
from tests.functional.test_intake import as_scenario_file, documents, queue, read

NAMED = """
start = "2025-01"
months = 3
budget = { gpus = 64 }
team.a = { site = "x", line = "l", researchers = 1 }
event.e = { type = "budget", month = "2025-02", gpus = 32 }
"""
LISTED = NAMED.replace("team.a = { site", 'team = [{ name = "a", site').replace(
    "researchers = 1 }", "researchers = 1 }]"
)
BAD = {
    "unknown_table": ("budget = {", "budgets = {"),
    "unknown_key": ("researchers = 1", "reserchers = 1"),
    "no_number": ("months = 3", 'months = "three"'),
    "out_of_bounds": ("gpus = 64", "gpus = -64"),
    "no_month": ("2025-02", "2025-13"),
    "no_such_type": ('"budget"', '"bugdet"'),
    "bad_name": ("team.a", '"team"."a b"'),
    "bad_enumeration": ("months = 3", 'months = 3\ncommittee.duplicates = "forget"'),
    "nothing_required": ('start = "2025-01"', ""),
}


def checked(tmp_path, kind, files):
    """What `check-jsonschema` says of files: the files at fault, in the words of its report."""
    schema = tmp_path / f"{kind}.json"
    schema.write_text(_schema(kind))
    command = [sys.executable, "-m", "check_jsonschema", "-o", "json", "--schemafile", str(schema), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True)
    report = json.loads(done.stdout)
    assert not report.get("parse_errors"), report
    return {one["filename"] for one in report.get("errors", [])}


def written(tmp_path, texts):
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(text)
    return [tmp_path / f"{name}.toml" for name in texts]


@pytest.fixture(autouse=True)
def _tool():
    pytest.importorskip("check_jsonschema")


def test_shipped_scenarios_new_ones_imports_and_both_ways_to_name_elements_keep_the_schema(tmp_path):
    (tmp_path / "queues.yaml").write_text(documents(queue("a", 9, borrowingLimit=1), queue("b", 12)))
    draft = as_scenario_file(read([tmp_path / "queues.yaml"]), "kueue", start="2025-01")
    texts = {
        "named": NAMED, "listed": LISTED, "new": new_scenario("new"),
        "large": new_scenario("large", teams=40, months=120),
        "small": new_scenario("small", teams=1, months=2), "imported": draft.files["kueue.toml"],
        "extends": 'extends = "named.toml"\nevent.e.enabled = false\n[team.a]\nresearchers = 2\n',
    }  # fmt: skip
    files = [*sorted(shipped_folder().glob("*.toml")), *written(tmp_path, texts)]
    assert checked(tmp_path, "scenario", files) == set()


def test_what_a_file_may_not_hold_the_schema_refuses(tmp_path):
    texts = {name: NAMED.replace(*change) for name, change in BAD.items()}
    texts |= {f"{name}_listed": LISTED.replace(*change) for name, change in BAD.items() if name != "bad_name"}
    assert all(text not in (NAMED, LISTED) for text in texts.values())
    files = written(tmp_path, texts)
    assert checked(tmp_path, "scenario", files) == set(map(str, files))


@pytest.mark.parametrize(("kind", "folder", "good", "bad"), [
    ("experiment", "experiments", 'scenario = "two_teams"\noutcomes = ["quits"]\n', 'scenarios = "two_teams"\n'),
    ("targets", "targets", '[[target]]\nname = "a"\nquantity = "outcome"\nlow = 0\nhigh = 1\nsource = "x"\n',
     '[[target]]\nname = "a"\nquantity = "outcomes"\nlow = 0\nhigh = 1\nsource = "x"\n'),
])  # fmt: skip
def test_experiments_and_targets_keep_theirs(tmp_path, kind, folder, good, bad):
    shipped = sorted(shipped_folder(folder).glob("*.toml"))
    assert shipped
    files = written(tmp_path, {"good": good, "bad": bad})
    assert checked(tmp_path, kind, [*shipped, *files]) == {str(tmp_path / "bad.toml")}


def holes(schema):
    """Keys that a schema does not describe."""
    for table_name, table in {"": schema, **schema["$defs"]}.items():
        for key, value in table.get("properties", {}).items():
            described = value.get("description") or "$ref" in value or "anyOf" in value or "const" in value
            if not described and key not in ("name", "type"):
                yield f"{table_name}.{key}"


@pytest.mark.parametrize("kind", ["scenario", "experiment", "targets"])
def test_every_key_is_described(kind):
    assert list(holes(json.loads(_schema(kind)))) == []
