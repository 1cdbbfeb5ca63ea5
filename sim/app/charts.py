"""The moving pictures of the page, as Vega-Lite takes them; the still ones are those of the report."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd

from sim.report.figures.style import OTHERS

Spec: TypeAlias = dict[str, Any]  # of Vega-Lite

BEFORE, AFTER = "as it was", "as moved"
HEIGHT = 340
MOST = 8  # teams in a picture; of more, those that have a colour of their own


def over_months(
    before: pd.DataFrame,
    after: pd.DataFrame,
    *,
    whom: str,
    column: str,
    title: str,
    unit: str,
    colours: Mapping[str, str],
    recorded: pd.DataFrame | None = None,
) -> Spec | None:
    """Lines with 90 % bands by month: the changed scenario in colour, the untouched one dashed.

    `before` and `after` have a row for each of `whom` (their column's name), month and column, as an `Answer` has them;
    `recorded` dates, ends and values of what is known. None where there is nothing to draw.
    """
    parts = [table[table["column"] == column].assign(case=case) for case, table in ((BEFORE, before), (AFTER, after))]
    table = pd.concat(parts, ignore_index=True).dropna(subset=["middle"])
    if table.empty:
        return None
    names = [name for name in colours if name in set(table[whom])]
    leading = [name for name in names if colours[name] != OTHERS]
    names = leading if len(names) > MOST and leading else names
    colour = _coloured(whom, names, [colours[name] for name in names])
    drawn = f"datum.label == '{BEFORE}' ? '{BEFORE} (dashed)' : '{AFTER} (solid)'"
    dash = {"field": "case", "type": "nominal", "title": None,
            "legend": {"orient": "top", "symbolSize": 0, "labelExpr": drawn},
            "scale": {"domain": [AFTER, BEFORE], "range": [[1, 0], [4, 4]]}}  # fmt: skip
    tooltip = [*_words(whom, "date", "case"), *(_number(name, said) for name, said in
               {"middle": "median", "low": "5 %", "high": "95 %"}.items())]  # fmt: skip
    months = {"field": "date", "type": "ordinal", "title": None, "axis": {"labelAngle": 0, "labelOverlap": True}}
    band = {"data": {"name": "bands"}, "transform": [{"filter": {"field": "case", "equal": AFTER}}],
            "mark": {"type": "area", "opacity": 0.15},
            "encoding": {"x": months, "y": _height("low", unit), "y2": {"field": "high"}, "color": colour}}  # fmt: skip
    line = {"data": {"name": "bands"}, "mark": {"type": "line", "point": {"size": 12}},
            "encoding": {"x": months, "y": _height("middle", unit), "color": colour, "strokeDash": dash,
                         "tooltip": tooltip}}  # fmt: skip
    layers, tables = [band, line], {"bands": table[table[whom].isin(names)]}
    if recorded is not None and len(recorded):
        shared = {"x": months, "tooltip": _words("what", "source")}
        layers.append({"data": {"name": "recorded"}, "mark": {"type": "rule", "strokeWidth": 2},
                       "encoding": {**shared, "y": _height("low", unit), "y2": {"field": "high"}}})  # fmt: skip
        layers.append({"data": {"name": "recorded"},
                       "mark": {"type": "point", "shape": "diamond", "size": 70, "filled": True},
                       "encoding": {**shared, "y": _height("value", unit)}})  # fmt: skip
        tables["recorded"] = recorded
    return {"title": title, "height": HEIGHT, "layer": layers, "datasets": tables}


def life(months: pd.DataFrame, moved: pd.DataFrame) -> Spec:
    """A person's months: what moved them, stacked, and how much of their patience is used up.

    `months`: date and patience (share used up). `moved`: date, source, and log_rate over the usual rate.
    """
    dates = {"field": "date", "type": "ordinal", "title": None, "sort": months["date"].tolist(),
             "axis": {"labelAngle": 0, "labelOverlap": True}}  # fmt: skip
    bars = {"data": {"name": "moved"}, "mark": "bar", "encoding": {
        "x": dates, "y": _height("log_rate", "log rate over the usual"), "color": _coloured("source"),
        "tooltip": [*_words("date", "source"), _number("log_rate", "log rate")],
    }}  # fmt: skip
    used = {"data": {"name": "months"}, "mark": {"type": "line", "point": True, "strokeDash": [4, 4]}, "encoding": {
        "x": dates, "y": {**_height("patience", "patience used up"), "axis": {"format": ".0%"}},
        "tooltip": [*_words("date"), {**_number("patience", "patience used up"), "format": ".0%"}],
    }}  # fmt: skip
    layers = [bars, used] if len(moved) else [used]
    return {"height": HEIGHT, "layer": layers, "resolve": {"scale": {"y": "independent"}},
            "datasets": {"months": months, "moved": moved}}  # fmt: skip


def _coloured(field: str, names: Sequence[str] = (), colours: Sequence[str] = ()) -> Spec:
    scale = {"scale": {"domain": names, "range": colours}} if names else {}
    return {"field": field, "type": "nominal", "title": None,
            "legend": {"orient": "top", "columns": MOST, "symbolOpacity": 1}, **scale}  # fmt: skip


def _height(field: str, unit: str) -> Spec:
    return {"field": field, "type": "quantitative", "title": unit}


def _words(*fields: str) -> list[Spec]:
    return [{"field": field, "type": "nominal"} for field in fields]


def _number(field: str, title: str) -> Spec:
    return {"field": field, "type": "quantitative", "format": ",.3~g", "title": title}
