"""`sim plot` and `sim report`."""

from pathlib import Path
from typing import Annotated

import typer

FolderArgument = Annotated[Path, typer.Argument(help="the folder of a saved run or study", show_default=False)]


def plot(
    folder: FolderArgument,
    kind: Annotated[str | None, typer.Option(help="one picture; default those that suit the study")] = None,
    out: Annotated[
        Path | None, typer.Option(help="a .png, .svg or .pdf to write, or a folder; default: the study's own folder")
    ] = None,
    formats: Annotated[list[str] | None, typer.Option("--format", help="png, svg or pdf; default png")] = None,
    outcome: Annotated[list[str] | None, typer.Option("--outcome", help="of a sweep: which to draw")] = None,
    x: Annotated[str | None, typer.Option(help="of a sweep: factor on the horizontal axis")] = None,
    by: Annotated[str | None, typer.Option(help="of a sweep: factor for colours, or the vertical axis")] = None,
) -> None:
    """Draw pictures of a saved run or study, with their data as CSV."""
    from sim.errors import InputError
    from sim.report.figures import save_figure, save_study_figures, suited, why_none
    from sim.report.figures.saving import picture_format
    from sim.report.saved import draw_into, load_study

    for suffix in formats or []:
        picture_format(f"--format.{suffix}")
    study = load_study(folder)
    options = {name: value for name, value in (("outcomes", outcome), ("x", x), ("by", by)) if value}
    if out is not None and out.suffix and not out.is_dir():
        if formats:
            raise InputError(f"--format: the suffix of {out} says it already")
        print(save_figure(study, out, kind, **options))
        return
    if kind is None and not suited(study, **options):
        raise InputError(f"{folder}: {why_none(study)}")
    suffixes = tuple(dict.fromkeys(formats or ["png"]))
    if out is None:
        paths = draw_into(study, folder if folder.is_dir() else folder.parent, kind, suffixes, **options)
    else:
        paths = save_study_figures(study, out, kind, suffixes, **options)
    for path in paths:
        print(path)


def report(
    folders: Annotated[list[Path], typer.Argument(help="folders of saved runs and studies", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="the page to write; default report.html in the first folder")] = None,
) -> None:
    """Write one HTML page of saved runs and studies that needs nothing else: to read, to print, to send."""
    from sim.report.page import page
    from sim.report.saved import load_study
    from sim.results.folder import more_files, write_whole, writing

    text = page([(folder, load_study(folder)) for folder in folders])
    if out is None:
        with more_files(folders[0]) as new:
            (new / "report.html").write_text(text, encoding="utf-8")
        out = folders[0] / "report.html"
    else:
        with writing(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            write_whole(out, text)
    print(out)
