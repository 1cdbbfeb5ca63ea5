"""A saved study as one HTML page that needs nothing else: what was found, pictures, tables, facts, how to repeat it."""

import json
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader

from sim.aliases import AnyPath
from sim.errors import InputError
from sim.report import numbers
from sim.report.console import plain
from sim.report.facts import about, in_units, recorded
from sim.report.figures import suited
from sim.report.inline import inline_svg
from sim.report.repeat import commands, files_of
from sim.report.saved import CALLED
from sim.report.verdicts.verdict import Shown
from sim.results.folder import About
from sim.results.result import Result
from sim.results.showing import Shows
from sim.results.study import Study
from sim.scenario import Scenario
from sim.studies.sweep_folder import Sweep

FOLDED, MOST = 12, 300  # rows from which a table is folded, and that are shown of it at most


@dataclass
class Table:
    """A table of a page: texts, and what each cell is sorted by."""

    title: str
    head: list[str]
    rows: list[list[tuple[str, str]]]  # text and sorting value of each cell
    left: int = 1
    note: str = ""

    @property
    def folded(self) -> bool:
        return len(self.rows) > FOLDED


@dataclass
class Section:
    """Everything that the page says of one study."""

    key: str
    title: str
    kind: str
    question: str
    found: list[str]
    pictures: list[tuple[str, str]]  # meaning, svg
    tables: list[Table]
    details: list[Table]
    record: Table | None
    assumptions: Table
    provenance: list[tuple[str, str]]
    files: list[tuple[str, str, str]]  # name, text, link
    commands: list[str]
    faults: list[str] = field(default_factory=list)


def page(studies: Iterable[tuple[AnyPath, Shows]]) -> str:
    """The page of studies, given as (folder, study)."""
    loader = Environment(loader=PackageLoader("sim.report", ""), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    loader.filters["plain"] = plain
    sections = [_section(f"s{index}", folder, study) for index, (folder, study) in enumerate(studies)]
    return loader.get_template("page.html").render(sections=sections)


def _section(key: str, folder: AnyPath, study: Shows) -> Section:
    faults = list(getattr(study, "damaged", {}).values())
    try:
        verdict = study.verdict()
    except (InputError, AttributeError) as error:  # a study that lacks a table is shown without
        verdict, faults = None, [*faults, str(error)]
    pictures = [(kind.meaning, inline_svg(kind.draw(study), f"{key}-{kind.name}", study)) for kind in suited(study)]
    shown = [_of_texts(table) for table in verdict.tables] if verdict else []
    about = _about(folder, study)
    return Section(
        key, study.scenario.title or str(folder), CALLED[study.kind], verdict.question if verdict else "",
        verdict.found if verdict else [], pictures, shown, _details(study), _record(study),
        _assumptions(study.scenario), _provenance(study, about),
        [(name, text, _link(text)) for name, text in files_of(study).items()], commands(study, folder), faults,
    )  # fmt: skip


def _about(folder: AnyPath, study: Shows) -> About:
    about: About = json.loads((Path(folder) / f"{study.kind}.json").read_text(encoding="utf-8"))
    return about


def _link(text: str) -> str:
    return "data:application/toml;base64," + b64encode(text.encode()).decode()


# Tables


def _of_texts(shown: Shown) -> Table:
    """A table of a verdict."""
    rows = [[(word, _sorted_by(word)) for word in row] for row in shown.rows()]
    return Table(shown.title, list(shown.columns), rows, shown.left, shown.note)


def _sorted_by(word: str) -> str:
    """What a cell is sorted by: the number that it begins with, or its text."""
    first = word.replace(",", "").replace("−", "-").split(" ")[0].removesuffix("%")
    try:
        return repr(float(first))
    except ValueError:
        return word


def _of_frame(title: str, frame: pd.DataFrame, rows: int | None = None) -> Table:
    """A data frame, or the first of so many rows, as far as a page should hold it."""
    rows = rows or len(frame)
    note = f"The first {MOST:,} of {rows:,} rows; all are in the folder." if rows > MOST else ""
    cells = [[_cell(value) for value in row] for row in frame.head(MOST).itertuples(index=False)]
    left = next((k for k, name in enumerate(frame) if pd.api.types.is_numeric_dtype(frame[name])), len(frame.columns))
    return Table(title.replace("_", " "), [str(name) for name in frame], cells, max(1, left), note)


def _cell(value: Any) -> tuple[str, str]:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return numbers.NONE, ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return numbers.number(value), repr(float(value))
    return str(value), str(value)


def _details(study: Shows) -> list[Table]:
    """The tables of the folder, as people read them."""
    if isinstance(study, Sweep):
        first, failed = next(study.parts(), pd.DataFrame()), study.failures()
        tables = [_of_frame("points", first, study.rows()), _of_frame("failures", failed)]
        return [table for table in tables if table.rows]
    made = study.for_people() if isinstance(study, Study) else {}
    return [_of_frame(name, table) for name, table in made.items() if name != "record" and len(table)]


def _record(study: Shows) -> Table | None:
    """What is recorded, with its source; of a run beside what was simulated."""
    facts = study.scenario.record
    if not facts:
        return None
    simulated = None
    if isinstance(study, Result):
        simulated = {row["name"]: row for row in study.record.to_dict("records")}
    rows = []
    for name, fact in facts.items():
        said = partial(in_units, study.scenario, fact)
        row = [about(fact.what, fact.whom, fact.month), recorded(study.scenario, fact), said(fact.low, fact.high)]
        if simulated is not None:
            found = simulated[name]
            band = said(found["simulated_q05"], found["simulated_q95"])
            row += [said(found["simulated_median"]), band, numbers.percent(found["within"])]
        rows.append([(word, _sorted_by(word)) for word in [*row, fact.source]])
    more = ["simulated", "90 % of histories", "within"] if simulated is not None else []
    return Table("Recorded facts", ["fact", "recorded", "interval", *more, "source"], rows)


def _assumptions(scenario: Scenario) -> Table:
    """Numbers that rest on no source."""
    rows = []
    for path, value, entry in scenario.paths():
        if entry.kind not in ("number", "whole number") or not isinstance(value, (int, float)):
            continue
        if scenario.source_of(path) is None:
            rows.append([(path, path), (f"{value:g}", repr(float(value))), (entry.unit, entry.unit),
                         (entry.meaning, entry.meaning)])  # fmt: skip
    return Table("Assumptions: numbers without a source", ["parameter", "value", "unit", "meaning"], rows)


def _provenance(study: Shows, about: About) -> list[tuple[str, str]]:
    made_by = about.get("provenance", {})
    versions = made_by.get("versions", {})
    count = len(study.replicates)
    told = [("kind", CALLED[study.kind]), ("replicates", f"{count:,}"), ("seed", str(study.seed))]
    told += [("engine", study.engine)] if isinstance(study, Result) else []
    told += [("git revision", made_by.get("git") or "none"), ("Python", made_by.get("python", ""))]
    return told + [(name, version or "not installed") for name, version in versions.items()]
