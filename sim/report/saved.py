"""Any saved study from its folder, and pictures drawn into it."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from sim.aliases import AnyPath
from sim.errors import InputError
from sim.results.folder import more_files
from sim.results.showing import Shows

CLASSES = {
    "run": "sim.results.result:Result",
    "compare": "sim.studies.compare:Comparison",
    "attribute": "sim.studies.attribute:Attribution",
    "sensitivity": "sim.studies.sensitivity:Sensitivity",
    "posterior": "sim.studies.posterior:Posterior",
    "validate": "sim.studies.validate:Validation",
    "sweep": "sim.studies.sweep_folder:Sweep",
}
CALLED = {"run": "run", "compare": "comparison", "attribute": "attribution", "sensitivity": "sensitivity study",
          "posterior": "posterior", "validate": "validation", "sweep": "sweep"}  # fmt: skip


def load_study(folder: AnyPath) -> Shows:
    """The run or study that was saved to a folder; its mark, `run.json` for example, may be named instead.

    Raises InputError where there is none, or it cannot be read.
    """
    folder = Path(folder)
    if folder.suffix == ".json" and folder.stem in CLASSES:
        folder = folder.parent
    kind = next((kind for kind in CLASSES if (folder / f"{kind}.json").is_file()), None)
    if kind is None and not folder.exists():
        raise InputError(f"{folder}: no such folder")
    if kind is None:
        raise InputError(
            f"{folder}: not a saved run or study: it holds none of {', '.join(f'{kind}.json' for kind in CLASSES)}"
        )
    module, name = CLASSES[kind].split(":")
    found = getattr(import_module(module), name)
    return found(folder) if kind == "sweep" else found.load(folder)


def draw_into(
    study: Shows, folder: AnyPath, kind: str | None = None, formats: Sequence[str] = ("png",), **options: Any
) -> list[Path]:
    """Draw the pictures that suit a study, or the one named, into its folder. Returns the paths."""
    from sim.report.figures import save_study_figures

    with more_files(folder) as new:
        drawn = save_study_figures(study, new, kind, formats, **options)
    return [Path(folder) / path.relative_to(new) for path in drawn]
