"""Pictures on disk: PNG, SVG or PDF by suffix, with where they come from, and the data beside them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from sim.aliases import AnyPath
from sim.errors import InputError, did_you_mean
from sim.report.figures import style
from sim.results.provenance import DISTRIBUTION, provenance
from sim.results.showing import Shows

DPI = 150
FORMATS = ("png", "svg", "pdf")


def save(
    figure: Figure, folder: AnyPath, name: str, data: pd.DataFrame, study: Shows, formats: Sequence[str] = ("png",)
) -> list[Path]:
    """Write `name.png` (and other formats) and `name.csv` into a folder, made if need be. Returns their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [write(figure, folder / f"{name}.{suffix}", study, name) for suffix in formats]
    data.to_csv(folder / f"{name}.csv", index=False, float_format="%.6g")
    return [*paths, folder / f"{name}.csv"]


def picture_format(file: AnyPath) -> str:
    """PNG, SVG or PDF, by the suffix of a file. Raises InputError for another."""
    suffix = Path(file).suffix.removeprefix(".").lower()
    if suffix not in FORMATS:
        raise InputError(f"{file}: a picture is {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, by its suffix"
                         f"{did_you_mean(suffix, FORMATS)}")  # fmt: skip
    return suffix


def write(figure: Figure, file: AnyPath, study: Shows, name: str = "") -> Path:
    """Write a figure as PNG, SVG or PDF by the suffix of the file, whole or not at all. Returns its path.

    The picture carries title, scenario, seed, version and git revision; the same figure gives the same bytes.
    """
    file, suffix = Path(file), picture_format(file)
    about = metadata(figure, name or file.stem, study)
    words = "; ".join(f"{key}: {value}" for key, value in about.items())
    fields: dict[str, dict[str, str | None]] = {
        "png": {**about, "Software": about["Version"], "Description": words},
        "svg": {"Title": about["Title"], "Description": words, "Creator": about["Version"], "Date": None},
        "pdf": {"Title": about["Title"], "Subject": words, "Creator": about["Version"], "CreationDate": None},
    }
    new = file.with_name(f".new-{file.name}"[:200])
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _write(figure, new, suffix, fields[suffix])
        new.replace(file)
    except OSError as error:
        raise InputError(f"{file}: cannot write: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            new.unlink()
    return file


@style.styled
def _write(figure: Figure, path: Path, suffix: str, about: Mapping[str, str | None]) -> None:
    quickly: dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if suffix == "png" else {}  # half the work of 6
    figure.savefig(path, format=suffix, dpi=DPI, metadata=about, **quickly)


def metadata(figure: Figure, name: str, study: Shows) -> dict[str, str]:
    """What a picture says about itself."""
    made_by = provenance()
    titles = [text.get_text().replace("\n", " ") for text in figure.texts if text.get_gid() == "title"]
    about = {
        "Title": titles[0] if titles else name,
        "Scenario": study.scenario.title,
        "Seed": str(study.seed),
        "Replicates": str(len(study.replicates)),
        "Version": f"{DISTRIBUTION} {made_by['versions'][DISTRIBUTION] or 'not installed'}",
        "Revision": made_by["git"] or "none",
    }
    return {key: " ".join(value.split()) for key, value in about.items()}
