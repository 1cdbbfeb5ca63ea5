"""Figures can be made of any run, say where they come from, and their labels can be read."""

import itertools
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib import rcParams
from matplotlib.colors import to_hex
from matplotlib.text import Text
from PIL import Image

import sim
from sim.report.figures import (
    fairness,
    glyphs,
    gpus,
    overview,
    plot,
    presence,
    save_figure,
    save_study_figures,
    shipped,
    style,
    suited,
)
from sim.report.figures.bars import Dots, bars_with_intervals
from sim.report.figures.labels import point_labels, spread
from sim.report.figures.saving import save
from sim.report.kinds import kinds_of
from sim.report.saved import draw_into, load_study
from sim.scenario import Scenario

FIGURES = {kind.name: kind.draw for kind in kinds_of("run")}
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


def empty():
    """A team with nobody, ever, and its cohort."""
    base = lab(events=False, projects=False).to_dict()
    base["team"]["none"] = {**base["team"]["north"], "name": "none", "researchers": 0}
    base["cohort"]["none_authors"] = {"name": "none_authors", "team": "none", "month": "2022-05"}
    return Scenario.from_dict(base)


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
    "fourteen teams": lambda: (lab(teams=[f"a_team_named_{i}" for i in range(14)], budget=4000.0), 4),
    "names that tables use": lambda: (lab(teams=("month", "date", "team", "gpus", "lab_need")), 3),
    "names of 300 letters": lambda: (lab(teams=("x" * 300, "y" * 300)), 3),
    "names in other scripts": lambda: (lab(teams=("北京团队", "हिन्दी", "العربية", "Zürich", "😀😀")), 3),
    "an empty cohort": lambda: (empty(), 3),
    "nobody and no event": lambda: (lab(people=0, projects=False, events=False), 2),
}


@pytest.fixture(scope="module")
def results():
    """Every awkward run, made once, when it is first asked for."""
    made = {}

    def result(name):
        if name not in made:
            scenario, replicates = SCENARIOS[name]()
            made[name] = sim.run(scenario, replicates=replicates, seed=7)
        return made[name]

    return result


@pytest.fixture(scope="module")
def drawn(results, tmp_path_factory):
    """All figures of one run, in every format."""
    return save_study_figures(results("two teams"), tmp_path_factory.mktemp("drawn"), formats=("png", "svg", "pdf"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_figure_is_made_and_no_label_meets_another(results, name):
    for kind in suited(results(name)):
        figure = kind.draw(results(name))
        labels = visible_labels(figure)
        for (one, a), (other, b) in itertools.combinations(labels, 2):
            assert not overlap(a, b), f"{kind.name}: {one!r} meets {other!r}"
        width, height = figure.bbox.width, figure.bbox.height
        for text, box in labels:
            assert box.x0 >= 0, f"{kind.name}: {text!r} leaves the page"
            assert box.y0 >= 0, f"{kind.name}: {text!r} leaves the page"
            assert box.x1 <= width, f"{kind.name}: {text!r} leaves the page"
            assert box.y1 <= height, f"{kind.name}: {text!r} leaves the page"


def visible_labels(figure):
    """Texts and their boxes: titles, labels, events, and the ticks."""
    renderer = figure.canvas.get_renderer()
    figure.draw_without_rendering()
    texts = [text for text in figure.findobj(Text) if text.get_visible()]
    unseen = set()
    for ax in figure.axes:
        for axis, (low, high) in ((ax.xaxis, sorted(ax.get_xlim())), (ax.yaxis, sorted(ax.get_ylim()))):
            unseen |= {id(label) for tick in axis.get_major_ticks() for label in (tick.label1, tick.label2)
                       if not (ax.axison and label.get_visible() and low <= tick.get_loc() <= high)}  # fmt: skip
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts
            if text.get_text().strip() and id(text) not in unseen]  # fmt: skip


def overlap(a, b, slack=1.0):
    return min(a.x1, b.x1) - max(a.x0, b.x0) > slack and min(a.y1, b.y1) - max(a.y0, b.y0) > slack


def test_a_run_is_saved_as_png_with_its_data_and_as_svg_and_pdf_where_asked(results, tmp_path):
    result = results("two teams")
    paths = save_study_figures(result, tmp_path / "figures")
    assert {path.name for path in paths} == {f"{name}.{kind}" for name in FIGURES for kind in ("png", "csv")}
    for path in paths:
        if path.suffix == ".csv":
            assert len(pd.read_csv(path))
    paths = save_study_figures(result, tmp_path / "more", "gpus", ("svg", "pdf"))
    assert {path.name for path in paths} == {"gpus.svg", "gpus.pdf", "gpus.csv"}
    assert (tmp_path / "more" / "gpus.pdf").read_bytes().startswith(b"%PDF")


def test_one_picture_goes_to_a_file_by_its_suffix(results, tmp_path):
    result = results("two teams")
    assert b"<svg" in save_figure(result, tmp_path / "new" / "picture.svg", "presence").read_bytes()[:500]
    assert Image.open(save_figure(result, tmp_path / "picture.PNG")).text["Title"] == title(plot(result, "overview"))
    with pytest.raises(sim.InputError, match=r"picture\.jpeg: a picture is png, svg or pdf"):
        save_figure(result, tmp_path / "picture.jpeg")
    with pytest.raises(sim.InputError, match=r"'gpu' \(did you mean 'gpus'\? .*presence"):
        save_figure(result, tmp_path / "picture.png", "gpu")
    (tmp_path / "file").write_text("")
    with pytest.raises(sim.InputError, match="cannot write"):
        save_figure(result, tmp_path / "file" / "picture.png")


def test_pictures_say_where_they_come_from(drawn):
    files = {path.name: path for path in drawn}
    for name in FIGURES:
        about = Image.open(files[f"{name}.png"]).text
        assert about["Seed"] == "7"
        assert about["Replicates"] == "12"
        assert about["Scenario"] == "a lab"
        assert about["Version"].startswith("gpu-lab-sim")
        assert about["Revision"]
        svg = files[f"{name}.svg"].read_text()
        assert "Seed: 7" in svg
        assert f"<dc:title>{about['Title']}</dc:title>" in svg
        assert "<dc:date>" not in svg


def test_the_same_run_gives_the_same_bytes(results, drawn, tmp_path):
    again = save_study_figures(results("two teams"), tmp_path, formats=("png", "svg", "pdf"))
    for one, other in zip(drawn, again, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_a_summary_has_nothing_to_draw(tmp_path):
    result = sim.run(lab(months=3), replicates=1, seed=1, detail="summary")
    assert save_study_figures(result, tmp_path / "out") == []
    with pytest.raises(sim.InputError, match="detail='months'"):
        plot(result)


def test_a_saved_run_is_redrawn_to_the_same_bytes(results, drawn, tmp_path):
    results("two teams").save(tmp_path / "run")
    first, again = {path.name: path for path in drawn}, draw_into(load_study(tmp_path / "run"), tmp_path / "run")
    assert {path.name for path in again} == {name for name in first if name.endswith((".png", ".csv"))}
    for other in again:
        assert first[other.name].read_bytes() == other.read_bytes(), other.name


def test_redrawing_nothing_is_refused(tmp_path):
    with pytest.raises(sim.InputError, match="not a saved run"):
        load_study(tmp_path)


def test_drawing_leaves_the_callers_settings_alone(results):
    before = dict(rcParams)
    FIGURES["overview"](results("two teams"))
    assert dict(rcParams) == before


def test_a_team_has_one_colour_in_all_figures(results):
    for name in ("two teams", "forty teams"):
        result = results(name)
        own = style.team_colours(result.scenario)
        for area in parts(FIGURES["gpus"](result), "team "):
            assert to_hex(area.get_facecolor()) == to_hex(own[area.get_gid()[5:]])
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


def title(figure):
    return next(text.get_text().replace("\n", " ") for text in figure.texts if text.get_gid() == "title")


def test_titles_are_computed_from_the_data(results):
    titles = {name: title(draw(results("two teams"))) for name, draw in FIGURES.items()}
    assert re.search(r"(north|south)", titles["gpus"])
    assert re.search(r"\d+ % of (north|south) authors", titles["presence"].replace("\xa0", " "))
    assert "quit" in titles["overview"]


def test_equal_teams_have_no_leader_and_no_one_team_that_felt_worst():
    twins = lab(cohorts=False, projects=False, events=False, budget=100.0).to_dict()
    twins["team"]["south"] = {**twins["team"]["north"], "name": "south"}
    result = sim.run(Scenario.from_dict(twins), replicates=60, seed=3)
    assert title(plot(result, "gpus")) in [
        f"{pair} held nearly equal GPUs" for pair in ("north and south", "south and north")
    ]
    assert title(plot(result, "fairness")).startswith(("north and south felt least", "south and north felt least"))


def test_only_rivals_are_set_against_each_other(results):
    lines = {name: team.line for name, team in results("fourteen teams").scenario.team.items()}
    found = gpus.rivals(results("fourteen teams"), gpus.held_by_team(results("fourteen teams")))
    assert len({lines[name] for name in found}) == 1
    apart = lab(teams=("a", "b", "c")).to_dict()
    for k, team in enumerate(apart["team"].values()):
        team["line"] = f"line_{k}"
    result = sim.run(Scenario.from_dict(apart), replicates=2)
    assert title(plot(result, "gpus")).startswith("Of 3 teams, ")


def test_a_project_that_is_never_released_has_words_and_no_dot(results):
    result = results("want")
    assert not result.outcomes["released"].any()
    figure = plot(result, "overview")
    assert not parts(figure, "released ")
    assert sum(text.get_text() == "not out in this run" for text in figure.findobj(match=style.mpl.text.Text)) == 2
    assert parts(plot(results("plenty"), "overview"), "released ")


def test_a_recorded_release_is_a_mark_of_its_own(results):
    assert shipped.recorded(results("teams that come and go").scenario) == {}
    base = lab().to_dict()
    fact = {"name": "f", "what": "release_delay", "project": "south_project", "month": "2022-11", "low": -1, "value": 1,
            "high": 2, "source": "press"}  # fmt: skip
    assert shipped.recorded(Scenario.from_dict({**base, "record": [fact]})) == {"south_project": 7}


def test_a_cancellation_is_never_hidden_behind_a_number(results):
    base = lab(events=False).to_dict()
    base["event"] = [{"type": "shock", "month": "2022-08", "size": 0.1, "name": f"a_shock_named_{i}"} for i in range(6)]
    base["event"] += [{"type": "cancel", "project": "north_project", "month": "2022-08"}]
    result = sim.run(Scenario.from_dict(base), replicates=2)
    pictures = {kind: plot(result, kind) for kind in ("overview", "gpus", "fairness", "presence")}
    for kind, picture in pictures.items():
        words = [text.get_text() for text in picture.findobj(match=style.mpl.text.Text)]
        assert any("north project cancelled" in one for one in words), kind
    told = [text.get_text() for text in pictures["gpus"].texts if "Aug 2022: " in text.get_text()]
    assert told
    assert all(f"a shock named {i}" in told[0].replace("\n", " ") for i in range(6))


def test_axes_say_their_unit(results):
    for kind, unit in (("gpus", "GPUs"), ("fairness", "perceived fairness, log hazard"), ("presence", "still present")):
        assert plot(results("two teams"), kind).axes[0].get_ylabel() == unit


def test_names_in_any_script_are_drawn_with_one_warning(results):
    result = results("names in other scripts")
    glyphs._warned.clear()
    glyphs.legible.cache_clear()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for draw in FIGURES.values():
            draw(result).canvas.draw()
    ours = [str(warning.message) for warning in told if warning.category is UserWarning]
    assert [words.partition("so such")[2] for words in ours] == [" names are written in Latin letters"]
    assert glyphs.legible("北京 and Zürich") == "BeiJing and Zürich"


def test_tables_of_figures_hold_any_name(results):
    table = gpus.data(results("names that tables use"))
    assert set(table[table["what"] == "held"]["team"]) == {"month", "date", "team", "gpus", "lab_need"}
    assert len(overview.data(results("an empty cohort")))


def test_a_lab_with_empty_bands_is_saved_and_loaded(results, tmp_path):
    for name in ("an empty cohort", "nobody", "nobody and no event"):
        results(name).save(tmp_path / name, figures=True)
        assert load_study(tmp_path / name).scenario == results(name).scenario


def test_points_crowded_into_one_place_have_labels_apart():
    figure, _ = style.page(6, "A title", "", sim.run(lab(months=1), 1))
    ax = figure.add_axes((0.1, 0.1, 0.8, 0.7))
    places = np.array([[0.5 + 0.001 * k, 0.5] for k in range(17)] + [[0, 0], [1, 1]])
    ax.plot(*places.T, "o")
    words = [f"a policy {k}" for k in range(19)]
    assert point_labels(ax, places, words) == []
    labels = [one for one in visible_labels(figure) if one[0] in words]
    assert len(labels) == 19
    for (one, a), (other, b) in itertools.combinations(labels, 2):
        assert not overlap(a, b), f"{one} meets {other}"


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
    dots = Dots([1, np.nan, 3000], [0, np.nan, 2000], [2, np.nan, 4000], style.PALETTE[:3])
    texts = bars_with_intervals(ax, ["a", "b", "c"], dots)
    assert [text.get_text() for text in texts] == ["1", "none", "3,000"]
    paths = save(figure, tmp_path, "bars", pd.DataFrame({"value": [1.0]}), result)
    assert [path.name for path in paths] == ["bars.png", "bars.csv"]


def test_what_a_scenario_has_not_takes_no_room_and_a_table_of_months_is_no_list_of_events():
    scenario = sim.load_scenario("shared_cluster")
    assert not scenario.project
    assert not scenario.cohort
    figure = plot(sim.run(scenario, 4, seed=1), "overview")
    told = [text.get_text() for text in figure.findobj(Text)]
    assert not [words for words in told if words in ("What shipped", "Who is still here") or "demand of" in words]
    assert any(words.startswith("quotas changed, to ") for words in told)
    assert [kind.name for kind in kinds_of("run") if kind.missing(sim.run(scenario, 2))] == ["presence"]
