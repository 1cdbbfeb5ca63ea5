"""The moving pictures of the page; the still ones are those of the report."""

import altair as alt
import pandas as pd

from sim.report.figures.style import OTHERS

BEFORE, AFTER = "as it was", "as moved"
HEIGHT = 340
MOST = 8  # teams in a picture; of more, those that have a colour of their own


def over_months(before, after, whom, column, title, unit, colours, recorded=None):
    """Lines with 90 % bands by month: the changed scenario in colour, the untouched one dashed."""
    parts = [table[table["column"] == column].assign(case=case) for case, table in ((BEFORE, before), (AFTER, after))]
    table = pd.concat(parts, ignore_index=True).dropna(subset=["middle"])
    if table.empty:
        return None
    names = [name for name in colours if name in set(table[whom])]
    leading = [name for name in names if colours[name] != OTHERS]
    names = leading if len(names) > MOST and leading else names
    table = table[table[whom].isin(names)]
    colour = alt.Color(f"{whom}:N", title=None, scale=alt.Scale(domain=names, range=[colours[one] for one in names]),
                       legend=alt.Legend(orient="top", columns=MOST, symbolOpacity=1))  # fmt: skip
    chart = alt.Chart(table).encode(x=alt.X("date:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)))
    band = chart.transform_filter(alt.datum.case == AFTER).mark_area(opacity=0.15).encode(
        y=alt.Y("low:Q", title=unit), y2="high:Q", color=colour)  # fmt: skip
    tooltip = [f"{whom}:N", "date:O", "case:N", _told("middle", "median"), _told("low", "5 %"), _told("high", "95 %")]
    line = chart.mark_line(point={"size": 12}).encode(
        y=alt.Y("middle:Q", title=unit), color=colour, tooltip=tooltip,
        strokeDash=alt.StrokeDash("case:N", title=None, scale=alt.Scale(domain=[AFTER, BEFORE], range=[[1, 0], [4, 4]]),
                                  legend=alt.Legend(orient="top")),
    )  # fmt: skip
    layers = [band, line]
    if recorded is not None and len(recorded):
        marks = alt.Chart(recorded).encode(x="date:O")
        layers.append(marks.mark_rule(strokeWidth=2).encode(y="low:Q", y2="high:Q", tooltip=["what:N", "source:N"]))
        layers.append(marks.mark_point(shape="diamond", size=70, filled=True).encode(y="value:Q"))
    return alt.layer(*layers).properties(title=title, height=HEIGHT)


def _told(column, title):
    return alt.Tooltip(f"{column}:Q", format=",.3~g", title=title)
