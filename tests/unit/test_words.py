"""Numbers, estimates and the verdicts' words: one form everywhere, and nothing told that luck may have made."""

import numpy as np
import pytest

from sim.errors import InputError
from sim.report import numbers
from sim.report.verdicts.verdict import Shown, Verdict
from sim.results.estimate import Estimate, Interval
from sim.results.meanings import chosen, outcome_of


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (8440.0, "8,440"),
        (2090.4, "2,090"),
        (99.96, "100"),
        (63.84, "63.8"),
        (3.871, "3.87"),
        (0.54, "0.54"),
        (0.0123, "0.0123"),
        (-0.0004, "-0.0004"),
        (0.0, "0"),
        (-0.0, "0"),
        (7, "7"),
        (np.nan, "-"),
        (None, "-"),
        (np.inf, "-"),
    ],
)
def test_a_number_reads_the_same_everywhere(value, words):
    assert numbers.number(value) == words


def test_no_number_of_ordinary_size_is_told_with_an_exponent_or_a_negative_zero():
    rng = np.random.default_rng(1)
    for value in np.concatenate([10.0 ** rng.uniform(-6, 11, 2000), -(10.0 ** rng.uniform(-6, 11, 2000))]):
        words = numbers.number(float(value))
        assert "e" not in words, value
        assert float(words.replace(",", "")) == pytest.approx(value, rel=6e-3)
        assert not numbers.signed(float(value), 2).startswith("-0.00")


@pytest.mark.parametrize(
    ("value", "half", "words"),
    [(-4.0, 0.17, "-4.0 ± 0.2"), (0.9, 0.13, "+0.90 ± 0.13"), (-384, 28, "-384 ± 28"), (0.0, 0.02, "0.00 ± 0.02")],
)
def test_an_estimate_has_as_many_places_as_its_interval_allows(value, half, words):
    one = Estimate(value, (Interval(value - half, value + half),))
    assert numbers.estimate(one, sign=True) == words


def test_a_second_interval_says_what_not_knowing_leaves_open():
    both = Estimate(-4.0, (Interval(-4.2, -3.8), Interval(-5.0, 0.5, 0.9, "posterior")))
    assert numbers.estimate(both, sign=True) == "-4.0 ± 0.2 (-5.0 to 0.5)"
    assert not both.sure()  # beyond luck, but within what is not known
    assert Estimate(-4.0, both.intervals[:1]).sure()
    assert both.scaled(-1.0).beyond()[0] == Interval(-0.5, 5.0, 0.9, "posterior")


def test_the_mean_of_replicates_leaves_missing_ones_out():
    one = Estimate.of([1.0, 2.0, 3.0, np.nan])
    assert one.value == 2.0
    assert one.half_width == pytest.approx(1.959964 / np.sqrt(3))
    assert not Estimate.of([1.0]).sure()
    assert np.isnan(Estimate.of([]).value)


def test_shares_are_told_in_percent_and_their_differences_in_points():
    about = outcome_of("left_share.llama_authors")
    assert (about.unit, about.change_unit, about.label) == ("%", "points", "llama authors gone")
    with pytest.raises(InputError, match="did you mean 'quits'"):
        outcome_of("quit")


def test_every_outcome_of_a_run_has_a_meaning_and_a_unit():
    import sim

    for name in sim.run("two_teams", 2, detail="summary").outcomes:
        if name != "replicate" and not name.startswith("record."):
            assert outcome_of(name).meaning
            assert outcome_of(name).unit


NAMES = {"team": ["a_rather_long_name_of_a_team", "b"], "one": ["1", "2"], "two": ["3", "4"], "three": ["5", "6"]}


def test_columns_that_do_not_fit_give_way_and_are_named_but_no_cell_is_cut():
    table = Shown("title", NAMES, most=2)
    text = table.text(width=44)
    assert "a_rather_long_name_of_a_team" in text
    assert "No room for: three (--full)." in text
    assert max(len(line) for line in text.splitlines()) <= 44
    assert "three" in table.text().splitlines()[1]


def test_a_table_that_may_not_lose_columns_stands_its_rows_below_their_names():
    lines = Shown("", NAMES).text(width=30).splitlines()
    assert lines[2:4] == ["a_rather_long_name_of_a_team", "    1    3      5"]


def test_a_verdict_in_a_notebook_escapes_what_people_wrote():
    table = Shown("<b>", {"<script>": ["<i>"]}, full=True)
    shown = Verdict("<title>", "a & b", ["<found>"], None, [table])._repr_html_()
    assert "<script>" not in shown
    assert "<i>&lt;i&gt;" not in shown
    assert "&lt;title&gt;" in shown
    assert "a &amp; b" in shown
    assert "<details>" in shown


def test_an_outcome_is_found_by_its_own_name_whatever_stands_in_it():
    known = ["left_share.a[b]", "left_share.ab", "quits"]
    assert chosen(["left_share.a[b]"], known) == ["left_share.a[b]"]  # and not what would fit it as a pattern
    assert chosen(["quits", "left_*"], known) == known
