"""Figures can be made of any run, say where they come from, and their labels can be read."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib import rcParams
from matplotlib.colors import to_hex
from PIL import Image

import sim
from sim.report.figures import (
    FIGURES,
    bars_with_intervals,
    fairness,
    gpus,
    presence,
    redraw,
    save,
    save_run_figures,
    style,
)
from sim.report.figures.labels import spread
from sim.scenario import Scenario

LONG = "the_team_for_very_long_names_that_no_label_has_ever_had_room_for"


def lab(teams=("north", "south"), months=12, people=6, cohorts=True, projects=True, events=True, budget=900.0, **more):
    """A scenario with teams of that many people, on two lines of work."""
    raw = {
        "title": "a lab", "start": "2022-05", "months": months, "budget": {"gpus": budget},
        "team": [{"name": name, "site": f"site{i % 3}", "line": f"line{i % 2}" if len(teams) > 2 else "line",
                  "researchers": people + i % 5, "baseline": 40} for i, name in enumerate(teams)],
        **more,
    }  # fmt: skip
    if cohorts:
        raw["cohort"] = [{"name": f"{name}_authors", "team": name, "month": "2022-05"} for name in teams]
    if projects:
        raw["project"] = [{"name": f"{name}_project", "team": name, "gpu_months": 1500.0, "start": "2022-05",
                           "target": "2022-11"} for name in teams]  # fmt: skip
    if events and months > 4:
        raw["event"] = [
            {"type": "layoff", "month": "2022-07", "fraction": 0.1},
            {"type": "lead_leaves", "month": "2022-07", "site": "site0"},
            {"type": "market", "month": "2022-08", "heat": 2.0},
            {"type": "budget", "month": "2022-09", "gpus": budget / 2, "name": "a_very_long_name_of_a_halving"},
        ]
    return Scenario.from_dict(raw)


def crowded():
    """Something happens in every month of two years."""
    events = [{"type": "shock", "month": f"{2022 + m // 12}-{m % 12 + 1:02d}", "size": 0.1, "name": f"shock_number_{m}"}
              for m in range(4, 28)]  # fmt: skip
    return lab(months=24, event=events, events=False)


def dissolving():
    """A team that ends and one that begins on the way, a cohort that is never reached, facts of every kind."""
    record = [
        {"name": "a", "what": "left_share", "cohort": "north_authors", "month": "2023-02", "low": 0.2, "value": 0.5,
         "high": 0.7, "source": "press"},
        {"name": "b", "what": "left_share", "cohort": "south_authors", "month": "2022-11", "low": 0.2, "high": 0.7,
         "source": "press"},
        {"name": "c", "what": "exit_rate", "cohort": "north_authors", "month": "2023-02", "low": 0.01, "high": 0.02,
         "source": "press"},
        {"name": "d", "what": "gpus", "team": "north", "month": "2022-06", "low": 100, "value": 100, "high": 100,
         "source": "press"},
        {"name": "e", "what": "gpu_months", "project": "north_project", "month": "2022-06", "low": 1, "high": 2,
         "source": "press"},
        {"name": "f", "what": "release_delay", "project": "south_project", "month": "2022-11", "low": -1, "high": 1,
         "source": "press"},
    ]  # fmt: skip
    base = lab(events=False).to_dict()
    base["team"]["late"] = {**base["team"]["north"], "name": "late", "researchers": 0}
    base["cohort"]["late_authors"] = {"name": "late_authors", "team": "late", "month": "2024-01"}
    base["event"] = [{"type": "dissolve", "team": "south", "to": "late", "month": "2022-10"},
                     {"type": "cancel", "project": "north_project", "month": "2022-08"}]  # fmt: skip
    return Scenario.from_dict({**base, "record": record})


SCENARIOS = {
    "two teams": lambda: (lab(), 12),
    "no cohort, project or event": lambda: (lab(cohorts=False, projects=False, events=False), 4),
    "one team": lambda: (lab(teams=("north",)), 4),
    "nobody": lambda: (lab(people=0, projects=False), 2),
    "forty teams": lambda: (lab(teams=[f"team_{i:02d}" for i in range(40)], people=2), 2),
    "one month": lambda: (lab(months=1), 4),
    "one replicate": lambda: (lab(), 1),
    "long names": lambda: (lab(teams=(LONG, f"{LONG}_too", "$x_1$"), events=False), 3),
    "240 months": lambda: (lab(months=240, people=3), 2),
    "something every month": lambda: (crowded(), 2),
    "teams that come and go": lambda: (dissolving(), 6),
    "plenty": lambda: (lab(budget=1e6), 3),
    "want": lambda: (lab(budget=1.0), 3),
    "seven teams": lambda: (lab(teams=[f"team_{i}" for i in range(7)]), 3),
}


@pytest.fixture(scope="module")
def results():
    """Every awkward run, made once, when it is first asked for."""
    made = {}

    def result(name):
        if name not in made:
            scenario, replicates = SCENARIOS[name]()
            made[name] = sim.run(scenario, replicates=replicates, seed=7, engine="mesa")
        return made[name]

    return result


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_figure_is_made_and_no_label_meets_another(results, name):
    for kind, draw in FIGURES.items():
        figure = draw(results(name))
        labels = visible_labels(figure)
        for (one, a), (other, b) in itertools.combinations(labels, 2):
            assert not overlap(a, b), f"{kind}: {one!r} meets {other!r}"
        width, height = figure.bbox.width, figure.bbox.height
        for text, box in labels:
            assert box.x0 >= 0, f"{kind}: {text!r} leaves the page"
            assert box.y0 >= 0, f"{kind}: {text!r} leaves the page"
            assert box.x1 <= width, f"{kind}: {text!r} leaves the page"
            assert box.y1 <= height, f"{kind}: {text!r} leaves the page"


def visible_labels(figure):
    """Texts and their boxes: titles, labels, events, and the ticks."""
    renderer = figure.canvas.get_renderer()
    figure.draw(renderer)
    texts = [text for text in figure.findobj(lambda one: hasattr(one, "get_text")) if text.get_visible()]
    unseen = set()
    for ax in figure.axes:
        for axis, (low, high) in ((ax.xaxis, sorted(ax.get_xlim())), (ax.yaxis, sorted(ax.get_ylim()))):
            unseen |= {id(tick.label1) for tick in axis.get_major_ticks()
                       if not (ax.axison and tick.label1.get_visible() and low <= tick.get_loc() <= high)}  # fmt: skip
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts
            if text.get_text().strip() and id(text) not in unseen]  # fmt: skip


def overlap(a, b, slack=1.0):
    return min(a.x1, b.x1) - max(a.x0, b.x0) > slack and min(a.y1, b.y1) - max(a.y0, b.y0) > slack


def test_a_run_is_saved_as_png_svg_and_csv(results, tmp_path):
    paths = save_run_figures(results("two teams"), tmp_path / "figures")
    assert {path.name for path in paths} == {f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg", "csv")}
    for path in paths:
        if path.suffix == ".csv":
            assert len(pd.read_csv(path))


def test_pictures_say_where_they_come_from(results, tmp_path):
    save_run_figures(results("two teams"), tmp_path)
    for name in FIGURES:
        about = Image.open(tmp_path / f"{name}.png").text
        assert about["Seed"] == "7"
        assert about["Replicates"] == "12"
        assert about["Scenario"] == "a lab"
        assert about["Version"].startswith("gpu-lab-sim")
        assert about["Revision"]
        svg = (tmp_path / f"{name}.svg").read_text()
        assert "Seed: 7" in svg
        assert f"<dc:title>{about['Title']}</dc:title>" in svg
        assert "<dc:date>" not in svg


def test_the_same_run_gives_the_same_bytes(results, tmp_path):
    first = save_run_figures(results("two teams"), tmp_path / "first")
    second = save_run_figures(results("two teams"), tmp_path / "second")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_a_summary_has_nothing_to_draw(tmp_path):
    result = sim.run(lab(months=3), replicates=1, seed=1, engine="mesa", detail="summary")
    assert save_run_figures(result, tmp_path / "out") == []


def test_a_saved_run_is_redrawn_to_the_same_bytes(results, tmp_path):
    result = results("two teams")
    result.save(tmp_path / "run")
    for first, again in zip(save_run_figures(result, tmp_path), redraw(tmp_path / "run"), strict=True):
        assert first.read_bytes() == again.read_bytes(), first.name


def test_redrawing_nothing_is_refused(tmp_path):
    with pytest.raises(sim.InputError, match="not a saved run"):
        redraw(tmp_path)


def test_drawing_leaves_the_callers_settings_alone(results):
    before = dict(rcParams)
    FIGURES["overview"](results("two teams"))
    assert dict(rcParams) == before


def test_a_team_has_one_colour_in_all_figures(results):
    for name in ("two teams", "forty teams"):
        result = results(name)
        own = style.team_colours(result.scenario)
        for area in parts(FIGURES["gpus"](result), "team "):
            assert to_hex(area.get_facecolor()[0]) == to_hex(own[area.get_gid()[5:]])
        for line in parts(FIGURES["fairness"](result), "team "):
            assert to_hex(line.get_color()) in shades(own[line.get_gid()[5:]])
        cohorts = parts(FIGURES["presence"](result), "cohort ")
        assert cohorts
        for line in cohorts:
            assert to_hex(line.get_color()) in shades(own[result.scenario.cohort[line.get_gid()[7:]].team])


def shades(colour):
    return to_hex(colour), to_hex(style.darker(colour, 0.1))


def parts(figure, prefix):
    return figure.findobj(lambda one: str(one.get_gid() or "").startswith(prefix))


def test_colours_depend_on_the_teams_alone():
    assert style.team_colours(lab()) == style.team_colours(lab(months=3, budget=5.0, cohorts=False, projects=False))
    assert len(set(style.team_colours(lab()).values())) == 2


def test_of_many_teams_the_largest_have_colours():
    teams = [{"name": f"t{i:02d}", "site": "s", "line": "l", "researchers": i} for i in range(20)]
    scenario = Scenario.from_dict({"start": "2022-05", "months": 2, "budget": {"gpus": 10.0}, "team": teams})
    assert style.leading_teams(scenario) == [f"t{i}" for i in range(14, 20)]
    assert style.team_colours(scenario)["t03"] == style.OTHERS


def test_gpus_held_add_up_to_the_lab(results):
    result = results("teams that come and go")
    held = gpus.held_by_team(result).sum(axis=1)
    total = result.months.groupby(["replicate", "month"])["gpus"].sum().groupby("month").mean()
    np.testing.assert_allclose(held, total)


def test_presence_is_the_complement_of_the_share_that_left(results):
    result = results("two teams")
    table = presence.data(result).set_index(["cohort", "month"])
    left = result.bands("cohorts", "left_share")
    np.testing.assert_allclose(table["q05"], 1 - left["q95"])
    np.testing.assert_allclose(table["q50"], 1 - left["q50"])
    assert (table["q05"] <= table["q95"]).all()


def test_recorded_facts_stand_on_their_month(results):
    facts = presence.recorded(results("teams that come and go")).set_index("cohort")
    assert facts.loc["north_authors", "month"] == 9
    assert facts.loc["north_authors", ["low", "value", "high"]].tolist() == pytest.approx([0.3, 0.5, 0.8])


def test_a_team_with_nobody_is_not_judged(results):
    table = fairness.data(results("teams that come and go"))
    assert not ((table["team"] == "late") & (table["month"] < 5) & (table["manned"] > 0)).any()
    assert not ((table["team"] == "south") & (table["month"] >= 5) & (table["manned"] > 0)).any()


def test_titles_are_computed_from_the_data(results):
    titles = {name: next(t.get_text() for t in draw(results("two teams")).texts if t.get_gid() == "title")
              for name, draw in FIGURES.items()}  # fmt: skip
    assert re.search(r"(north|south)", titles["gpus"])
    assert re.search(r"\d+ % of (north|south) authors", titles["presence"])
    assert "quit" in titles["overview"]


@pytest.mark.parametrize("count", [1, 2, 7, 30])
def test_labels_are_spread_without_overlap_and_inside_if_they_fit(count):
    rng = np.random.default_rng(count)
    for _ in range(50):
        wanted, sizes = rng.uniform(0, 100, count), rng.uniform(1, 3, count)
        centres = spread(wanted, sizes, 0, 100)
        order = np.argsort(centres)
        ends, starts = (centres + sizes / 2)[order], (centres - sizes / 2)[order]
        assert (starts[1:] >= ends[:-1] - 1e-9).all()
        assert starts[0] >= -1e-9
        assert ends[-1] <= 100 + 1e-9


def test_labels_that_do_not_meet_stay_where_they_belong():
    assert spread([10, 50, 30], [5, 5, 5], 0, 100).tolist() == [10, 50, 30]


@style.styled
def test_bars_carry_their_values(results, tmp_path):
    result = results("two teams")
    figure, _ = style.page(3, "A title", "How to read it.", result)
    ax = figure.add_axes((0.3, 0.2, 0.5, 0.5))
    low, values, high = [0, np.nan, 2000], [1, np.nan, 3000], [2, np.nan, 4000]
    texts = bars_with_intervals(ax, ["a", "b", "c"], values, low, high, style.PALETTE[:3])
    assert [text.get_text() for text in texts] == ["1", "none", "3,000"]
    paths = save(figure, tmp_path, "bars", pd.DataFrame({"value": [1.0]}), result)
    assert [path.name for path in paths] == ["bars.png", "bars.svg", "bars.csv"]
