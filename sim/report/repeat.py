"""How a saved study is made again: the file to save and the commands to give."""

import shlex
from collections.abc import Callable, Iterator
from typing import Any

import tomlkit

from sim.aliases import AnyPath
from sim.report.tables import rows_of
from sim.results.result import Result
from sim.results.showing import Shows
from sim.results.study import Study
from sim.scenario import Scenario
from sim.studies.attribute import Attribution
from sim.studies.compare import Comparison
from sim.studies.sensitivity import Sensitivity
from sim.studies.sweep_folder import Sweep

FILE = "scenario.toml"
EXPERIMENT = "experiment.toml"


def files_of(study: Shows) -> dict[str, str]:
    """Name -> text of the files that repeat the study: its scenario, and of a sweep its experiment."""
    files = {FILE: toml(study.scenario.to_dict())}
    if isinstance(study, Sweep):
        experiment = {key: value for key, value in study.about["experiment"].items() if value not in ([], {}, None)}
        scenarios = study.about["scenarios"]
        if len(scenarios) == 1:
            experiment["scenario"] = FILE
        files = {**files, EXPERIMENT: toml(experiment)}
    return files


def toml(table: dict[str, Any]) -> str:
    """A dictionary as TOML, without what is not given."""
    return tomlkit.dumps(_given(table))


def _given(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _given(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_given(item) for item in value]
    return value


def commands(study: Shows, folder: AnyPath) -> list[str]:
    """The commands that make the study again."""
    make: dict[str, Callable[[Any, AnyPath], list[str]]] = {
        "run": _run, "compare": _compare, "attribute": _attribute, "sensitivity": _sensitivity, "sweep": _sweep,
    }  # fmt: skip
    return make[study.kind](study, folder) if study.kind in make else []


def _line(*words: object) -> str:
    return " ".join(shlex.quote(str(word)) for word in words)


def _counts(study: Study) -> tuple[object, ...]:
    return "-n", len(study.replicates), "--seed", study.seed


def _run(study: Result, folder: AnyPath) -> list[str]:
    saved = _line("sim", "run", folder)
    if study.points:
        return [saved]
    return [saved, _line("sim", "run", FILE, *_counts(study), "--engine", study.engine, "--detail", study.detail)]


def _compare(study: Comparison, folder: AnyPath) -> list[str]:
    """Cases as differences from the baseline, path by path; cases with other elements are files of their own."""
    base, cases = dict(_values(study.scenario)), []
    for name, scenario in study.cases.items():
        if name == study.baseline:
            continue
        other = dict(_values(scenario))
        if other.keys() != base.keys():
            return [f"# the cases differ in more than numbers: they are in {folder}/compare.json"]
        changed = [(path, value) for path, value in other.items() if value != base[path]]
        if any(isinstance(value, (list, dict)) or value is None for _, value in changed):
            return [f"# the cases differ in more than numbers: they are in {folder}/compare.json"]
        cases.append((name, changed))
    if all([path for path, _ in changed] == ["committee.policy"] for _, changed in cases):
        names = ",".join(str(changed[0][1]) for _, changed in cases)
        return [_line("sim", "compare", FILE, "--policies", names, *_counts(study))]
    words = []
    for name, changed in cases:
        words += ["--case", f"{name}: {', '.join(f'{path}={_text(value)}' for path, value in changed)}"]
    return [_line("sim", "compare", FILE, *words, *_counts(study))]


def _text(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _values(scenario: Scenario) -> Iterator[tuple[str, object]]:
    return ((path, value) for path, value, _ in scenario.paths() if path not in ("title", "question"))


def _attribute(study: Attribution, folder: AnyPath) -> list[str]:
    return [_line("sim", "attribute", FILE, *_counts(study))]


def _sensitivity(study: Sensitivity, folder: AnyPath) -> list[str]:
    words = []
    for row in rows_of(study.table.drop_duplicates("parameter")):
        words += ["-p", f"{row.parameter}={row.low:g}:{row.high:g}"]
    for name in dict.fromkeys(study.table["outcome"]):
        words += ["--outcome", name]
    how = "--method", study.method, "--samples", study.samples
    return [_line("sim", "sensitivity", FILE, *how, *_counts(study), *words)]


def _sweep(study: Sweep, folder: AnyPath) -> list[str]:
    return [_line("sim", "sweep", EXPERIMENT, "--out", "again"), _line("sim", "sweep", "--status", folder)]
