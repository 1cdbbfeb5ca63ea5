"""Pictures on disk: PNG and SVG with where they come from, and the data beside them."""

from pathlib import Path

import pandas as pd

from sim.report.figures import style
from sim.results.provenance import DISTRIBUTION, provenance

DPI = 150


def save(figure, folder, name, data: pd.DataFrame, result) -> list[Path]:
    """Write `name.png`, `name.svg` and `name.csv` into a folder, which is made if need be. Returns their paths.

    The pictures carry title, scenario, seed, version and git revision; the same figure gives the same bytes.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.{kind}" for kind in ("png", "svg", "csv")]
    about = metadata(figure, name, result)
    words = "; ".join(f"{key}: {value}" for key, value in about.items())
    _write(figure, paths[0], {**about, "Software": about["Version"], "Description": words})
    _write(figure, paths[1], {"Title": about["Title"], "Description": words, "Creator": about["Version"], "Date": None})
    data.to_csv(paths[2], index=False, float_format="%.6g")
    return paths


@style.styled
def _write(figure, path, about):
    figure.savefig(path, dpi=DPI, metadata=about)


def metadata(figure, name, result) -> dict[str, str]:
    """What a picture says about itself."""
    made_by = provenance()
    titles = [text.get_text().replace("\n", " ") for text in figure.texts if text.get_gid() == "title"]
    return {
        "Title": titles[0] if titles else name,
        "Scenario": result.scenario.title,
        "Seed": str(result.seed),
        "Replicates": str(len(result.replicates)),
        "Version": f"{DISTRIBUTION} {made_by['versions'][DISTRIBUTION] or 'not installed'}",
        "Revision": made_by["git"] or "none",
    }
