"""Figures of results: each draws one message from a `Result`, and reads nothing else."""

from importlib import import_module
from pathlib import Path

from sim.report.figures import _backend, fairness, gpus, overview, presence  # noqa: F401  (_backend comes first)
from sim.report.figures.bars import bars_with_intervals
from sim.report.figures.saving import save

KINDS = {"gpus": gpus, "presence": presence, "fairness": fairness, "overview": overview}
# Of each kind of saved study: where it is loaded, and where its figures are drawn.
STUDIES = {
    "run": ("sim.results.result:Result", "sim.report.figures:save_run_figures"),
    "compare": ("sim.studies.compare:Comparison", "sim.report.figures.compared:save_figures"),
    "attribute": ("sim.studies.attribute:Attribution", "sim.report.figures.attributed:save_figures"),
    "sensitivity": ("sim.studies.sensitivity:Sensitivity", "sim.report.figures.sensitive:save_figures"),
    "posterior": ("sim.studies.posterior:Posterior", "sim.report.figures.posterior:save_figures"),
}
FIGURES = {name: kind.draw for name, kind in KINDS.items()}

__all__ = ["FIGURES", "bars_with_intervals", "redraw", "save", "save_run_figures", "save_study_figures"]


def save_run_figures(result, folder) -> list[Path]:
    """Draw every figure of a run and write it into a folder as PNG and SVG, with its data as CSV. Returns the paths.

    A result that kept only a summary has nothing to draw: no figure is made of it.
    """
    if result.detail == "summary":
        return []
    paths = []
    for name, kind in KINDS.items():
        paths += save(kind.draw(result), folder, name, kind.data(result), result)
    return paths


def save_study_figures(study, folder) -> list[Path]:
    """Draw the figures of any study into a folder. Returns the paths."""
    return _named(STUDIES[study.kind][1])(study, folder)


def redraw(folder, **options) -> list[Path]:
    """Draw the figures of a saved run, study or sweep again, into its folder.

    `options` are for sweeps: `sim.report.figures.swept.save_figures`. Raises InputError where nothing was saved.
    """
    folder = Path(folder)
    if (folder / "sweep.json").is_file():
        from sim.report.figures.swept import save_figures

        return save_figures(folder, **options)
    kind = next((kind for kind in STUDIES if (folder / f"{kind}.json").is_file()), "run")
    return _named(STUDIES[kind][0]).load(folder).draw(folder)


def _named(place):
    module, name = place.split(":")
    return getattr(import_module(module), name)
