"""A user's own policy: whether its code may run, how it is loaded, and what it may not do in either engine."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import sim
from sim.allocation import own, register
from tests.command_line import command

ENGINES = ("compiled", "mesa")
LAB = sim.load_scenario("two_teams", {"budget.reserve": 0.0})
EVEN = "    return claims.asks * min(1.0, budget / max(claims.asks.sum(), 1e-9))\n"
PLAIN = "def plain(claims, budget):\n" + EVEN
LEAVES_A_MARK = "from pathlib import Path\nPath(__file__).with_suffix('.ran').touch()\n" + PLAIN


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    """Each test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)


def written(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def grants(policy, engine="compiled", replicates=2, **settings):
    settings = {f"committee.policy_args.{name}": value for name, value in settings.items()}
    table = sim.run(LAB.with_overrides({"committee.policy": policy, **settings}), replicates, engine=engine).months
    return table.pivot(index=["replicate", "month"], columns="team", values="grant")


def cli(*arguments):
    """The command as in a process of its own, in which no file has been loaded."""
    own._loaded.clear()
    return command(*arguments)


# Whose code runs


@pytest.fixture
def received(tmp_path):
    """A scenario of somebody else's, and the code that it brings."""
    written(tmp_path / "post/theirs.py", LEAVES_A_MARK)
    return written(tmp_path / "post/lab.toml", 'extends = "two_teams"\n[committee]\npolicy = "theirs.py:plain"\n')


UNASKED = r"theirs.py:plain': code that a file names is not run unasked"


def has_run(received):
    return (received.parent / "theirs.ran").exists()


def test_code_that_a_scenario_file_names_is_not_run_unasked(received):
    lab = sim.load_scenario(received)
    assert lab.committee.policy == f"{received.parent}/theirs.py:plain"  # beside the file, wherever one is
    for doing in (
        lambda: sim.run(lab, 1),
        lambda: sim.run(lab, 1, engine="mesa"),
        lambda: sim.compare({"a": lab, "b": lab.with_overrides({"committee.noise": 0.0})}, 1),
    ):
        with pytest.raises(sim.InputError, match=UNASKED) as told:
            doing()
        assert len(told.value.faults) == 1
    assert not has_run(received)


@pytest.mark.parametrize(
    "how",
    [
        lambda file: sim.load_scenario(file, allow_code=True),
        lambda file: sim.load_scenario(file, {"committee.policy": f"{file.parent}/theirs.py:plain"}),
        lambda file: sim.load_scenario("two_teams").with_overrides(
            {"committee.policy": f"{file.parent}/theirs.py:plain"}
        ),
        lambda file: sim.Scenario.from_dict(sim.load_scenario(file).to_dict()),
        lambda file: (sim.allow_code(f"{file.parent}/theirs.py:plain"), sim.load_scenario(file))[1],
        lambda file: (sim.allow_code(), sim.load_scenario(file))[1],
    ],
    ids=["load_scenario", "override", "with_overrides", "from_dict", "one", "all"],
)
def test_code_that_is_named_in_python_or_allowed_runs(received, how):
    assert len(sim.run(how(received), 1, engine="mesa").months) > 0
    assert has_run(received)


def test_an_allowed_file_allows_no_other(received, tmp_path):
    sim.allow_code(f"{written(tmp_path / 'mine.py', PLAIN)}:plain")
    with pytest.raises(sim.InputError, match="not run unasked"):
        sim.run(received, 1)


def test_not_even_a_check_of_a_broken_file_runs_its_code(received):
    received.write_text(received.read_text() + "noise = -1\n")
    with pytest.raises(sim.InputError, match=r"committee\.noise: must be at least 0"):
        sim.load_scenario(received)
    assert not has_run(received)


def test_an_experiment_file_brings_no_code_either(received):
    experiment = written(
        received.parent / "sweep.toml",
        'scenario = "two_teams"\nreplicates = 2\ndesign = "grid"\noutcomes = ["quits"]\n'
        '[[factor]]\npath = "committee.policy"\nvalues = ["priority", "theirs.py:plain"]\n',
    )
    with pytest.raises(sim.InputError, match=UNASKED):
        sim.sweep(experiment, received.parent / "out")
    listed = experiment.with_name("listed.toml")
    listed.write_text('scenario = "lab.toml"\nreplicates = 2\ndesign = "list"\noutcomes = ["quits"]\n'
                      '[[point]]\n"committee.noise" = 0.1\n')  # fmt: skip
    with pytest.raises(sim.InputError, match=UNASKED):
        sim.sweep(listed, received.parent / "out")
    assert not has_run(received)
    sim.allow_code(f"{received.parent}/theirs.py:plain")
    table = sim.sweep(experiment, received.parent / "out")
    assert set(table["committee.policy"]) == {"priority", f"{received.parent}/theirs.py:plain"}


def test_a_saved_result_is_read_without_its_code_and_run_again_only_with_leave(received):
    kept = sim.run(sim.load_scenario(received, allow_code=True), 2).save(received.parent / "kept")
    own._allowed.clear()
    (received.parent / "theirs.ran").unlink()
    again = sim.Result.load(kept)
    assert again.scenario.committee.policy.endswith("theirs.py:plain")
    (received.parent / "theirs.py").rename(received.parent / "gone.py")
    assert len(sim.Result.load(kept).months) == len(again.months)
    with pytest.raises(sim.InputError, match="not run unasked"):
        sim.run(again.scenario, 1)
    assert not has_run(received)


def test_a_result_under_a_policy_that_is_registered_no_more_is_read(tmp_path):
    @sim.policy
    def for_now(claims, budget):
        return claims.asks * 0.0

    kept = sim.run(LAB.with_overrides({"committee.policy": "for_now"}), 1, engine="mesa").save(tmp_path / "kept")
    del register._REGISTER["for_now"]
    assert sim.Result.load(kept).scenario.committee.policy == "for_now"


def test_the_command_line_asks_for_leave(received):
    told = cli("run", "post/lab.toml", "-n", "2", "--no-figures", "--out", "out")
    assert (told.returncode, len(told.stderr.strip().splitlines()[-1:])) == (2, 1)
    assert "--allow-code" in told.stderr
    assert not has_run(received)
    told = cli("check", "post/lab.toml")
    assert told.returncode == 0
    assert "was not run" in told.stdout
    assert not has_run(received)
    assert cli("run", "post/lab.toml", "-n", "2", "--no-figures", "--out", "out", "--allow-code").returncode == 0
    assert has_run(received)
    (received.parent / "theirs.ran").unlink()
    assert cli("plot", "out").returncode == 0
    assert not has_run(received)
    told = cli("run", "two_teams", "-n", "2", "--no-figures", "--out", "other", "--policy", "post/theirs.py:plain")
    assert (told.returncode, has_run(received)) == (0, True)  # named on the command line, from here


# How a file is loaded


def test_files_beside_it_can_be_imported_and_those_of_other_folders_are_not_mixed_up(tmp_path):
    for folder, part in (("a", 0.25), ("b", 0.5)):
        written(tmp_path / folder / "helper.py", f"part = {part}\n")
        written(tmp_path / folder / "mine.py", "from helper import part\n" + PLAIN.replace("return ", "return part * "))
    for _ in range(2):
        shares = [sim.allocate(f"{folder}/mine.py:plain", asks=[8.0], budget=4.0)[0] for folder in "ab"]
        assert shares == [1.0, 2.0]
    assert "helper" not in sys.modules
    written(tmp_path / "a/helper.py", "part = 0.75\n")
    assert sim.allocate("a/mine.py:plain", asks=[8.0], budget=4.0)[0] == 3.0  # not what it was before


def test_a_file_may_hold_dataclasses_and_functions_that_its_policy_calls(tmp_path):
    head = ("from __future__ import annotations\nfrom dataclasses import dataclass\n"
            "@dataclass\nclass Setup:\n    part: float = 0.5\nPART = Setup().part\n"
            "def halved(amount):\n    return amount * PART\n")  # fmt: skip
    file = written(tmp_path / "mine.py", head + PLAIN.replace("return ", "return halved(1.0) * "))
    both = [grants(f"{file}:plain", engine) for engine in ENGINES]
    np.testing.assert_allclose(both[0], both[1], rtol=1e-12)
    np.testing.assert_allclose(both[0].sum(axis=1).iloc[2], 450.0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PLAIN + "import sys\nsys.exit(0)\n", "ends the program as it is loaded"),
        (PLAIN + "raise ValueError('''a\nb''')\n", "fails: ValueError: a b"),
        ("def plain(claims):\n    return claims.asks\n", "must take claims and budget"),
        ("def plain(claims, budget, part):\n    return claims.asks\n", "argument 'part' needs a default, a number"),
        ("def plain(claims, budget, weights=1.0):\n    return claims.asks\n", "has the name of a claim"),
        ("import sim\n@sim.policy(reads=('draw',))\n" + PLAIN, r"no claim 'draw' \(did you mean 'draws'\?"),
    ],
)
def test_a_file_that_is_no_use_is_refused_in_one_line(tmp_path, text, reason):
    address = f"{written(tmp_path / 'mine.py', text)}:plain"
    for doing in (lambda: LAB.with_overrides({"committee.policy": address}),
                  lambda: sim.allocate(address, asks=[1.0], budget=1.0)):  # fmt: skip
        with pytest.raises(sim.InputError, match=reason) as told:
            doing()
        assert len(str(told.value).splitlines()) == 1
    assert not [name for name in sys.modules if name.startswith("sim_user_policy") and "mine" in name]


def test_the_fingerprint_of_a_policy_changes_with_its_code_and_with_what_it_imports(tmp_path):
    written(tmp_path / "helper.py", "part = 0.25\n")
    file = written(tmp_path / "mine.py", "from helper import part\n" + PLAIN)
    sim.allow_code()
    prints = [own.fingerprint(f"{file}:plain")]
    for changed, text in (("helper.py", "part = 0.5\n"), ("mine.py", "from helper import part\n\n" + PLAIN)):
        written(tmp_path / changed, text)
        prints.append(own.fingerprint(f"{file}:plain"))
    assert len(set(prints)) == 3
    assert own.fingerprint("priority") is None

    def first(claims, budget):
        return claims.asks * 0.0

    def second(claims, budget):
        return claims.asks * 0.5

    for function in (first, second):
        sim.policy(function, name="changing")
        prints.append(own.fingerprint("changing"))
    assert len(set(prints)) == 5


# Arguments of its own

TAKES = """
import numpy as np
def parts(claims, budget, part=0.5, *, rounds: int = 2, fair=True, label="x"):
    granted = claims.asks * min(1.0, budget / max(claims.asks.sum(), 1e-9)) if fair else claims.asks * 0.0
    for _ in range(rounds - 2):
        granted = granted * 0.5
    return granted * part
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_policy_takes_numbers_by_name(tmp_path, engine):
    address = f"{written(tmp_path / 'mine.py', TAKES)}:parts"
    whole = grants(address, engine).loc[0, 0]
    for settings, factor in (({"part": 0.25}, 0.5), ({"rounds": 3}, 0.5), ({"fair": False}, 0.0), ({"part": 1}, 2.0)):
        np.testing.assert_allclose(grants(address, engine, **settings).loc[0, 0], factor * whole, rtol=1e-12)
        assert sim.allocate(address, asks=[8.0], budget=8.0, **settings)[0] == 4.0 * factor


@pytest.mark.parametrize("engine", ENGINES)
def test_an_argument_is_swept_like_any_number(tmp_path, engine):
    lab = LAB.with_overrides({"committee.policy": f"{written(tmp_path / 'mine.py', TAKES)}:parts"})
    assert lab.committee.policy_args == {"part": 0.5, "rounds": 2, "fair": True}
    assert lab.parameter("committee.policy_args.rounds").kind == "whole number"
    points = {"committee.policy_args.part": [0.1, 0.2], "committee.policy_args.fair": [True, False]}
    table = sim.run(lab, 2, engine=engine, points=points, detail="months").months
    for point in (0, 1):
        here = {path: values[point] for path, values in points.items()}
        one = sim.run(lab.with_overrides(here), 2, engine=engine, detail="months").months
        np.testing.assert_array_equal(table.loc[table["point"] == point, "grant"], one["grant"])


def test_a_scenario_file_sets_arguments_and_another_policy_forgets_them(tmp_path):
    written(tmp_path / "mine.py", TAKES)
    written(tmp_path / "lab.toml", 'extends = "two_teams"\n[committee]\npolicy = "mine.py:parts"\n'
                                   "[committee.policy_args]\npart = 0.3\n")  # fmt: skip
    written(tmp_path / "child.toml", 'extends = "lab.toml"\n[committee]\npolicy = "ranked"\n')
    lab = sim.load_scenario("lab.toml", {"committee.policy_args.rounds": 4}, allow_code=True)
    assert lab.committee.policy_args == {"part": 0.3, "rounds": 4, "fair": True}
    assert sim.Scenario.from_dict(json.loads(json.dumps(lab.to_dict()))) == lab
    assert lab.with_overrides({"committee.policy": "ranked"}).committee.policy_args == {}
    assert sim.load_scenario("child.toml").committee.policy_args == {}
    assert set(sim.compare({"own": lab, **sim.policies_of(lab, ["max_min"])}, 2).cases) == {"own", "max_min"}


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("prt", 1.0, r"policy_args\.prt: policy '.*mine.py:parts' takes no such argument \(did you mean 'part'\?"),
        ("part", "much", r"policy_args\.part: must be a number"),
        ("part", True, r"policy_args\.part: must be a number"),
        ("rounds", 1.5, r"policy_args\.rounds: must be a whole number"),
        ("fair", 0.5, r"policy_args\.fair: must be true or false"),
        ("label", 1.0, r"policy_args\.label: .* takes no such argument"),
    ],
)
def test_arguments_that_it_does_not_take_are_refused(tmp_path, name, value, reason):
    lab = LAB.with_overrides({"committee.policy": f"{written(tmp_path / 'mine.py', TAKES)}:parts"})
    with pytest.raises(sim.InputError, match=reason) as told:
        lab.with_overrides({f"committee.policy_args.{name}": value})
    assert len(told.value.faults) == 1
    with pytest.raises(sim.InputError, match=r"policy_args\.part: policy 'priority' takes no such argument"):
        LAB.with_overrides({"committee.policy_args.part": 1.0})


# What it may not do


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "    if budget > 0.0:\n        raise ValueError('no budget is small enough')\n" + EVEN,
            "fails: ValueError: no budget is small enough",
        ),
        ("    claims.asks[len(claims.asks)] = 0.0\n" + EVEN, "fails: IndexError"),
        ("    claims.credits[len(claims.asks) + 100000] = 1.0\n" + EVEN, "fails: IndexError"),
        ("    return claims.asks / (claims.asks - claims.asks)\n", "no number|more than its ask"),
        ("    return 'everything'\n", "one array of grants is wanted"),
        ("    return None\n", "one array of grants is wanted"),
        ("    return claims.scoers * 0.0\n", "scoers"),
    ],
    ids=["raises", "past the end", "far past the end", "divides by zero", "text", "nothing", "misspelt"],
)
def test_a_policy_that_fails_is_named_in_one_line(tmp_path, engine, body, reason):
    address = f"{written(tmp_path / 'mine.py', 'def bad(claims, budget):' + chr(10) + body)}:bad"
    with pytest.raises(sim.InputError, match=rf"policy '{address}': .*({reason})") as told:
        grants(address, engine)
    assert len(str(told.value).splitlines()) == 1
    assert len(str(told.value)) < 500 + len(address)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("head", "luck"),
    [
        ("import numpy as np\n", "np.random.random()"),
        ("import numpy\n", "numpy.random.default_rng().random()"),
        ("from numpy import random as r\n", "r.rand()"),
        ("from numpy.random import rand\n", "rand()"),
        ("import random\n", "random.random()"),
        ("from random import random\n", "random()"),
        ("import numpy as np\nrng = np.random.default_rng(1)\n", "rng.random()"),
        ("import os\n", "os.urandom(1)[0] / 256"),
        ("import random\ndef helper():\n    return random.random()\n", "helper()"),
    ],
)
def test_luck_that_no_seed_repeats_is_refused(tmp_path, engine, head, luck):
    text = f"{head}def bad(claims, budget):\n    u = {luck}\n    return claims.asks * 0.0 * u\n"
    address = f"{written(tmp_path / 'mine.py', text)}:bad"
    for _ in range(2):  # who tries again is refused again
        with pytest.raises(sim.InputError, match=r"draws luck that no seed repeats .*use claims\.draws"):
            grants(address, engine)


def test_names_that_only_look_like_luck_are_not_refused(tmp_path):
    text = "import numpy as np\nrandom_forest = 0.5\n" + PLAIN.replace("return ", "return random_forest * ")
    assert len(grants(f"{written(tmp_path / 'mine.py', text)}:plain")) > 0


def test_compiled_code_that_means_something_else_than_its_python_is_found_out(tmp_path):
    text = "import numpy as np\ncalls = np.zeros(1)\n" + PLAIN.replace(
        "return", "calls[0] += 1\n    return calls[0] / 9 *"
    )
    with pytest.raises(sim.InputError, match=r"plain': (plain Python and compiled code disagree in month \d+|does)"):
        grants(f"{written(tmp_path / 'mine.py', text)}:plain")


def test_a_policy_may_be_told_nothing_of_nothing(tmp_path):
    """Where nobody asks for anything, 0/0 of a proportion is no fault."""
    file = written(tmp_path / "mine.py", "def plain(claims, budget):\n    share = claims.asks / claims.asks.sum()\n"
                                         "    return share * min(budget, claims.asks.sum())\n")  # fmt: skip
    idle = LAB.with_overrides({"team.north.baseline": 0.0, "team.south.baseline": 0.0})
    for engine in ENGINES:
        months = sim.run(idle.with_overrides({"committee.policy": f"{file}:plain"}), 1, engine=engine).months
        assert (months.loc[months["month"] == 0, "grant"] == 0.0).all()
        assert months["grant"].sum() > 0.0


def test_the_shipped_policies_say_what_they_read_and_cannot_be_replaced():
    for name in sim.policies():
        policy = register.get(name)
        assert policy.origin is None
        assert policy.definition, name
    with pytest.raises(sim.InputError, match="'max_min': a shipped policy has this name"):
        sim.policy(lambda claims, budget: claims.asks, name="max_min")


def test_where_nothing_may_be_compiled_the_other_engine_is_named():
    line = [sys.executable, "-m", "sim", "run", "two_teams", "-n", "1", "--no-figures"]
    told = subprocess.run(line, capture_output=True, text=True, env={**os.environ, "NUMBA_DISABLE_JIT": "1"})
    assert (told.returncode, told.stderr.strip().splitlines()[-1][:36]) == (2, "engine: NUMBA_DISABLE_JIT is set, so")


@pytest.mark.parametrize("allowed", [False, True])
def test_a_scenario_that_names_a_missing_file_is_told_so_once_whether_its_code_may_run_or_not(received, allowed):
    (received.parent / "theirs.py").unlink()
    with pytest.raises(sim.InputError, match=r"committee\.policy: no such file .*theirs\.py$") as told:
        sim.load_scenario(received, allow_code=allowed)
    assert len(told.value.faults) == 1
