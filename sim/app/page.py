"""The page itself, a Streamlit script: `sim app` serves it, one session for every visitor."""

import sys
from collections.abc import Sequence

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from sim import allocation
from sim.app import charts
from sim.app.answers import BATCHES, Answer, differences, report
from sim.app.moves import Moves, opened
from sim.app.walk import Walk, walk
from sim.errors import InputError
from sim.parameter import Parameter
from sim.report.figures import style
from sim.scenario import Scenario, parse_set
from sim.scenario.seats import seat_names

SEED = 1
REPLICATES = 1000  # of what is taken home
CROWD = 2000  # people whose months the Mesa model lives in a moment
SHARES = ("left_share", "quit_share", "short_months", "scarcity")


def main(origin: str, policy_files: Sequence[str] = ()) -> None:
    """Draw the page for a scenario (file, shipped name or saved run) and the policies that were allowed at start."""
    st.set_page_config(page_title="Who gets the GPUs", page_icon="▦", layout="wide")
    for address in policy_files:
        allocation.allow_code(address)  # it was named by whoever started the page
    base = _opened(origin)
    moves = _moves(base, origin)
    st.title(base.title or origin)
    if base.question:
        st.markdown(f"*{_plain(base.question)}*")
    with st.sidebar:
        _levers(moves, policy_files)
        _events(moves)
        _mechanisms(moves)
        _any_parameter(moves)
    st.query_params["set"] = moves.settings()
    _moved(moves)
    _answers(moves)
    _walk(moves)
    _take_home(moves)


_opened = st.cache_resource(show_spinner="Reading the scenario ...")(opened)


@st.cache_resource(max_entries=64, show_spinner=False)
def _answer(_scenario: Scenario, digest: str, replicates: int, pictures: bool) -> Answer:
    """Answers are shared by all visitors: they hold nothing of anybody's, and never change."""
    return Answer(_scenario, replicates, seed=SEED, pictures=pictures)


@st.cache_resource(max_entries=16, show_spinner=False)
def _entries(_base: Scenario, digest: str) -> dict[str, Parameter]:
    """Every number, text and month that the scenario has: path -> its entry in the registry."""
    return {
        path: entry for path, _, entry in _base.paths() if entry.kind in ("number", "whole number", "text", "month")
    }


def _moves(base: Scenario, origin: str) -> Moves:
    """This visitor's moves; at first those in the page's address, so that a reload and a link bring them back."""
    if "moves" not in st.session_state:
        st.session_state.moves, faults = Moves.of(base, origin, st.query_params.get_all("set"))
        for fault in faults:
            st.warning(_plain(fault))
    moves: Moves = st.session_state.moves
    return moves


def _take(moves: Moves, path: str, value: object) -> None:
    """A move, or the reader's own message beside the control."""
    try:
        moves.set(path, value)
    except InputError as error:
        for fault in error.faults:
            st.error(_plain(fault.split(": ", 1)[-1]))


# What can be moved


def _levers(moves: Moves, policy_files: Sequence[str]) -> None:
    st.header("Divide")
    now = moves.now("committee.policy")
    names = list(dict.fromkeys((*allocation.policies(), *policy_files, now)))
    chosen = st.selectbox("Policy", names, index=names.index(now), key="policy",
                          help="how the committee divides what is asked for")  # fmt: skip
    st.caption(_plain(allocation.get(chosen).definition))
    _take(moves, "committee.policy", chosen)
    gpus, most_heard = moves.now("budget.gpus"), max(10, moves.now("head.hears"))
    for path, label, low, high, step, meaning in (
        ("budget.scale", "Budget, times the real one", 0.25, 4.0, 0.05, f"{gpus:,.0f} GPUs as the run begins"),
        (
            "budget.reserve",
            "Reserve for appeals, share",
            0.0,
            0.5,
            0.01,
            "what the head of research keeps of the budget",
        ),
        ("head.hears", "Appeals heard a month", 0, most_heard, 1, "how many teams the head of research can hear"),
    ):
        kind, key = type(low), path.partition(".")[2]
        _take(moves, path, kind(st.slider(label, low, high, kind(moves.now(path)), step, key=key, help=meaning)))


def _events(moves: Moves) -> None:
    base = moves.base
    if not base.event:
        return
    st.header("Happen")
    dates = [base.date_of(month) for month in range(base.months)]
    with st.expander(f"{len(base.event)} events: off, or another month"):
        for name, event in base.event.items():
            left, right = st.columns([3, 2], vertical_alignment="center")
            words = _plain(f"{name} ({event.type})".replace("_", " "))
            on = left.checkbox(words, moves.now(f"event.{name}.enabled"), key=f"on.{name}")
            _take(moves, f"event.{name}.enabled", on)
            now = moves.now(f"event.{name}.month")
            choices = dates if now in dates else [now, *dates]
            month = right.selectbox(f"Month of {name}", choices, index=choices.index(now), key=f"month.{name}",
                                    label_visibility="collapsed", disabled=not on)  # fmt: skip
            _take(moves, f"event.{name}.month", month)


def _mechanisms(moves: Moves) -> None:
    st.header("Feel")
    with st.expander("Mechanisms: switch off one that you doubt"):
        for name, field in type(moves.base.mechanisms).model_fields.items():
            path = f"mechanisms.{name}"
            _take(moves, path, st.toggle(name, moves.now(path), key=f"mechanism.{name}", help=field.description))


def _any_parameter(moves: Moves) -> None:
    st.header("Change anything")
    entries = _entries(moves.base, moves.base.digest())
    path = st.selectbox(
        "Parameter", list(entries), index=None, placeholder="type to search", key="path",
        format_func=lambda name: f"{name}  [{entries[name].unit}]" if entries[name].unit else name,
    )  # fmt: skip
    if path is None:
        return
    entry, now = entries[path], moves.now(path)
    bounds = "" if entry.high is None else f", {'above ' if entry.low_open else ''}{entry.low:g} to {entry.high:g}"
    st.caption(_plain(f"{entry.meaning} [{entry.unit or entry.kind}{bounds}]. "
                      f"Source: {moves.base.source_of(path) or 'assumption'}"))  # fmt: skip
    shown = "" if now is None else str(now)
    given = st.text_input("Value", shown, key=f"value.{path}", help="as in a scenario file; Enter takes it")
    if given.strip() and given != shown:
        _take(moves, *parse_set(f"{path}={given}"))
        if moves.now(path) != now:
            st.rerun()


def _moved(moves: Moves) -> None:
    """What has been moved, each with a way back."""
    if not moves.values:
        st.info("Nothing is moved yet: change the policy, the budget or an event on the left.")
        return
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.markdown("Moved: " + ", ".join(f"`{setting}`" for setting in moves.settings()))
    right.button("Put all back", on_click=_put_back, width="stretch")


def _put_back() -> None:
    st.session_state.clear()
    st.query_params.clear()


# What is found


def _answers(moves: Moves) -> None:
    """First numbers at once, from few histories; then sharper ones, and the pictures. A new move ends this run of the
    script and begins another."""
    base, scenario = moves.base, moves.scenario
    most = st.session_state.get("most", BATCHES[1])
    numbers, pictures = st.empty(), st.empty()
    for replicates in [batch for batch in BATCHES if batch <= most]:
        drawn = replicates > BATCHES[0] or most == BATCHES[0]
        before = _answer(base, base.digest(), replicates, drawn)
        after = _answer(scenario, scenario.digest(), replicates, drawn)
        table = differences(before, after).set_index("outcome")
        with numbers.container():
            _numbers(moves, table, after)
        if drawn:
            with pictures.container():
                _pictures(moves, table, before, after)
    st.segmented_control("Histories", BATCHES, default=most, key="most",
                         help="more histories, narrower intervals: each is the same lab on other luck")  # fmt: skip


def _pictures(moves: Moves, table: pd.DataFrame, before: Answer, after: Answer) -> None:
    tabs = st.tabs(["Who gets the GPUs", "Who is still here", "How fair it feels", "What differs"])
    gets, stays, feels, differs = tabs
    colours = style.team_colours(moves.base)
    with gets:
        _draw(charts.over_months(
            before.teams, after.teams, whom="team", column="gpus", title="GPUs that each team holds", unit="GPUs",
            colours=colours,
        ))  # fmt: skip
    with stays:
        _draw(charts.over_months(
            _present(before.cohorts), _present(after.cohorts), whom="cohort", column="left_share",
            title="Share of each cohort still here", unit="share", colours=style.cohort_colours(moves.base),
            recorded=_recorded(before),
        ))  # fmt: skip
        st.dataframe(_shipped(before, after), width="stretch")
    with feels:
        _draw(charts.over_months(
            before.teams, after.teams, whom="team", column="fairness", title="Perceived fairness (below 0: unfair)",
            unit="log hazard", colours=colours,
        ))  # fmt: skip
    with differs:
        st.caption(f"Paired on the same luck: {after.replicates:,} histories, 95 % intervals.")
        st.dataframe(_differing(table), width="stretch", height=420)


def _numbers(moves: Moves, table: pd.DataFrame, after: Answer) -> None:
    """The headline numbers: now, and the change that the moves make with its interval."""
    shown = ["quits", "output", *(f"left_share.{name}" for name in list(moves.base.cohort)[:3]), "short_months"]
    shown = [name for name in shown if name in table.index]
    for column, name in zip(st.columns(len(shown)), shown, strict=True):
        row = table.loc[name]
        share = name.split(".")[0] in SHARES
        width = (row["high"] - row["low"]) / 2
        difference = row["difference"]
        delta = f"{100 * difference:+.1f} ± {100 * width:.1f} points" if share else f"{difference:+.2f} ± {width:.2f}"
        column.metric(
            _label(name), f"{row['mean']:.0%}" if share else f"{row['mean']:,.1f}", delta if moves.values else None,
            delta_color="off" if row["low"] <= 0 <= row["high"] else "normal" if name == "output" else "inverse",
        )  # fmt: skip
    beside = ", differences from the untouched scenario on the same luck" if moves.values else ""
    st.caption(f"{after.replicates:,} histories{beside}")


def _label(name: str) -> str:
    what, _, whom = name.partition(".")
    words = {"quits": "People who quit", "output": "Prestige released", "left_share": "gone of",
             "short_months": "Months short of GPUs"}  # fmt: skip
    return _plain(f"{words.get(what, what.replace('_', ' '))} {whom.replace('_', ' ')}".strip())


def _present(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(low=1 - table["high"], middle=1 - table["middle"], high=1 - table["low"])


def _recorded(answer: Answer) -> pd.DataFrame | None:
    facts = answer.record[answer.record["what"] == "left_share"] if len(answer.record) else answer.record
    if not len(facts):
        return None
    return pd.DataFrame({
        "date": facts["month"], "low": 1 - facts["recorded_high"], "high": 1 - facts["recorded_low"],
        "value": 1 - facts["recorded"].astype(float), "what": "recorded: " + facts["of"], "source": facts["source"],
    })  # fmt: skip


def _shipped(before: Answer, after: Answer) -> pd.DataFrame:
    cases = {"as it was": before, "as moved": after}
    return pd.DataFrame({
        f"{status}, {words}": answer.projects[status].map("{:.0%}".format)
        for status in ("released", "cancelled") for words, answer in cases.items()
    })  # fmt: skip


def _differing(table: pd.DataFrame) -> Styler:
    table = table[(table["difference"] != 0.0) & table["difference"].notna()]
    columns = {"base": "as it was", "mean": "as moved", "difference": "difference", "low": "from", "high": "to"}
    return table[list(columns)].rename(columns=columns).style.format("{:,.3g}")


def _draw(chart: charts.Spec | None) -> None:
    if chart is None:
        st.caption("Nothing to draw here.")
    else:
        st.vega_lite_chart(spec=chart, width="stretch")


# One history


@st.cache_resource(max_entries=16, show_spinner="One history ...")
def _walked(_scenario: Scenario, digest: str, replicate: int) -> Walk:
    return walk(_scenario, replicate, SEED)


@st.fragment
def _walk(moves: Moves) -> None:
    """Draws itself again when a month or a person is chosen, and nothing else."""
    st.header("Walk through one history")
    scenario = moves.scenario
    if len(seat_names(scenario)) > CROWD and not st.toggle("Walk (so many people take a while)", key="walking"):
        return
    left, right = st.columns([1, 4])
    replicate = left.number_input("Which one", 0, 999, 0, key="replicate", help="each is the same lab on other luck")
    walked = _walked(scenario, scenario.digest(), int(replicate))
    date = right.select_slider("Month", [month.date for month in walked.months], key="walked")
    month = next(month for month in walked.months if month.date == date)
    happened = [event.name for event in scenario.event.values() if event.enabled and event.month == date]
    if happened:
        st.markdown("Happens now: " + ", ".join(_plain(name.replace("_", " ")) for name in happened))
    st.dataframe(month.teams.round(2), width="stretch")
    if len(month.leavers):
        st.caption("Who left, and what had moved them most, in log rate over the usual")
        st.dataframe(month.leavers.round(2), width="stretch", hide_index=True)
    else:
        st.caption("Nobody left in this month.")
    if walked.lives:
        _person(walked)


def _person(walked: Walk) -> None:
    """The life of one person: by default of whoever was moved most of those who quit."""
    names = list(walked.lives)
    leavers = pd.concat([month.leavers for month in walked.months], ignore_index=True)
    rates = leavers["times the usual rate"].astype(float)
    first = leavers["who"].iloc[int(rates.argmax())] if rates.notna().any() else names[0]
    chosen = st.selectbox("One person's story", names, index=names.index(first), key="person",
                          help="type to search: team/number; who came later has a name of their own")  # fmt: skip
    life = walked.lives[chosen]
    st.markdown(_plain(life.story()))
    if life.felt:
        _draw(charts.life(life.months(), life.moved()))
        st.caption("Bars: what moved them, in log rate over the usual: 0.7 doubles the chance of leaving in a month. "
                   "Dashed: the share of their patience that is used up; they leave when it is all gone.")  # fmt: skip


# What is taken home


@st.fragment
def _take_home(moves: Moves) -> None:
    st.header("Take it home")
    left, right = st.columns(2)
    with left:
        st.markdown("From the command line")
        st.code(moves.command(REPLICATES, SEED), language="bash", wrap_lines=True)
        title = st.text_input("Title", f"{moves.base.title or moves.origin}: moved", key="title")
        st.download_button("Save as a scenario file", moves.file(title), "mine.toml", "application/toml")
        _report(moves)
    with right:
        st.markdown("From Python")
        st.code(moves.python(REPLICATES, SEED), language="python")


def _report(moves: Moves) -> None:
    """The page of `sim report`, made when it is asked for; a move after that asks for another."""
    key = moves.scenario.digest()
    if st.button("Make a report of it", help="one page with verdict, pictures, tables and how to repeat it"):
        with st.spinner("A thousand histories, and their pictures ..."):
            st.session_state.report = key, report(moves, seed=SEED, replicates=REPLICATES)
    made, html = st.session_state.get("report", (None, None))
    if made == key:
        st.download_button("Save the report", html, "report.html", "text/html")


def _plain(text: str) -> str:
    """Text of a file, not markup: a name may hold anything."""
    return "".join("\\" + letter if letter in r"\`*_{}[]<>()#+!|$~:" else letter for letter in text)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
