"""Figures of results: each draws one message from a `Result`, and reads nothing else."""

from importlib import import_module
from pathlib import Path

from sim.report.figures import fairness, gpus, overview, presence
from sim.report.figures.bars import bars_with_intervals
from sim.report.figures.saving import save

KINDS = {"gpus": gpus, "presence": presence, "fairness": fairness, "overview": overview}
STUDIES = {"compare.json": ("compare", "Comparison"), "attribute.json": ("attribute", "Attribution"),
           "sensitivity.json": ("sensitivity", "Sensitivity")}  # fmt: skip
PICTURES = {"compare.json": "compared", "attribute.json": "attributed", "sensitivity.json": "sensitive"}
FIGURES = {name: kind.draw for name, kind in KINDS.items()}

__all__ = ["FIGURES", "bars_with_intervals", "redraw", "save", "save_run_figures"]


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


def redraw(folder, **options) -> list[Path]:
    """Draw the figures of a saved run, comparison, attribution, sensitivity study or sweep again, into its folder.

    `options` are for sweeps: `sim.report.figures.swept.save_figures`. Raises InputError where nothing was saved.
    """
    folder = Path(folder)
    if (folder / "sweep.json").is_file():
        from sim.report.figures.swept import save_figures

        return save_figures(folder, **options)
    for mark, (module, kind) in STUDIES.items():
        if (folder / mark).is_file():
            study = getattr(import_module(f"sim.studies.{module}"), kind).load(folder)
            return import_module(f"sim.report.figures.{PICTURES[mark]}").save_figures(study, folder)
    from sim.results.result import Result

    return save_run_figures(Result.load(folder), folder)
