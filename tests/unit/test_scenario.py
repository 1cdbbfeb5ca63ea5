"""What a scenario file may say, and how everything wrong with one is told: each fault once, on a line of its own."""

# ruff: noqa: E501  (one case, one line)

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from sim.errors import InputError
from sim.scenario import Scenario, load_scenario, parse_set, registry, shipped
from sim.scenario.registry_table import END, START, markdown, renewed
from tests.command_line import command

ROOT = Path(__file__).resolve().parents[2]

LAB = """
title = "a lab"
start = "2022-05"
months = 12

[budget]
gpus = 1000

[[committee.members]]
name = "research"
priorities = { north = 2.0 }

[[team]]
name = "north"
site = "here"
line = "llm"
researchers = 10

[[team]]
name = "south"
site = "there"
line = "vision"
researchers = 5

[[project]]
name = "bigger"
team = "north"
gpu_hours = 1e6
start = "2022-06"
target = "2022-12"

[[cohort]]
name = "authors"
team = "north"
month = "2022-05"

[[event]]
name = "stop"
type = "cancel"
month = "2022-08"
project = "bigger"

[[record]]
name = "left"
what = "left_share"
cohort = "authors"
month = "2022-10"
low = 0.1
high = 0.5
source = "a paper"

[sources]
"budget.gpus" = "press"
"""


def lab(old="", new="", more=""):
    """The text of a sound scenario with one piece replaced, and more at its end."""
    assert LAB.count(old) == 1 or not old, f"{old!r} must stand once in the lab"
    return (LAB.replace(old, new) if old else LAB) + more


def event(text):
    return lab("[sources]", f"[[event]]\n{text}\n\n[sources]")


def lines(caught):
    faults = caught.value.faults
    assert all(fault.isprintable() for fault in faults), "a fault must be one line"
    return faults


def faults_of(path, overrides=None):
    with pytest.raises(InputError) as caught:
        load_scenario(path, overrides)
    return lines(caught)


def write(folder, text, name="bad.toml"):
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def assert_told(faults, *fragments):
    """As many faults as fragments, each fragment in a fault of its own."""
    assert len(faults) == len(fragments), "\n".join(faults)
    for fault, fragment in zip(faults, fragments, strict=True):
        assert fragment in fault, "\n".join(faults)


CASES = {
    "misspelt key": (lab("gpus = 1000", "gpus = 1000\nreserv = 0.1"), "budget.reserv: unknown key (did you mean 'reserve'?"),
    "misspelt table": (lab("[sources]", "[turnovr]\ncap = 1\n[sources]"), "turnovr: unknown key (did you mean 'turnover'?"),
    "misspelt extends": ('extend = "x.toml"\n' + LAB, "extend: unknown key (did you mean 'extends'?"),
    "misspelt key in an element": (
        lab("researchers = 10", "researchers = 10\nbasline = 1"),
        "team.north.basline: unknown key (did you mean 'baseline'?",
    ),
    "misspelt key in an event": (
        event('type = "hire"\nteam = "north"\npeople = 3\npeple = 3\nmonth = "2022-07"'),
        "event.hire@2022-07.peple: unknown key (did you mean 'people'?",
    ),
    "misspelt key that is required": (
        event('type = "hire"\nteam = "north"\npeple = 3\nmonth = "2022-07"'),
        "event.hire@2022-07.peple: unknown key (did you mean 'people'?",
    ),
    "misspelt key that is one of two": (
        lab(more='[[project]]\nname = "a"\nteam = "north"\ngpu_mnths = 3\nstart = "2022-05"\ntarget = "2022-08"\n'),
        "project.a.gpu_mnths: unknown key (did you mean 'gpu_months'?",
    ),
    "misspelt table that is required": (lab("[budget]\ngpus", "[budgte]\ngpus"), "budgte: unknown key (did you mean 'budget'?"),
    "Python name of a key": (
        event('type = "reorganise"\ninto = "north"\nfrom = {}\nfrom_ = { south = 0.1 }\nmonth = "2022-07"'),
        "from_: unknown key (did you mean 'from'?",
    ),
    "missing key": (lab("gpus = 1000", ""), "budget.gpus: is missing"),
    "missing section": (lab("[budget]\ngpus = 1000\n", ""), "budget: is missing"),
    "no team": ('start = "2022-05"\nmonths = 1\nteam = []\n[budget]\ngpus = 1\n', "team: a scenario needs at least one team"),
    "switch for a count": (lab("months = 12", "months = true"), "months: must be a whole number, got true"),
    "fraction for a count": (lab("researchers = 10", "researchers = 2.5"), "north.researchers: must be a whole number, got 2.5"),
    "text for a number": (lab("gpus = 1000", 'gpus = "many"'), "budget.gpus: must be a number, got 'many'"),
    "text over lines": (lab("gpus = 1000", 'gpus = """a\nb"""'), r"budget.gpus: must be a number, got 'a\nb'"),
    "switch for a number": (lab("gpus = 1000", "gpus = true"), "budget.gpus: must be a number, got true"),
    "number for a switch": (lab("[sources]", "[mechanisms]\nmarket = 1\n[sources]"), "market: must be true or false, got 1"),
    "number for text": (lab('title = "a lab"', "title = 3"), "title: must be text, got 3"),
    "list for a number": (lab("gpus = 1000", "gpus = [1]"), "budget.gpus: must be a number, got a list"),
    "value for a table": (lab("[budget]\ngpus = 1000\n", "").replace("title", "budget = 5\ntitle"), "budget: must be a table, got 5"),
    "value for a list": ('cohort = 5\nstart = "2022-05"\nmonths = 1\nbudget = { gpus = 1 }\nteam = { x = { site = "a", line = "b", researchers = 1 } }\n', "cohort: must be a list of tables, [[cohort]], got 5"),
    "list for a count": (lab("title", "head = { hears = [] }\ntitle"), "head.hears: must be a whole number, got a list"),
    "negative": (lab("gpus = 1000", "gpus = -1"), "budget.gpus: must be more than 0, got -1"),
    "negative factor": (lab("north = 2.0", "north = -2.0"), "research.priorities.north: must be at least 0, got -2.0"),
    "no number": (lab("gpus = 1000", "gpus = nan"), "budget.gpus: must be a finite number, got nan"),
    "endless": (lab("gpus = 1000", "gpus = inf"), "budget.gpus: must be a finite number, got inf"),
    "very large": (lab("gpus = 1000", f"gpus = 0x{'f' * 5000}"), "budget.gpus: must be a number, got a number of more than 80 digits"),
    "share over one": (lab("gpus = 1000", "gpus = 1000\nreserve = 1.1"), "budget.reserve: must be at most 0.5, got 1.1"),
    "fraction over one": (event('type = "layoff"\nfraction = 1.5\nmonth = "2022-07"'), "layoff@2022-07.fraction: must be at most 1, got 1.5"),
    "chance over one": (
        event('type = "reorganise"\ninto = "north"\nfrom = { south = 1.5 }\nmonth = "2022-07"'),
        "reorganise@2022-07.from.south: must be at most 1, got 1.5",
    ),
    "zero months": (lab("months = 12", "months = 0"), "months: must be at least 1, got 0"),
    "bad month": (lab('start = "2022-06"', 'start = "June 2022"'), "project.bigger.start: must be a month, YYYY-MM, got 'June 2022'"),
    "thirteenth month": (lab('start = "2022-06"', 'start = "2022-13"'), "project.bigger.start: must be a month, YYYY-MM"),
    "month with a break": (lab('"2022-08"', '"2022-08\\n"'), r"event.stop.month: must be a month, YYYY-MM, got '2022-08\n'"),
    "month in other digits": (lab('"2022-08"', '"２０２２-08"'), "event.stop.month: must be a month, YYYY-MM"),
    "date for a month": (lab('"2022-08"', "2022-08-01"), 'event.stop.month: must be a month in quotes, "YYYY-MM", got 2022-08-01'),
    "event before the start": (lab('"2022-08"', '"2022-01"'), "event.stop.month: 2022-01 lies before the start, 2022-05"),
    "project before the start": (lab('start = "2022-06"', 'start = "2021-06"'), "bigger.start: 2021-06 lies before the start"),
    "cohort before the start": (lab('month = "2022-05"', 'month = "2022-04"'), "cohort.authors.month: 2022-04 lies before the start"),
    "record before the start": (lab('"2022-10"', '"2022-04"'), "record.left.month: 2022-04 lies before the start, 2022-05"),
    "target before start": (lab('"2022-12"', '"2022-05"'), "project.bigger.target: lies before the project's start, 2022-06"),
    "project of no team": (lab('team = "north"\ngpu_hours', 'team = "nort"\ngpu_hours'), "project.bigger.team: no team 'nort' (did you mean 'north'?"),
    "cohort of no team": (lab('team = "north"\nmonth', 'team = "sout"\nmonth'), "cohort.authors.team: no team 'sout' (did you mean 'south'?"),
    "event at no site": (event('type = "lead_leaves"\nsite = "her"\nmonth = "2022-07"'), "lead_leaves@2022-07.site: no site 'her' (did you mean 'here'?"),
    "event on no line": (event('type = "market"\nheat = 2\nline = "lm"\nmonth = "2022-07"'), "line: no line 'lm' (did you mean 'llm'?"),
    "cancel of no project": (lab('project = "bigger"', 'project = "biger"'), "event.stop.project: no project 'biger' (did you mean 'bigger'?"),
    "record of no cohort": (lab('cohort = "authors"', 'cohort = "autors"'), "record.left.cohort: no cohort 'autors' (did you mean 'authors'?"),
    "layoff in no team": (event('type = "layoff"\nfraction = 0.5\nteams = ["north", "sout"]\nmonth = "2022-07"'), "teams: no team 'sout'"),
    "priority of nobody": (lab("{ north", "{ nort"), "research.priorities.nort: no team or line 'nort' (did you mean 'north'?"),
    "record of the wrong kind": (lab('cohort = "authors"', 'team = "north"'), "record.left: a left_share needs a cohort", "record.left.team: a left_share is about a cohort"),
    "unknown quantity": (lab('"left_share"', '"left_shar"'), "record.left.what: unknown value 'left_shar' (did you mean 'left_share'?"),
    "low above high": (lab("low = 0.1", "low = 0.9"), "record.left.low: is above high, 0.5"),
    "two measures of work": (lab("gpu_hours = 1e6", "gpu_hours = 1e6\ngpu_months = 5"), "project.bigger: needs exactly one of gpu_hours and gpu_months"),
    "same name twice": (lab('name = "south"', 'name = "north"'), "team.north: another one has the same name"),
    "same default name twice": (
        event('type = "budget"\ngpus = 5\nmonth = "2022-07"\n[[event]]\ntype = "budget"\ngpus = 6\nmonth = "2022-07"'),
        "event.budget@2022-07: another one has the same name, as neither gives one; name them",
    ),
    "no name": (lab('name = "south"\n', ""), "team.#2: needs a name"),
    "name that is no text": (lab('name = "south"', "name = 3"), "team.#2.name: must be text, got 3"),
    "name with a space": (lab('name = "south"', 'name = "the south"'), 'team."the south": must be a name without spaces'),
    "name with a break": (lab('name = "south"', 'name = "a\\nb"'), r'team."a\nb": must be a name without spaces'),
    "key with a break": (lab("gpus = 1000", 'gpus = 1000\n"a\\nb" = 1'), r'budget."a\nb": unknown key'),
    "name other than its key": (
        lab('[[committee.members]]\nname = "research"', '[committee.members.research]\nname = "reserch"'),
        "committee.members.research.name: must stay 'research', got 'reserch': an element cannot be renamed",
    ),
    "unknown policy": (lab("[[committee", '[committee]\npolicy = "max_mn"\n[[committee'), "committee.policy: unknown policy 'max_mn' (did you mean 'max_min'?"),
    "policy in no file": (lab("[[committee", '[committee]\npolicy = "no\\u0000ne.py:f"\n[[committee'), "committee.policy: no such file"),
    "unknown event type": (lab('"cancel"', '"cancl"'), "event.stop.type: unknown event type 'cancl' (did you mean 'cancel'?"),
    "event without a type": (lab('type = "cancel"\n', ""), "event.stop: needs a type (budget, priority,"),
    "event without anything": (event("enabled = true"), "event.#2: needs a type"),
    "no power": (lab("priorities = { north = 2.0 }", "power = 0"), "committee.members: at least one member needs power above 0"),
    "no norm": (lab("[sources]", "[fairness.norms]\nequality = 0\nneed = 0\nequity = 0\n[sources]"), "fairness.norms: at least one weight must be above 0"),
    "into itself": (event('type = "dissolve"\nteam = "north"\nto = "north"\nmonth = "2022-07"'), "to: a team cannot be dissolved into itself"),
    "source of nothing": (lab(more='"budget.gpu" = "press"\n'), "sources.\"budget.gpu\": unknown path (did you mean 'budget.gpus'?"),
    "source that is no text": (lab(more='"budget.reserve" = 3\n'), 'sources."budget.reserve": must be text, got 3'),
    "deep tables": (lab("gpus = 1000", f"gpus = 1000\n{'.'.join(['a'] * 3000)} = 1"), "budget.a: unknown key"),
    "deep lists": (lab("gpus = 1000", f"gpus = {'[' * 5000}{']' * 5000}"), "tables or lists nested too deeply"),
    "bad syntax": (lab("gpus = 1000", "gpus = = 5"), "not valid TOML: Invalid value (at line"),
    "key twice": (lab("gpus = 1000", "gpus = 5\ngpus = 6"), "not valid TOML: Cannot overwrite a value (at line"),
    "number of 5000 digits": (lab("gpus = 1000", f"gpus = {'9' * 5000}"), "not valid TOML:"),
    "no UTF-8": (LAB.encode() + b"# caf\xe9\n", "not UTF-8 text (byte"),
    "several faults": (
        lab("gpus = 1000", "gpus = -1\nresrve = 0.1").replace("researchers = 5", "researchers = 0.5")
        .replace('name = "stop"\n', 'name = "stop"\nmnth = 5\n').replace('cohort = "authors"', 'cohort = "nobody"')
        .replace('team = "north"\nmonth', 'team = "west"\nmonth') + '"team.east" = "press"\n[[project]]\ngpu_hours = -1\nteam = "east"\n',
        "project.#2: needs a name", "budget.gpus: must be more than 0", "budget.resrve: unknown key", "team.south.researchers: must be",
        "project.#2.gpu_hours: must be more than 0", "project.#2.start: is missing", "project.#2.target: is missing",
        "event.stop.mnth: unknown key", "project.#2.team: no team 'east'", "cohort.authors.team: no team 'west'",
        "record.left.cohort: no cohort 'nobody'", 'sources."team.east": unknown path',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_fault_is_told_once_with_file_key_and_problem(case, tmp_path):
    text, *fragments = CASES[case]
    file = write(tmp_path, text)
    faults = faults_of(file)
    assert_told(faults, *fragments)
    assert all(fault.startswith(f"{file}: ") for fault in faults)


def test_the_lab_of_these_tests_is_sound(tmp_path):
    assert load_scenario(write(tmp_path, LAB)).team["north"].researchers == 10
    assert load_scenario(write(tmp_path, b"\xef\xbb\xbf" + LAB.encode())).months == 12, "a byte order mark is no fault"


@pytest.mark.parametrize(
    ("path", "fragment"),
    [
        ("nea.toml", "nea.toml: no such file (did you mean 'near.toml'?"),
        ("folder.toml", "folder.toml: is no plain file"),
        ("near.toml/under.toml", "cannot be read: Not a directory"),
        ("a\0b.toml", r"a\x00b.toml: cannot be read: "),
        ("a\nb.toml", r"a\nb.toml: no such file"),
        (f"{'a' * 5000}.toml", "cannot be read: File name too long"),
        ("circle.toml", "circle.toml: cannot be read: "),
    ],
)
def test_a_file_that_cannot_be_read_is_a_fault(path, fragment, tmp_path):
    write(tmp_path, LAB, "near.toml")
    (tmp_path / "folder.toml").mkdir()
    if path == "circle.toml":
        (tmp_path / path).symlink_to(tmp_path / path)
    assert_told(faults_of(f"{tmp_path}/{path}"), fragment)


@pytest.mark.parametrize("name", ["llama_vs_op", "a\0b", "a" * 5000, "", "..", "a\nb"])
def test_a_bare_name_is_that_of_a_shipped_scenario(name):
    assert_told(faults_of(name), "no such scenario")
    assert "did you mean 'llama_vs_opt'" in faults_of("llama_vs_op")[0]


# Extending


def test_extends_merges_tables_and_elements_by_name(tmp_path):
    write(tmp_path, LAB, "base.toml")
    child = """
    extends = "base.toml"
    [budget]
    reserve = 0.1
    [[team]]
    name = "south"
    researchers = 7
    [[team]]
    name = "west"
    site = "there"
    line = "llm"
    researchers = 1
    """
    both = load_scenario(write(tmp_path, child))
    assert (both.budget.gpus, both.budget.reserve) == (1000, 0.1)
    assert {name: team.researchers for name, team in both.team.items()} == {"north": 10, "south": 7, "west": 1}
    assert both.team["south"].line == "vision"


def test_faults_across_parents_come_in_one_go_each_with_its_own_file(tmp_path):
    write(tmp_path, lab("gpus = 1000", "gpus = -1").replace('name = "south"\n', ""), "base.toml")
    write(tmp_path, 'extends = "base.toml"\nmonths = 0\n[[team]]\nresearchers = -5\n', "middle.toml")
    top = 'extends = "middle.toml"\ntitel = 1\n[[cohort]]\nname = "all"\nteam = "noth"\nmonth = "2022-05"\n'
    assert_told(
        faults_of(write(tmp_path, top)),
        "middle.toml: team.##1: needs a name",
        "base.toml: team.###2: needs a name",
        "middle.toml: months: must be at least 1",
        "base.toml: budget.gpus: must be more than 0",
        "middle.toml: team.##1.site: is missing",
        "middle.toml: team.##1.line: is missing",
        "middle.toml: team.##1.researchers: must be at least 0",
        "bad.toml: titel: unknown key (did you mean 'title'?",
        "bad.toml: cohort.all.team: no team 'noth' (did you mean 'north'?",
    )


@pytest.mark.parametrize(
    ("base", "fragment"),
    [
        ('"none.toml"', "bad.toml: extends: no such file"),
        ('"bad.toml"', "bad.toml: extends: goes in a circle: "),
        ('"circle.toml"', "circle.toml: extends: goes in a circle: "),
        ('"a\\u0000.toml"', "bad.toml: extends: "),
        ('"two_team"', "bad.toml: extends: two_team: no such scenario (did you mean 'two_teams'?"),
        ("5", "bad.toml: extends: must be text, got 5"),
        ('"broken.toml"', "broken.toml: not valid TOML"),
    ],
)
def test_faults_of_the_file_are_told_although_its_parent_cannot_be_had(base, fragment, tmp_path):
    write(tmp_path, 'extends = "bad.toml"', "circle.toml")
    write(tmp_path, "= 5", "broken.toml")
    file = write(tmp_path, f"extends = {base}\nmonths = 0\n")
    assert_told(faults_of(file), fragment, "bad.toml: months: must be at least 1")


def test_a_long_chain_of_parents_is_no_trouble(tmp_path):
    write(tmp_path, LAB, "0.toml")
    for link in range(1, 200):
        write(tmp_path, f'extends = "{link - 1}.toml"\nmonths = {link}', f"{link}.toml")
    assert load_scenario(tmp_path / "199.toml").months == 199


# Python


@pytest.mark.parametrize("raw", [None, 5, "lab", [], [("start", "2022-05")]])
def test_what_is_no_dict_is_refused(raw):
    with pytest.raises(InputError) as caught:
        Scenario.from_dict(raw)
    assert_told(lines(caught), "scenario: must be a table (a dict), got ")


def endless():
    raw = {}
    raw["turnover"] = raw
    return raw


@pytest.mark.parametrize(
    ("change", "fragment"),
    [
        ({5: 1}, "a key must be text, got 5"),
        ({"budget": {"gpus": 5, None: 1}}, "budget: a key must be text, got None"),
        ({"turnover": endless()}, "turnover.turnover: unknown key"),
        ({"title": endless()}, "title: must be text, got a table"),
        ({"title": "\ud800"}, r"title: '\ud800' is no Unicode text"),
        ({"months": np.array([1, 2])}, "months: must be a whole number, got a list"),
        ({"months": 10**5000}, "months: must be a whole number, got a number of more than 80 digits"),
        ({"title": object()}, "title: must be text, got a Python object"),
        ({"record": {"r": 5}}, "record.r: must be a table, got 5"),
    ],
)
def test_odd_values_from_python_are_faults(change, fragment):
    with pytest.raises(InputError) as caught:
        Scenario.from_dict({**load_scenario("two_teams").to_dict(), **change})
    assert any(fragment in fault for fault in lines(caught)), caught.value


def test_numpy_numbers_are_numbers():
    two = load_scenario("two_teams")
    assert two.with_overrides({"months": np.int64(7), "budget.gpus": np.float64(9.5)}).budget.gpus == 9.5


@pytest.mark.parametrize("name", shipped())
def test_a_scenario_is_the_same_after_to_dict_and_from_dict(name):
    scenario = load_scenario(name)
    again = Scenario.from_dict(scenario.to_dict())
    assert again == scenario
    assert again.digest() == scenario.digest()
    assert scenario.with_overrides({"budget.gpus": 1.0}).digest() != scenario.digest()


# Overrides


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("turnover.contagion", 0.1),
        ("team.llama.researchers", 20),
        ("event.first_layoff.fraction", 0.5),
        ("event.turn_to_products.priorities.protein", 0.7),
        ("committee.members.product.power", 0.0),
        ("committee.members.product.priorities.genai", 2.0),
        ("mechanisms.market", False),
        ("project.llama.crew", 3.0),
    ],
)
def test_an_override_changes_one_value_at_a_dotted_path(path, value):
    for changed in (
        load_scenario("llama_vs_opt", {path: value}),
        load_scenario("llama_vs_opt").with_overrides({path: value}),
    ):
        assert changed.value(path) == value
        before, after = load_scenario("llama_vs_opt").paths(), changed.paths()
        different = {(one, str(what)) for one, what, _ in before} ^ {(one, str(what)) for one, what, _ in after}
        assert {one for one, _ in different} == {path}


def test_the_power_of_the_only_member_can_be_overridden_although_the_file_has_no_members(tmp_path):
    text = lab('[[committee.members]]\nname = "research"\npriorities = { north = 2.0 }\n', "")
    changed = load_scenario(write(tmp_path, text), {"committee.members.committee.power": 3.0})
    assert changed.committee.members["committee"].power == 3.0


@pytest.mark.parametrize(
    ("path", "fragment"),
    [
        ("turnover.contagon", "turnover.contagon: unknown parameter (did you mean 'turnover.contagion'?"),
        ("team.lama.researchers", "unknown parameter (did you mean 'team.llama.researchers'?"),
        ("llama.researchers", "(did you mean 'team.llama.researchers'?"),
        ("event.first_layof.fraction", "(did you mean 'event.first_layoff.fraction'?"),
        ("budget.gpus.more", "unknown parameter (did you mean 'budget.gpus'?"),
        ("team.llama.", "unknown parameter (did you mean 'team.llama'?"),
        ("fairness..memory", "(did you mean 'fairness.memory'?"),
        ("", "unknown parameter (valid: title,"),
        ("...", "unknown parameter (valid: title,"),
        ("\0\n", r'"\x00\n": unknown parameter'),
        ("extends", "extends: unknown parameter"),
        ("z" * 100_000, "unknown parameter"),
        (("budget", "gpus"), "a path must be text"),
        (None, "a path must be text"),
        ("team", "team: must be a list of tables"),
        ("budget", "budget: must be a table"),
        ("team.llama", "team.llama: must be a table"),
        ("team.llama.name", "team.llama.name: must stay 'llama', got 1: an element cannot be renamed"),
        ("committee.members.product.name", "must stay 'product', got 1: an element cannot be renamed"),
        ("event.first_layoff.type", "event.first_layoff.type: unknown event type 1"),
        ("sources.budget.gpu", 'sources."budget.gpu": must be text, got 1'),
    ],
)
def test_an_odd_path_is_told_with_the_nearest(path, fragment):
    scenario = load_scenario("llama_vs_opt")
    with pytest.raises(InputError) as caught:
        scenario.with_overrides({path: 1})
    for faults in (lines(caught), faults_of("llama_vs_opt", {path: 1})):
        assert any(fault.startswith("override: ") and fragment in fault for fault in faults), faults


def test_renaming_by_override_is_refused_with_the_reason():
    assert_told(faults_of("llama_vs_opt", {"team.llama.name": "opt"}), "team.llama.name: must stay 'llama', got 'opt'")


def test_faults_of_overrides_and_file_come_in_one_go(tmp_path):
    file = write(tmp_path, lab("gpus = 1000", "gpus = -1"))
    faults = faults_of(file, {"months": 0, "team.nort.record": 1.0, "start": "2022-06"})
    assert_told(
        faults, "override: team.nort.record: unknown", "override: months: must", "bad.toml: budget.gpus: must",
        "bad.toml: cohort.authors.month: 2022-05 lies before the start, 2022-06",
    )  # fmt: skip


def test_a_value_or_parameter_is_found_by_path_or_told_with_the_nearest():
    scenario = load_scenario("two_teams")
    assert scenario.parameter("turnover.base_rate").unit == "per month"
    for path in ("turnover.baserate", ["turnover"], None):
        with pytest.raises(InputError, match="unknown parameter"):
            scenario.value(path)


OPEN = load_scenario("llama_vs_opt")
NUMBERS = {
    path: entry
    for path, _, entry in OPEN.paths()
    if entry.kind in ("number", "whole number") and not path.endswith(".gpu_months")  # work is in gpu_hours here
}


@given(st.sampled_from(sorted(NUMBERS)), st.sampled_from(["low", "high", "below", "above", "inf", "nan"]))
@example("event.genai_formed.from.opt", "above")
@example("committee.members.product.priorities.opt", "below")
@settings(max_examples=100, deadline=None)
def test_bounds_are_kept_exactly(path, where):
    entry = NUMBERS[path]
    kind = int if entry.kind == "whole number" else float
    step = 1 if kind is int else 1e-6 * max(1.0, abs(entry.high))
    value = {
        "low": entry.low, "high": entry.high, "below": entry.low - step, "above": entry.high + step,
        "inf": math.inf, "nan": math.nan,
    }[where]  # fmt: skip
    if where not in ("inf", "nan"):
        value = kind(value)
    if where == "high" or (where == "low" and not entry.low_open):
        assert OPEN.with_overrides({path: value}).value(path) == value
    else:
        with pytest.raises(InputError) as caught:
            OPEN.with_overrides({path: value})
        assert_told(lines(caught), f"override: {path}: must be ")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
    st.sampled_from(sorted({part for path, _, _ in OPEN.paths() for part in (path, path.rpartition(".")[0]) if part})),
)
@settings(max_examples=100, deadline=None)
def test_whatever_is_put_anywhere_is_valid_or_an_input_error(value, path):
    faults = []
    try:
        changed = OPEN.with_overrides({path: value})
    except InputError as error:
        faults = error.faults
    else:
        assert Scenario.from_dict(changed.to_dict()) == changed
    assert all(fault.isprintable() and ": " in fault for fault in faults)
    assert len(set(faults)) == len(faults)


@pytest.mark.parametrize(
    ("option", "read"),
    [
        ("turnover.contagion=0.1", ("turnover.contagion", 0.1)),
        ("months = 5", ("months", 5)),
        ("committee.policy=max_min", ("committee.policy", "max_min")),
        ("title=a = b", ("title", "a = b")),
        ("mechanisms.market=false", ("mechanisms.market", False)),
        ("title=5\ny = 3", ("title", "5\ny = 3")),
    ],
)
def test_a_setting_is_read_as_toml_or_else_as_text(option, read):
    assert parse_set(option) == read


@pytest.mark.parametrize("option", ["", "=5", "months", "months=", "months=" + "[" * 5000])
def test_a_setting_without_path_or_value_is_refused(option):
    with pytest.raises(InputError, match="--set"):
        parse_set(option)


# The registry


@pytest.mark.parametrize("name", shipped())
def test_every_number_has_a_unit_bounds_and_a_meaning(name):
    for path, value, entry in load_scenario(name).paths():
        assert entry.meaning, path
        if entry.kind in ("number", "whole number"):
            assert entry.unit, path
            assert -math.inf < entry.low < entry.high < math.inf, path
            assert value is None or entry.low <= value <= entry.high, path
        else:
            assert not entry.unit, path


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("start", "month"),
        ("months", "whole number"),
        ("budget.gpus", "number"),
        ("team.*.gpus_per_researcher", "number"),
        ("team.*.site", "text"),
        ("event.market.line", "text"),
        ("event.priority.member", "text"),
        ("event.hire.people", "whole number"),
        ("event.layoff.teams", "list"),
        ("event.reorganise.from", "table"),
        ("event.budget.enabled", "switch"),
        ("committee.duplicates", "text"),
        ("committee.members.*.priorities", "table"),
        ("project.*.target", "month"),
    ],
)
def test_the_kind_of_a_parameter_is_that_of_its_values(path, kind):
    assert {one.path: one.kind for one in registry()}[path] == kind


def test_every_kind_agrees_with_every_value_of_the_shipped_scenarios():
    types = {
        "number": (float, int),
        "whole number": int,
        "switch": bool,
        "text": str,
        "month": str,
        "list": list,
        "table": dict,
    }
    for name in shipped():
        for path, value, entry in load_scenario(name).paths():
            assert value is None or isinstance(value, types[entry.kind]), path


def test_every_path_of_a_scenario_is_an_entry_of_the_registry():
    """Those behind a table of numbers, too: an event's `member`."""
    event = {"type": "priority", "month": "2024-02", "priorities": {"north": 2.0}, "member": "research"}
    lab = load_scenario("two_teams").with_overrides({"event.asked": event})
    known = {one.path for one in registry()}
    assert {entry.path.removesuffix(".*") for _, _, entry in lab.paths()} <= known
    assert lab.parameter("event.asked.member").path == "event.priority.member"


def test_arguments_of_the_policy_by_default_are_refused_as_of_any():
    with pytest.raises(InputError, match=r"committee\.policy_args\.part: policy 'priority' takes no such argument"):
        Scenario.from_dict({"start": "2024-01", "months": 2, "budget": {"gpus": 1.0},
                            "committee": {"policy_args": {"part": 1.0}},
                            "team": [{"name": "a", "line": "l", "site": "s", "researchers": 1}]})  # fmt: skip


def test_the_table_in_the_model_document_is_what_the_registry_gives():
    document = (ROOT / "MODEL.md").read_text(encoding="utf-8")
    assert markdown() in document, "stale: run `make docs`"
    assert renewed(document) == document
    assert renewed(f"a {START} old {END} z").count("| `budget.gpus` |") == 1
    with pytest.raises(InputError, match="no lines"):
        renewed("no marks")


# The command line


def test_check_of_a_bad_file_prints_every_fault_and_ends_with_2(tmp_path):
    file = write(tmp_path, lab("gpus = 1000", "gpus = -1").replace("months = 12", "months = 0"))
    ended = command("check", file)
    assert ended.returncode == 2
    assert not ended.stdout
    assert_told(ended.stderr.splitlines(), "months: must be at least 1", "budget.gpus: must be more than 0")


def invoke(*arguments):
    from sim.cli.main import app

    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_check_of_a_sound_file_prints_its_parameters_whatever_its_texts(tmp_path):
    text = lab('"a lab"', '"[/bold] [red]"').replace('"press"', '"[/x] press [1]"')
    shown = invoke("check", write(tmp_path, text), "--set", "budget.gpus=77")
    assert shown.exit_code == 0, shown.exception
    assert "[/bold] [red]" in shown.output
    assert "[/x] press [1]" in shown.output
    assert any(line.split()[:3] == ["budget.gpus", "77", "GPUs"] for line in shown.output.splitlines())
    assert "valid;" in shown.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "a\0b.toml"),
        ("check", "two_teams", "--set", "budget.gpu=5"),
        ("parameters", "none.md"),
        ("parameters", "."),
    ],
)
def test_bad_input_to_a_command_is_an_input_error(arguments):
    assert isinstance(invoke(*arguments).exception, InputError)
