"""Imports Matplotlib whatever MPLBACKEND names.

Every picture has a canvas of its own, so no backend is needed; and the one that a notebook names in its children's
environment may not be installed where they run, which makes the import fail.
"""

import os

_named = os.environ.pop("MPLBACKEND", None)
try:
    import matplotlib  # noqa: F401
finally:
    if _named is not None:
        os.environ["MPLBACKEND"] = _named
