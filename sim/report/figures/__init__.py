"""Figures of studies: each draws one message from a study's tables. What there is to draw: `sim.report.kinds`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.aliases import AnyPath
from sim.errors import InputError
from sim.report.figures import _backend  # noqa: F401  (comes before anything that imports Matplotlib)
from sim.report.kinds import Kind, kind_of, kinds_of
from sim.results.showing import Shows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot", "save_figure", "save_study_figures", "suited"]


def plot(study: Shows, kind: str | None = None, **options: Any) -> "Figure":
    """A Matplotlib figure of a study: of the kind named, else the one that says most about it.

    `options` are a sweep's: outcomes, x, by. Raises InputError for a kind that the study has not, and says why.
    """
    return _chosen(study, kind, options).draw(study, **options)


def save_figure(study: Shows, file: AnyPath, kind: str | None = None, **options: Any) -> Path:
    """Draw into a file: PNG, SVG or PDF by its suffix. Returns its path."""
    from sim.report.figures.saving import picture_format, write

    picture_format(file)
    chosen = _chosen(study, kind, options)
    return write(chosen.draw(study, **options), file, study, chosen.name)


def save_study_figures(
    study: Shows, folder: AnyPath, kind: str | None = None, formats: Sequence[str] = ("png",), **options: Any
) -> list[Path]:
    """Draw the pictures that suit a study, or the one named, into a folder, each with its data as CSV.

    Returns the paths. A study without the tables that a picture needs is drawn without that picture.
    """
    from sim.report.figures.saving import save

    chosen = suited(study, **options) if kind is None else [_chosen(study, kind, options)]
    paths = []
    for picture in chosen:
        drawn, rows = picture.draw(study, **options), picture.data(study, **options)
        paths += save(drawn, folder, picture.name, rows, study, formats)
    return paths


def suited(study: Shows, **options: Any) -> list[Kind]:
    """The pictures to make of a study when none is named, the one that says most first."""
    _check(study, options)
    return [kind for kind in kinds_of(study.kind) if not kind.missing(study) and kind.suits(study)]


def _chosen(study: Shows, name: str | None, options: Mapping[str, Any]) -> Kind:
    if name is None:
        found = suited(study, **options)
        if not found:
            raise InputError(why_none(study))
        return found[0]
    kind = kind_of(study.kind, name)
    _check(study, options)
    why = kind.missing(study)
    if why:
        raise InputError(f"{name}: {why}")
    return kind


def _check(study: Shows, options: Mapping[str, Any]) -> None:
    if options and study.kind != "sweep":
        raise InputError(f"{', '.join(options)}: only pictures of a sweep can be asked for by outcome and factor, "
                         f"this is a saved {study.kind}")  # fmt: skip


def why_none(study: Shows) -> str:
    """Why there is no picture of a study at all."""
    reasons = dict.fromkeys(kind.missing(study) for kind in kinds_of(study.kind))
    return f"nothing to draw: {'; '.join(filter(None, reasons)) or f'a saved {study.kind} has no pictures'}"
