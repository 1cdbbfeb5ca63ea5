"""What made a result: versions of the packages and the git revision."""

import hashlib
import platform
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("mesa", "numpy", "pandas", "numba", "scipy", "matplotlib")
DISTRIBUTION = "gpu-lab-sim"
DECIDING = ("draws.py", "parameter.py", "rounding.py", "model/*.py", "allocation/*.py", "engines/**/*.py",
            "scenario/*.py", "results/history.py", "results/measures.py", "results/outcomes.py",
            "results/result.py")  # fmt: skip


def provenance() -> dict[str, Any]:
    """Versions and git revision that made a result."""
    versions = {package: version(package) for package in (DISTRIBUTION, *PACKAGES)}
    return {"python": platform.python_version(), "versions": versions, "git": git_revision(), "engine": engine_code()}


@cache
def engine_code() -> str:
    """Hash of the files that decide what a history is, and which numbers it gives."""
    package, digest = Path(__file__).parents[1], hashlib.sha256()
    for file in sorted(path for pattern in DECIDING for path in package.glob(pattern)):
        digest.update(file.relative_to(package).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:16]


@cache
def version(package: str = DISTRIBUTION) -> str | None:
    """The installed version of a package, None where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


@cache
def git_revision() -> str | None:
    """Commit of the checkout that this package runs from, with `+changes` if it was edited since; None outside one."""
    here = Path(__file__).parent
    git = ["git", "-C", str(here)]
    try:
        top = subprocess.run([*git, "ls-files", "--error-unmatch", __file__], capture_output=True, timeout=10)
        if top.returncode:
            return None
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10)
        changes = subprocess.run(
            [*git, "status", "--porcelain", "--", ".."], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return head.stdout.strip() + ("+changes" if changes.stdout.strip() else "") if head.returncode == 0 else None
