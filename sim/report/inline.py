"""Pictures inside a page: Matplotlib's SVG, whose names cannot meet those of another picture."""

import io
import re
from html import escape
from typing import TYPE_CHECKING, TextIO

from sim.report.figures import style
from sim.report.figures.saving import metadata
from sim.results.showing import Shows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ID = re.compile(r'\bid="([^"]*)"')
REFERENCE = re.compile(r'(url\(#|href="#)([^)"]+)')


def inline_svg(figure: "Figure", prefix: str, study: Shows) -> str:
    """A figure as an `<svg>` element for a page: sized by its box, ids prefixed, its title for who cannot see it."""
    text = io.StringIO()
    _save(figure, text)
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    used = {name for _, name in REFERENCE.findall(svg)}
    svg = ID.sub(lambda found: f'id="{prefix}-{found[1]}"' if found[1] in used else "", svg)
    svg = REFERENCE.sub(lambda found: f"{found[1]}{prefix}-{found[2]}", svg)
    svg = svg.replace('<style type="text/css">*{', f'<style type="text/css">#{prefix} *{{')
    title = escape(metadata(figure, prefix, study)["Title"], quote=True)
    head = re.search(r'<svg[^>]*viewBox="([^"]*)"[^>]*>', svg)
    assert head is not None  # Matplotlib writes one
    return f'<svg id="{prefix}" role="img" aria-label="{title}" viewBox="{head[1]}">{svg[head.end() :]}'


@style.styled
def _save(figure: "Figure", file: TextIO) -> None:
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
