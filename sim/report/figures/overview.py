"""A run on one page: who held the GPUs, who is still here, how fair it felt, what shipped, and whether that is so."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.figures import fairness, gpus, presence, recorded, shipped, style
from sim.report.figures.events import axes_below_events, events_by_month
from sim.report.numbers import span
from sim.report.once import once
from sim.report.tables import rows_of
from sim.results.result import Result

NEEDS = ("months", "lab", "cohorts", "projects")
ROW = 0.34  # inches, of a project or a fact
LEFT, RIGHT = 0.155, 0.8  # of the axes with months, as shares of the page
FACTS = (0.295, 0.45)  # of the marks of recorded facts


@once
def data(result: Result) -> pd.DataFrame:
    """The numbers on the page: a row per outcome of the lab, project and recorded fact, with 90 % intervals."""
    rows = []
    for name in ("quits", "laid_off", "hired", "released"):
        low, middle, high = result.outcomes[name].quantile([0.05, 0.5, 0.95])
        rows.append({"about": "lab", "of": "", "what": name, "q05": low, "median": middle, "q95": high})
    for row in rows_of(shipped.data(result)):
        rows.append({"about": "project", "of": row.project, "what": "release_month", "q05": row.q05, "median": row.q50,
                     "q95": row.q95, "released": row.released, "cancelled": row.cancelled})  # fmt: skip
    facts = recorded.data(result).rename(columns=lambda name: name.removeprefix("simulated_")).assign(about="record")
    columns = ["about", "of", "what", "q05", "median", "q95", "recorded_low", "recorded", "recorded_high", "within"]
    return pd.DataFrame([*rows, *facts.reindex(columns=columns).to_dict("records")])


@style.styled
def draw(result: Result) -> Figure:
    scenario = result.scenario
    projects = min(shipped.MOST, len(scenario.project))
    facts = min(recorded.MOST, len(recorded.data(result)))
    # Lower and upper end of each storey, in inches; what the scenario has not, takes no room.
    record = _storey(0.0, ROW * (facts + recorded.HEAD) if facts else 0.0, gap=0.45)
    ship = _storey(record[1], ROW * max(2, projects) if projects else 0.0)
    half = _storey(ship[1], 2.15)
    whole = half[1] + 0.95
    figure, _ = style.page(whole + 5.0, message(result), _intervals(result), result)
    height = figure.get_figheight()

    def axes(left: float, right: float, storey: tuple[float, float]) -> Axes:
        return figure.add_axes((left, storey[0] / height, right - left, (storey[1] - storey[0]) / height))

    def heading(left: float, y: float, words: str, more: str = "") -> None:
        words = style.shortened(words, 84)
        text = figure.text(left, y / height, words, fontsize=style.TEXT + 1, fontweight="bold", va="bottom",
                           gid="label")  # fmt: skip
        if more:
            end = text.get_window_extent().x1 / figure.bbox.width
            figure.text(end + 0.012, y / height, more, fontsize=style.SMALL, color=style.SOFT, va="bottom", gid="label")

    top = whole + 4.6
    heading(0.02, top, gpus.message(result))
    gpus.panel(axes_below_events(figure, scenario, (LEFT, RIGHT), (whole, top), numbered=True), result)

    followed = bool(presence.drawn(result))
    if followed:
        known = " diamond: recorded" if len(presence.recorded(result)) else ""
        heading(0.02, half[1] + 0.25, "Who is still here", known)
        presence.small(axes(0.075, 0.345, half), result)
    heading(0.515 if followed else 0.02, half[1] + 0.25, "How fair it feels", "−0.7: leaving is twice as likely")
    fairness.panel(axes(0.575 if followed else LEFT, 0.835, half), result, small=True)

    if projects:
        hidden = shipped.strip(axes(LEFT, RIGHT, ship), result)
        marks = "dot: median, bar: 90 % of releases, tick: target"
        known = ", diamond: recorded" if shipped.recorded(scenario) else ""
        heading(0.02, ship[1] + 0.1, "What shipped" + _more(hidden), marks + known)
    if facts:
        hidden = recorded.strip(axes(*FACTS, record), result)
        heading(0.02, record[1] + 0.05, "Simulated beside recorded" + _more(hidden))
    return figure


def _storey(below: float, height: float, gap: float = 0.95) -> tuple[float, float]:
    return (below + gap, below + gap + height) if height else (below, below)


def _more(hidden: int) -> str:
    return f", +{hidden} more" if hidden else ""


def message(result: Result) -> str:
    """How many people left, and how many projects came out: medians."""
    quits, laid_off, released = result.outcomes[["quits", "laid_off", "released"]].median()
    words = [f"{quits:,.0f} quit"]
    if result.outcomes["laid_off"].any():
        words.append(f"{laid_off:,.0f} were laid off")
    if result.scenario.project:
        words.append(f"{released:,.0f} of {len(result.scenario.project)} projects came out")
    title = style.shown(result.scenario.title, 60)
    return f"{title}{'' if title[-1] in '.!?:' else ':'} {style.listed(words)}" if title else style.listed(words)


def _intervals(result: Result) -> str:
    table = data(result)
    lab = table[table["about"] == "lab"].set_index("what")
    ends = [f"{name} {span(lab['q05'][key], lab['q95'][key], 0)}"
            for key, name in (("quits", "quits"), ("laid_off", "laid off"), ("released", "released"))
            if (key != "released" or result.scenario.project) and (key != "laid_off" or lab["q95"][key])]  # fmt: skip
    words = f"Medians; nine tenths of the replicates lie within: {', '.join(ends)}."
    if events_by_month(result.scenario):
        words += " Small numbers on the lines of events: as named above the first picture."
    return words
