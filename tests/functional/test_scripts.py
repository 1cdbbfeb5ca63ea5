"""Every script that is shipped runs as it is, with few histories: of `scenarios/`, of `experiments/`, and the tour."""

import re
import runpy
from pathlib import Path

import pytest

from sim.results.folder import marks_in

TOP = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(path.relative_to(TOP) for place in ("scenarios", "experiments") for path in (TOP / place).glob("*.py"))
# What a script says when it is asked for little: its arguments, and words that it must print.
ASKED = {
    "scenarios/llama_vs_opt.py": ("4", r"Who got the GPUs(.|\n)*Without a mechanism|Tables and figures are in"),
    "scenarios/counterfactuals.py": ("2", r"Paired mean differences(.|\n)*free_run: "),
    "experiments/benchmark.py": ("--quick --rounds 1", r"compiled over Mesa +\S+ times(.|\n)*two threads over one"),
    "experiments/effect_sizes.py": ("1", r"Layoffs|laid off(.|\n)* of \d+ hold"),
    "experiments/own_phase.py": ("3", r"quit, of .*; 3 histories, the same luck"),
    "experiments/figures.py": ("--quick --out pictures --studies studies", r"pictures/scarcity.png"),
}


def run(script, words, monkeypatch):
    monkeypatch.setattr("sys.argv", [script, *words.split()])
    runpy.run_path(str(TOP / script), run_name="__main__")


def test_every_script_is_run_here():
    assert sorted(map(str, SCRIPTS)) == sorted(ASKED)


@pytest.mark.filterwarnings("ignore::RuntimeWarning:.*effect_sizes")  # so few histories that nobody leaves
@pytest.mark.parametrize("script", ASKED)
def test_a_script_says_what_it_is_for(script, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words, said = ASKED[script]
    run(script, words, monkeypatch)
    assert re.search(said, capsys.readouterr().out)
    for folder in (tmp_path / "out").glob("*"):
        assert marks_in(folder)
    if script.endswith("figures.py"):
        pages = [TOP / "README.md", *(TOP / "docs").glob("*.md")]
        text = "".join(page.read_text(encoding="utf-8") for page in pages)
        shown = set(re.findall(r"\]\((?:\.\./)?experiments/figures/([^)]+)\.png\)", text))
        made = {path.stem for path in (tmp_path / "pictures").glob("*.png")}
        assert shown <= made
        assert {"overview", "frontier", "waterfall", "scarcity"} <= made


def test_the_tour_runs_from_its_first_cell_to_its_last(tmp_path, monkeypatch):
    pytest.importorskip("marimo")
    monkeypatch.chdir(tmp_path)
    run("docs/tour.py", "", monkeypatch)
