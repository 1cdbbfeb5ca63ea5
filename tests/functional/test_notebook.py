"""The notebook of the tour, and the script that makes the pages' pictures, run as they are."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]


def run(*words):
    return subprocess.run([sys.executable, *words], cwd=TOP, capture_output=True, text=True)


def test_the_tour_runs_from_its_first_cell_to_its_last():
    pytest.importorskip("marimo")
    found = run("docs/tour.py")
    assert found.returncode == 0, found.stderr[-2000:]


def test_every_picture_of_the_pages_has_a_line_in_the_script(tmp_path):
    pages = "".join(page.read_text(encoding="utf-8") for page in (TOP / "README.md", *(TOP / "docs").glob("*.md")))
    shown = set(re.findall(r"experiments/figures/([^)]+)\.png\)", pages))
    where = "--out", str(tmp_path / "pictures"), "--studies", str(tmp_path / "studies")
    found = run("experiments/figures.py", "--quick", *where)
    assert found.returncode == 0, found.stderr[-2000:]
    made = {path.stem for path in (tmp_path / "pictures").glob("*.png")}
    assert shown <= made
    assert {"overview", "frontier", "waterfall", "scarcity"} <= made
