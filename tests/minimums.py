"""Print the lowest version of everything that `pyproject.toml` asks for, as pip's constraints: `make test-minimums`."""

import re
import tomllib
from pathlib import Path

LOWEST = re.compile(r"([A-Za-z0-9_.-]+)>=([0-9.]+)")


def minimums() -> list[str]:
    """name==version for what the package and its tests need, and `cluster`, in the order of the file."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *extras["cluster"], *extras["test"]]
    return [f"{found[1]}=={found[2]}" for one in asked if (found := LOWEST.match(one))]


if __name__ == "__main__":
    print("\n".join(minimums()))
