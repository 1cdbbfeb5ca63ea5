"""The page of saved studies holds all that it says it holds, and asks nothing of the network."""

import os
import re
import shutil
import tomllib
from pathlib import Path

import pytest

import sim
from sim.report.facts import about, in_units, recorded
from sim.report.inline import inline_svg
from sim.report.page import page
from sim.report.repeat import commands, files_of
from sim.report.saved import load_study
from sim.scenario import Scenario, load_scenario, parse_set
from sim.studies.attribute import attribute
from sim.studies.compare import compare
from sim.studies.sensitivity import sensitivity
from sim.studies.sweep import sweep
from tests.processes import PATIENCE

TITLE = 'A <lab> & its "teams", $x_1$'


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """One saved study of every kind, of a lab whose title must be escaped."""
    top = tmp_path_factory.mktemp("saved")
    scenario = load_scenario("two_teams").with_overrides({"title": TITLE})
    sim.run(scenario, 4, seed=3).save(top / "run")
    cases = {"as it is": scenario, "more & less": scenario.with_overrides({"budget.scale": 2.0})}
    compare(cases, 4, seed=3).save(top / "compare")
    attribute(scenario, 4, seed=3, mechanisms=["fairness", "market"]).save(top / "attribute")
    ranges = {"turnover.contagion": (0.0, 1.0)}
    sensitivity(scenario, ranges, outcomes=["quits"], samples=4, replicates=2).save(top / "sensitivity")
    experiment = {"title": TITLE, "scenario": "two_teams", "replicates": 2, "outcomes": ["quits"],
                  "factor": [{"path": "budget.scale", "values": [0.5, 1.0]}]}  # fmt: skip
    sweep(experiment, top / "sweep")
    return {kind: top / kind for kind in ("run", "compare", "attribute", "sensitivity", "sweep")}


@pytest.fixture(scope="module")
def html(folders):
    return page([(folder, load_study(folder)) for folder in folders.values()])


def test_every_kind_of_study_has_a_page_with_all_its_parts(folders, html):
    assert html.count("<section ") == len(folders)
    for part in ("Pictures", "Tables", "Assumptions", "How to repeat it", "Scenario"):
        assert html.count(f">{part}</h2>") == len(folders), part
    assert html.count("<svg ") == html.count("<figure>") >= 4 + 2 + 3 + 1 + 1
    assert "A &lt;lab&gt; &amp; its" in html
    assert "<lab>" not in html


def test_a_page_asks_nothing_of_the_network(html):
    addresses = set(re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?([^\"')>]+)", html))
    assert all(one.startswith(("#", "data:")) for one in addresses), addresses
    assert "@import" not in html


def test_no_two_elements_of_a_page_share_an_id_and_every_reference_has_its_target(html):
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(#|href="#)([^)"]+)', html)) <= set(ids)


def test_a_picture_carries_its_title_for_who_cannot_see_it(folders):
    study = load_study(folders["run"])
    svg = inline_svg(study.plot("gpus"), "one", study)
    assert re.match(r'<svg id="one" role="img" aria-label="[^"]+ held [^"]+GPUs[^"]*" viewBox="', svg)
    assert "<metadata" not in svg


def test_the_scenario_on_the_page_is_the_scenario(folders):
    for kind, folder in folders.items():
        study = load_study(folder)
        text = files_of(study)["scenario.toml"]
        assert Scenario.from_dict(tomllib.loads(text)) == study.scenario, kind


def test_the_commands_repeat_the_study(folders):
    found = {kind: commands(load_study(folder), folder)[-1] for kind, folder in folders.items()}
    assert found["run"] == "sim run scenario.toml -n 4 --seed 3 --engine compiled --detail people"
    assert found["compare"] == ("sim compare scenario.toml --case 'more & less: budget.scale=2.0' -n 4 --seed 3")
    assert found["attribute"].startswith("sim attribute scenario.toml -n 4 --seed 3")
    assert "-p turnover.contagion=0:1" in found["sensitivity"]
    assert parse_set("budget.scale=2.0") == ("budget.scale", 2.0)


def test_recorded_facts_and_assumptions_are_told_with_their_sources(tmp_path):
    sim.run("llama_vs_opt", 3, seed=1).save(tmp_path / "run")
    text = page([(tmp_path / "run", load_study(tmp_path / "run"))])
    scenario = load_scenario("llama_vs_opt")
    for fact in scenario.record.values():
        assert fact.source.replace("&", "&amp;").replace("'", "&#39;") in text
    unsourced = next(path for path, value, entry in scenario.paths()
                     if entry.kind == "number" and value is not None and scenario.source_of(path) is None)  # fmt: skip
    assert f">{unsourced}</td>" in text


def test_a_damaged_table_is_said_and_the_rest_is_shown(folders, tmp_path):
    folder = shutil.copytree(folders["attribute"], tmp_path / "a")
    (folder / "what_if.parquet").write_bytes(b"")
    with pytest.warns(UserWarning, match="what_if"):
        study = load_study(folder)
    text = page([(folder, study)])
    assert "what_if.parquet" in text
    assert text.count("<svg ") == 2


def browser():
    """Where Chromium is, if it is; CI installs it."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def test_a_real_browser_shows_every_figure_without_a_request_or_an_error(html, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api", reason="the report in a browser needs playwright")
    if not browser():
        pytest.skip("no Chromium is installed here")
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=browser(), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            timeout=1000 * PATIENCE,
        )  # fmt: skip
        try:
            for width, scheme in ((1200, "light"), (1200, "dark"), (390, "light")):
                look(chromium, (tmp_path / "report.html").as_uri(), width, scheme)
        finally:
            chromium.close()


def look(chromium, address, width, scheme):
    view = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    view.set_default_timeout(1000 * PATIENCE)
    faults, requests = [], []
    view.on("console", lambda message: faults.append(message.text))
    view.on("pageerror", lambda error: faults.append(str(error)))
    view.on("request", lambda request: requests.append(request.url))
    view.goto(address)
    assert requests == [address]
    pictures = view.locator("figure svg")
    assert pictures.count() >= 11
    for place in range(pictures.count()):
        pictures.nth(place).scroll_into_view_if_needed()
        box = pictures.nth(place).bounding_box()
        assert box["width"] > 0.8 * min(width, 1088) - 60
        assert box["height"] > 60
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    paper, ink = (view.evaluate(f"getComputedStyle(document.body).{one}") for one in ("backgroundColor", "color"))
    light = [sum(int(part) for part in re.findall(r"\d+", one)[:3]) for one in (paper, ink)]
    assert (light[0] > light[1]) == (scheme == "light")
    sorting(view)
    assert faults == []
    view.close()


def sorting(view):
    """A table is sorted by its numbers, up and down, by a click on the head of a column."""
    view.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    table = view.locator("table[data-sortable]").filter(has=view.locator("th", has_text="meaning")).first
    head = table.locator("thead button", has_text="value")
    place = table.locator("thead button").all_inner_texts().index("value") + 1
    for order in (1, -1):
        head.click()
        values = [float(one) for one in table.locator(f"tbody td:nth-child({place})").all_inner_texts()]
        assert values == sorted(values, reverse=order < 0)
        assert len(set(values)) > 3


def test_the_command_writes_the_page_into_the_folder_and_keeps_it_ours(folders, tmp_path):
    from typer.testing import CliRunner

    from sim.cli import app

    folder = shutil.copytree(folders["run"], tmp_path / "run")
    found = CliRunner().invoke(app, ["report", str(folder)])
    assert found.exit_code == 0, found.output
    assert Path(found.output.strip()) == folder / "report.html"
    assert (folder / "report.html").stat().st_size > os.stat(folder / "run.json").st_size
    where = tmp_path / "x" / "y.html"
    found = CliRunner().invoke(app, ["report", str(folder), str(folders["sweep"]), "--out", str(where)])
    assert found.exit_code == 0, found.output
    assert where.read_text(encoding="utf-8").count("<section ") == 2
    load_study(folder).save(folder)  # the page is on the list of what the program wrote
    assert not (folder / "report.html").exists()


def test_recorded_facts_are_told_in_their_own_units():
    lab = sim.load_scenario("llama_vs_opt")
    told = {
        name: (about(fact.what, fact.whom, fact.month), recorded(lab, fact), in_units(lab, fact, fact.low, fact.high))
        for name, fact in lab.record.items()
    }
    for name, fact in lab.record.items():
        if fact.counts and fact.of:
            assert told[name][1].startswith(f"{' or '.join(map(str, fact.counts))} of {fact.of} (")
            assert told[name][2].endswith(f" of {fact.of}")
        if fact.what == "release_delay":
            late = lab.date_of(lab.month_of(fact.month) + round(fact.value))
            assert told[name][1] == late
        assert fact.whom in told[name][0]
    assert {"left_share", "release_delay"} <= {fact.what for fact in lab.record.values()}
