"""Sphinx: the site of the documentation. `make docs` builds it into out/docs."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import pages  # noqa: E402

pages.write(HERE / "reference")

project = "GPU lab simulation"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = project
html_static_path = []
nitpicky = False
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"
suppress_warnings = ["myst.xref_missing"]  # files of the repository; a test checks links


def tables_as_they_are(app, what, name, subject, options, lines):
    """Tables in docstrings are Markdown, which reStructuredText takes for substitutions: show them as they are."""
    found, inside = [], False
    for line in lines:
        table = line.startswith("|")
        if table and not inside:
            found += ["::", ""]
        if inside and not table:
            found.append("")
        found.append(f"    {line}" if table else line)
        inside = table
    lines[:] = found


def setup(app):
    app.connect("autodoc-process-docstring", tables_as_they_are)
