"""What the README and the docs tell people to type works, and every link leads somewhere."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

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
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


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


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_and_picture_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("http", "mailto:")):
            there = (page.parent / target).exists() or "reference/" in target
            assert there, f"{page.name}: {target}"


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
