"""What the README and the docs tell people to type works, and every link leads somewhere."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from sim.cli.main import app
from tests.command_line import command

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
REPEATED = ("run", "compare", "attribute", "sensitivity")  # commands that take a number of replicates
WAITS = ("app",)  # it serves until it is stopped: tests of its own
# What a cluster wrote, as the page on one's own lab names it.
CLUSTER = {
    "usage.csv": "month,team,wanted,used\n2024-01,a,30,20\n2024-02,a,50,30\n2024-01,b,40,40\n",
    "jobs.txt": "JobID|Account|User|Submit|Start|End|State|AllocTRES\n"
                "1|a|u|2024-01-01T00:00:00|2024-01-02T00:00:00|2024-02-20T00:00:00|COMPLETED|gres/gpu=8\n",
    "shares.txt": "Account|User|RawShares\nroot||\n a||1\n",
    "queues.yaml": "kind: ClusterQueue\nmetadata: {name: a}\nspec:\n  resourceGroups:\n  - flavors:\n    - name: f\n"
                   "      resources:\n      - {name: nvidia.com/gpu, nominalQuota: 8}\n",
}  # fmt: skip
CODE_PAGES = [*PAGES, ROOT / "MODEL.md", ROOT / "CONTRIBUTING.md"]
ALL_PAGES = [*CODE_PAGES, ROOT / "CHANGELOG.md"]  # which has what is gone, too


def python_blocks(page):
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def shell_lines(page):
    """The lines `sim ...` that a page tells people to type, continued lines joined."""
    text = re.sub(r"\\\n *", "", page.read_text(encoding="utf-8"))
    lines = re.findall(r"^ {4}(sim .*)$", text, re.MULTILINE)
    return [line.partition("  #")[0].strip() for line in lines]


@pytest.mark.parametrize("page", [page for page in PAGES if python_blocks(page)], ids=lambda page: page.name)
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    namespace = {}
    for block in python_blocks(page):
        exec(compile(block, page.name, "exec"), namespace)
    assert capsys.readouterr().out


def test_the_shell_lines_of_the_pages_run(tmp_path):
    """In the order of the pages, in one folder, with few replicates: each line ends well."""
    for page in PAGES:
        for block in python_blocks(page):
            for name, text in re.findall(r"Path\(\"(\w+\.py)\"\)\.write_text\('''\n(.*?)'''\)", block, re.DOTALL):
                (tmp_path / name).write_text(text)
    for name, text in CLUSTER.items():
        (tmp_path / name).write_text(text)
    done = set()
    for page in PAGES:
        for line in shell_lines(page):
            words = shlex.split(line)[1:]
            if words[0] in WAITS or line in done or any(word.isupper() and len(word) > 2 for word in words):
                continue
            done.add(line)
            if words[0] in REPEATED and "-n" not in words:
                words += ["-n", "4"]
            if words[0] in REPEATED and "--out" not in words:
                words += ["--replace"]  # what an earlier page left there
            if words[0] == "sensitivity":
                words += ["--samples", "2"]
            if words[0] == "sweep" and "--status" not in words:
                words += ["--replicates", "2"]
            if words[0] in (*REPEATED, "plot", "sweep") and "--status" not in words and "--kind" not in words:
                words += ["--no-figures"]
            found = command(*words, cwd=tmp_path)
            assert found.returncode == 0, f"{page.name}: {line}: {found.stderr[-500:]}"
    assert len(done) > 10


def commands_told(page):
    """Every command that a page names, as its words: lines of blocks, and code within a sentence."""
    text = re.sub(r"\\\n *", "", page.read_text(encoding="utf-8"))
    blocks = re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("sim ")]
    within = re.findall(r"`(sim [^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return [shlex.split(line, comments=True)[1:] for line in [*shell_lines(page), *lines, *within]]


@pytest.mark.parametrize("page", CODE_PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_a_page_is_one_that_there_is(page):
    """Those that take too long to run here, too: the command, its options and the kinds of their values."""
    commands = typer.main.get_command(app).commands
    for words in commands_told(page):
        if words[0].startswith("-"):  # of `sim` itself
            continue
        assert words[0] in commands, f"{page.name}: sim {shlex.join(words)}"
        try:
            commands[words[0]].make_context(words[0], words[1:])
        except Exception as fault:  # Typer has Click within itself, or beside it; a sentence may leave out values
            if type(fault).__name__ not in ("Exit", "MissingParameter", "BadOptionUsage"):
                pytest.fail(f"{page.name}: sim {shlex.join(words)}: {fault}")


def within_the_repository(page):
    """Where a page's links and pictures lead, without those to the outside."""
    text = page.read_text(encoding="utf-8")
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_picture_leads_somewhere(page):
    for target in within_the_repository(page):
        path, _, part = target.partition("#")
        other = (page.parent / path) if path else page
        assert other.exists(), f"{page.name}: {target}"
        if part:
            heads = re.findall(r"^#+ (.*)$", other.read_text(encoding="utf-8"), re.MULTILINE)
            known = [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads]
            assert part in known, f"{page.name}: {target} of {known}"


OUTSIDE = re.compile(r"https://([a-z0-9-]+\.)+[a-z]{2,}(:\d+)?(/[^\s<>\"{}|\\^`]*)?")


@pytest.mark.parametrize("file", [*ALL_PAGES, ROOT / "CITATION.cff", ROOT / "pyproject.toml",
                                  *sorted(ROOT.glob("scenarios/*.toml")), ROOT / "sim" / "scenario" / "sections.py"],
                         ids=lambda file: file.name)  # fmt: skip
def test_what_leads_outside_is_well_formed(file):
    """No network here: that an address, an arXiv number and a DOI have their form is what can be told."""
    text = file.read_text(encoding="utf-8")
    for address in re.findall(r"\b\w+://[^\s)>\"'`\]]+", text):
        host = re.match(r"\w+://([^/:]*)", address)[1]
        if not host.isupper() and host not in ("127.0.0.1", "localhost"):  # tcp://HOST:8786
            assert OUTSIDE.fullmatch(address.rstrip(".,;")), address
    for number in re.findall(r"arXiv[: ]+(\S+)", text):
        assert re.match(r"\d{2}(0[1-9]|1[0-2])\.\d{4,5}\b", number), number
    for number in re.findall(r"\bdoi[: ./a-z]*?(10\S*)", text, re.IGNORECASE):
        assert re.match(r"10\.\d{4,9}/\S+", number), number


def test_the_readme_is_read_within_two_screens():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 75
    assert max(len(line) for line in lines) <= 145
    assert sum(line.startswith("![") for line in lines) <= 1


def test_every_package_is_installed():
    import tomllib

    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    there = {".".join(path.parent.relative_to(ROOT).parts) for path in ROOT.glob("sim/**/__init__.py")}
    assert there <= set(listed)


def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("myst_parser", reason="the extra 'docs' is not installed")
    line = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "html",
        str(ROOT / "docs"),
        str(tmp_path),
    ]
    found = subprocess.run(line, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr[-2000:]
    assert (tmp_path / "reference" / "scenario_file.html").is_file()
