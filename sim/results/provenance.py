"""What made a result: versions of the packages and the git revision."""

import platform
import subprocess
from importlib import metadata
from pathlib import Path

PACKAGES = ("mesa", "numpy", "pandas", "numba", "scipy", "matplotlib")
DISTRIBUTION = "gpu-lab-sim"


def provenance() -> dict:
    """Versions and git revision that made a result."""
    versions = {package: version(package) for package in (DISTRIBUTION, *PACKAGES)}
    return {"python": platform.python_version(), "versions": versions, "git": git_revision()}


def version(package: str = DISTRIBUTION) -> str | None:
    """The installed version of a package, None where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


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
