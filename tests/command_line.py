"""The command line in this process: all of `main` but the start of another Python, which takes seconds each time.

As in a process of its own, nobody's code has been allowed before.
"""

import io
import os
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from sim.allocation import own
from sim.cli import main


def command(*words, cwd=None, columns=200):
    """`sim WORDS`, run in a folder: returncode, stdout and stderr, as `subprocess.run` gives them."""
    out, told = io.StringIO(), io.StringIO()
    argv = mock.patch("sys.argv", ["sim", *map(str, words)])
    wide = mock.patch.dict(os.environ, {"COLUMNS": str(columns)})
    unasked = mock.patch.multiple(own, _allowed=set(), _all_allowed=False)
    with argv, wide, unasked, _within(cwd), redirect_stdout(out), redirect_stderr(told), warnings.catch_warnings():
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
    return SimpleNamespace(returncode=code, stdout=out.getvalue(), stderr=told.getvalue())


@contextmanager
def _within(folder):
    before = Path.cwd()
    try:
        os.chdir(folder or before)
        yield
    finally:
        os.chdir(before)
