"""Pictures of comparisons, attributions, sensitivity studies and sweeps say what is true, whatever the design."""

import itertools
import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import sim
from sim.report.figures import plot, save_figure, save_study_figures, style, suited, sweeps
from sim.report.saved import draw_into, load_study
from sim.scenario import Scenario, load_scenario
from sim.studies.attribute import attribute
from sim.studies.compare import Comparison, compare
from sim.studies.sensitivity import sensitivity
from sim.studies.sweep import Sweep, sweep
from tests.functional.test_plots import overlap, title, visible_labels

TWO = {"scenario": "two_teams", "replicates": 6, "outcomes": ["quits", "output"]}


def factor(path, **rest):
    return {"path": path, **rest}


SCALE = factor("budget.scale", values=[0.5, 1.0, 2.0])
POLICY = factor("committee.policy", values=["priority", "max_min"])
SWITCH = factor("mechanisms.fairness", values=[True, False])
DESIGNS = {
    "one number": [SCALE],
    "one text": [POLICY],
    "a text and a number": [SCALE, POLICY],
    "two texts": [POLICY, factor("scenario", values=["two_teams", "steady_lab"])],
    "a switch and a text": [SWITCH, POLICY],
    "three": [SCALE, POLICY, SWITCH],
    "four": [SCALE, POLICY, SWITCH, factor("turnover.contagion", values=[0.0, 0.5])],
    "twenty levels": [factor("turnover.contagion", range=[0.0, 1.0], steps=20), SCALE],
    "twenty by twenty": [factor("turnover.contagion", range=[0.0, 1.0], steps=20),
                         factor("budget.scale", range=[0.5, 2.0], steps=20)],
    "sixteen policies": [factor("committee.policy", values=sorted(sim.policies())[:16]), SCALE],
    "nothing differs": [factor("budget.scale", values=[1.0])],
    "long words": [factor("committee.revisit", values=[0.05, 0.3, 1.0]),
                   factor("turnover.contagion", values=[0.0, 0.15])],
}  # fmt: skip
LONG_WORDS = {"question": "What if a question needs more than a line, and so does what each of its factors means? " * 2}


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A sweep of each design, made once, when it is first asked for."""
    made, folder = {}, tmp_path_factory.mktemp("sweeps")

    def of(name, **rest):
        key = name + str(rest)
        if key not in made:
            place = folder / str(len(made))
            sweep({**TWO, "title": name, "factor": DESIGNS[name], "replicates": 3, **rest}, place)
            made[key] = Sweep(place)
        return made[key]

    return of


def words(figure):
    return [
        text.get_text().replace("\n", " ").replace("\xa0", " ") for text in figure.findobj(match=style.mpl.text.Text)
    ]


def subtitle(figure):
    return " ".join(next(t.get_text() for t in figure.texts if t.get_gid() == "subtitle").replace("\xa0", " ").split())


@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_of_a_sweep_has_pictures_whose_labels_do_not_meet(swept, name):
    study = swept(name, **(LONG_WORDS if name == "long words" else {}))
    kinds = suited(study)
    assert "lines" in [kind.name for kind in kinds]
    assert ("heat" in [kind.name for kind in kinds]) == (len(study.varied) > 1)
    for kind in kinds:
        figure = kind.draw(study)
        if kind.name != "parallel":  # its numbers stand on lines, beside their axes
            readable(figure, f"{name}: {kind.name}")


def readable(figure, where):
    labels = visible_labels(figure)
    for (one, a), (other, b) in itertools.combinations(labels, 2):
        assert not overlap(a, b), f"{where}: {one!r} meets {other!r}"
    for text, box in labels:
        assert box.x0 >= 0, f"{where}: {text!r} leaves the page"
        assert box.x1 <= figure.bbox.width, f"{where}: {text!r} leaves the page"
        assert box.y0 >= 0, f"{where}: {text!r} leaves the page"
        assert box.y1 <= figure.bbox.height, f"{where}: {text!r} leaves the page"


def test_factors_that_are_not_shown_get_panels_or_are_said_to_be_averaged(swept):
    facets = plot(swept("three", outcomes=["quits"]), "lines")
    assert sum("mechanisms.fairness = on" in one for one in words(facets)) == 1
    assert "Means over" not in subtitle(facets)
    told = subtitle(plot(swept("four"), "lines"))
    assert "Means over mechanisms.fairness (2 values) and turnover.contagion (2 values)." in told
    assert "mechanisms.fairness" in subtitle(plot(swept("four"), "heat"))


def test_axes_of_sweeps_are_words_with_units(swept):
    told = words(plot(swept("a text and a number"), "lines"))
    assert {"quits, people", "output, prestige", "budget.scale, factor"} <= set(told)
    assert "multiplies the budget" in subtitle(plot(swept("one number"), "lines"))


def test_what_cannot_be_drawn_is_refused_with_the_reason(swept):
    one, two = swept("one number"), swept("a text and a number")
    for study, kind, options, match in (
        (one, "heat", {}, "needs two factors that differ.*there is budget.scale"),
        (two, "heat", {"x": "budget.scale", "by": "budget.scale"}, "x and by: both are 'budget.scale'"),
        (one, None, {"by": "budget.scale"}, "is the only factor that differs"),
        (two, None, {"x": "budget.scales"}, r"did you mean 'budget.scale'.*committee.policy"),
        (two, None, {"outcomes": ["quit"]}, r"did you mean 'quits'.*output"),
        (two, "monthly", {}, "keeps no monthly tables"),
        (two, "line", {}, r"did you mean 'lines'.*lines, heat, parallel, monthly"),
    ):
        with pytest.raises(sim.InputError, match=match):
            plot(study, kind, **options)
    with pytest.raises(sim.InputError, match="x: only pictures of a sweep"):
        plot(sim.run("two_teams", 2, engine="mesa"), "gpus", x="budget.scale")


def test_scattered_points_are_drawn_as_parallel_lines_only(tmp_path):
    factors = [factor("turnover.contagion", range=[0.0, 1.0]), factor("budget.scale", range=[0.5, 2.0]), POLICY]
    design = {"replicates": 2, "design": "latin_hypercube", "points": 12, "factor": factors}
    sweep({**TWO, **design}, tmp_path / "s")
    assert [kind.name for kind in suited(Sweep(tmp_path / "s"))] == ["parallel"]
    with pytest.raises(sim.InputError, match="draw it with --kind parallel"):
        plot(Sweep(tmp_path / "s"), "heat")


def test_months_are_drawn_by_team(swept):
    study = swept("a text and a number", keep="months")
    assert [kind.name for kind in suited(study)] == ["monthly"]
    figure = plot(study)
    assert {"north", "south", "GPUs"} <= set(words(figure))
    assert "Means over committee.policy" in subtitle(figure) or "Means over budget.scale" in subtitle(figure)
    readable(figure, "monthly")
    readable(plot(study, outcomes=["fairness"], by="committee.policy"), "monthly")
    with pytest.raises(sim.InputError, match=r"no column 'gpu'.*gpus"):
        plot(study, outcomes=["gpu"])


def test_failed_points_are_counted(swept, monkeypatch):
    study = swept("a text and a number")
    figure = plot(study, "lines")
    assert "failed" not in subtitle(figure)
    failed = [{"point": point, "message": "no"} for point in (0, 1)]
    monkeypatch.setattr(Sweep, "_failed", lambda self, number: [] if number else failed)
    for kind in ("lines", "heat", "parallel"):
        assert "2 of 6 points failed and are left out." in subtitle(plot(study, kind)), kind


def test_noise_is_never_spread_over_a_whole_colour_map():
    values, width = np.array([10.0, 10.1, 10.2]), np.array([0.5, 0.5, 0.5])
    low, high = sweeps.colour_range(values, width)
    assert high - low == pytest.approx(4.0)
    assert low < 10.0 < 10.2 < high
    assert sweeps.colour_range(np.array([0.0, 100.0]), width) == (0.0, 100.0)
    assert sweeps.colour_range(np.array([0.0, 0.1]), width)[0] == 0.0


def test_bands_of_kept_histories_are_of_differences_on_the_same_luck(swept):
    study = swept("one number", keep="histories", replicates=30)
    chosen = sweeps.choose(study)
    assert chosen.paired == "the first point"
    one = chosen.table[chosen.table["outcome"] == "output"].sort_values("point")
    assert one["pm"].iloc[0] == 0
    table = study.table().pivot_table(index="replicate", columns="point", values="output")
    apart = table[1] - table[0]
    assert one["pm"].iloc[1] == pytest.approx(1.959964 * apart.std() / np.sqrt(30))
    assert "on the same luck" in subtitle(plot(study, "lines"))


def test_pictures_of_a_sweep_do_not_overwrite_each_other(swept, tmp_path):
    study = swept("three")
    names = {path.name for kind in ("lines", "heat", "parallel") for path in draw_into(study, study.folder, kind)}
    assert names == {f"{kind}.{end}" for kind in ("lines", "heat", "parallel") for end in ("png", "csv")}
    assert save_figure(study, tmp_path / "one.svg", "heat").is_file()


@pytest.fixture(scope="module")
def comparison():
    scenario = load_scenario("two_teams")
    cases = {name: scenario.with_overrides({"committee.policy": name}) for name in sorted(sim.policies())
             if name != "random_arrival"}  # fmt: skip
    return compare(cases, replicates=20, seed=2)


def test_every_case_of_a_comparison_is_named_beside_its_point(comparison):
    for kind in ("forest", "frontier"):
        figure = plot(comparison, kind)
        told = "; ".join(words(figure))
        assert all(style.shown(case) in told for case in comparison.cases)
        readable(figure, kind)


def test_near_equal_cases_share_one_list_those_first_that_none_beats():
    """Ten policies between two far ones would be a tangle of names."""
    places = np.array([[50.0 + 0.1 * k, 10.0 + 0.02 * k * (k < 3)] for k in range(10)] + [[80.0, 10.0], [50.0, 5.0]])
    cases = [f"policy_{k}" for k in range(10)] + ["far_right", "far_below"]
    luck = np.random.default_rng(1).normal(size=20)
    outcomes = pd.concat([
        pd.DataFrame({"case": case, "replicate": range(20), "quits": lost + luck, "laid_off": 0.0, "output": output,
                      "gpu_months_held": 1.0, "gpu_months_wasted": 0.0})
        for case, (lost, output) in zip(cases, places, strict=True)])  # fmt: skip
    lab = load_scenario("two_teams")
    figure = plot(
        Comparison(
            scenario=lab,
            cases=dict.fromkeys(cases, lab),
            baseline=cases[0],
            seed=1,
            replicates=list(range(20)),
            tables={"outcomes": outcomes},
        ),
        "frontier",
    )
    readable(figure, "frontier")
    assert title(figure) == "3 cases are unbeaten: fewest people leave under policy 0, most ships under policy 2"
    told = words(figure)
    assert "10 close together, fewest lost first" in told
    assert {"far right", "far below"} <= set(told)
    texts = figure.findobj(style.mpl.text.Text)
    colours = {text.get_text().replace("\xa0", " "): text.get_color() for text in texts}
    assert colours["policy 0 (baseline), policy 1, policy 2"] == style.PALETTE[0]  # the others lose more, and ship less
    assert {colour for text, colour in colours.items() if text.endswith("policy 9")} == {style.SOFT}
    assert len(figure.findobj(lambda one: one.get_gid() == "group")) == 1


def test_there_is_no_frontier_where_nothing_can_ship():
    lab = Scenario.from_dict({
        "start": "2024-01", "months": 3, "budget": {"gpus": 10}, "turnover": {"base_rate": 0.1},
        "team": [{"name": "a", "site": "s", "line": "l", "researchers": 20, "baseline": 20}],
    })  # fmt: skip
    found = compare({"a": lab, "b": lab.with_overrides({"turnover.base_rate": 0.3})}, 4)
    assert [kind.name for kind in suited(found)] == ["forest"]
    panels = {ax.get_title(loc="left") for ax in plot(found, "forest").axes}
    assert "quits" in panels
    assert "output" not in panels
    assert "The same in every case: output" in subtitle(plot(found, "forest"))


def test_blue_is_better_and_red_worse_without_an_event():
    study = attribution()
    table = pd.DataFrame({
        "event": ["harms", "helps", "nothing"], "outcome": "left_share.south_authors",
        "value": [-0.1, 0.1, 0.0], "low": [-0.2, 0.05, -1e-17], "high": [-0.05, 0.2, 1e-17],
    })  # fmt: skip
    (ax,) = plot(replace(study, tables={**study.tables, "what_if": table}), "what_if").axes
    dots = [line.get_color() for line in ax.lines if line.get_marker() == "o"]
    assert dots == [style.PALETTE[0], style.OTHERS, style.PALETTE[4]]


def test_numbers_beside_dots_have_one_number_of_decimal_places():
    study = sensitivity("two_teams", outcomes=["quits"], samples=2, replicates=4)
    table = study.table.copy()
    table["mu_star"] = [25.6, 0.493, *[1.04e-15] * (len(table) - 2)]
    told = words(plot(replace(study, tables={**study.tables, "indices": table})))
    assert {"25.6", "0.5", "0.0"} <= set(told)


def test_a_headline_claims_nothing_that_lies_within_noise():
    scenario = load_scenario("two_teams")
    same = {"a": scenario, "b": scenario.with_overrides({"title": "another"}), "c": scenario}
    alike = compare(same, replicates=10, seed=2)
    assert title(plot(alike, "forest")) == "No case surely keeps more people than a"
    assert title(plot(alike, "frontier")) == "Luck hides which case is best: none beats another"


def test_a_headline_names_all_that_luck_cannot_tell_apart():
    scenario = load_scenario("two_teams")
    calm = scenario.with_overrides({"turnover.base_rate": 0.0001})
    found = compare(
        {"base": scenario.with_overrides({"turnover.base_rate": 0.2}), "calm": calm, "also": calm}, 40, seed=2
    )
    assert title(plot(found, "forest")).startswith("calm and also keep the most people: ")
    assert "calm and also" in title(plot(found, "frontier"))


def test_panels_of_one_unit_have_one_scale(comparison):
    for study, kind in ((comparison, "forest"), (attribution(), "what_if"), (attribution(), "waterfall")):
        limits = {}
        for ax in plot(study, kind).axes:
            limits.setdefault(ax.get_xlabel(), set()).add(tuple(np.round(ax.get_xlim(), 9)))
        assert all(len(one) == 1 for one in limits.values()), kind


def test_idle_entitlements_are_not_praised(comparison):
    """What a case leaves idle, held or entitled, is missing from its GPU-months used."""
    table = plot_data(comparison, "forest").set_index(["outcome", "case"])
    outcomes = comparison.outcomes.set_index("case")
    used = outcomes["gpu_months_held"] - outcomes["gpu_months_wasted"]
    quota = used["quota"].mean() - used[comparison.baseline].mean()
    assert table.loc[("gpu_months_used", "quota"), "difference"] == pytest.approx(quota)


def plot_data(study, name):
    return next(kind for kind in suited(study) if kind.name == name).data(study)


@cache
def attribution():
    return attribute("two_teams", 6, seed=3, mechanisms=["fairness", "contagion", "market"])


def test_an_attribution_and_a_sensitivity_study_are_readable(tmp_path):
    found = sensitivity("two_teams", outcomes=["quits", "left_share.south_authors", "output"], samples=3, replicates=4)
    for study in (attribution(), found):
        for kind in suited(study):
            readable(kind.draw(study), kind.name)
    told = words(plot(found))
    assert "turnover.base_rate" in told
    assert "parameters that matter less are left out" in subtitle(plot(found))
    study_folder = attribution().save(tmp_path / "a")
    assert {path.stem for path in draw_into(load_study(study_folder), study_folder)} == {
        "waterfall", "waterfall_events", "what_if"}  # fmt: skip


def test_an_attribution_of_a_cohort_of_nobody_is_drawn_and_reported(tmp_path):
    lab = {
        "start": "2022-01", "months": 1, "budget": {"gpus": 1},
        "team": [{"name": "x", "site": "s", "line": "l", "researchers": 0}],
        "cohort": [{"name": "c", "team": "x", "month": "2022-01"}],
    }  # fmt: skip
    study = attribute(Scenario.from_dict(lab), 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_study_figures(study, tmp_path)
    assert (tmp_path / "waterfall.png").exists()


def test_a_study_is_drawn_with_what_it_has(tmp_path):
    folder = attribution().save(tmp_path / "a")
    (folder / "what_if.parquet").write_bytes(b"")
    with pytest.warns(UserWarning, match="what_if"):
        study = load_study(folder)
    assert [kind.name for kind in suited(study)] == ["waterfall", "waterfall_events"]
    assert len(save_study_figures(study, tmp_path / "pictures")) == 4
