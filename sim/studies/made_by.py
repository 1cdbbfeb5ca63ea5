"""Which code makes a study's numbers, so that no table mixes what two versions of it made."""

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from sim import allocation
from sim.results.provenance import DISTRIBUTION, engine_code, version


class MadeBy(TypedDict):
    """The code that makes a study's numbers."""

    version: str | None  # of the package
    engine: str  # its hash
    policies: dict[str, str]  # of a user's own, name -> hash


def made_by(policies: Iterable[str] = ()) -> MadeBy:
    """Version of the package, hash of its engine, and of the code of the policies that are a user's own."""
    own = {name: code for name in policies if (code := allocation.fingerprint(name)) is not None}
    return {"version": version(), "engine": engine_code(), "policies": own}


def package_words(made: Mapping[str, Any]) -> str:
    """The package that made something, in words."""
    return f"version {made.get('version')} (engine {made.get('engine')})"


def other_code(provenance: dict[str, Any], then: str, now: str) -> list[str]:
    """What is said of a saved result that another version of the package made, or of its policy's code changed since.

    `then` and `now` are the names of its policy and of the one that it is repeated with.
    """
    saved = {"version": provenance.get("versions", {}).get(DISTRIBUTION), "engine": provenance.get("engine")}
    here, said = made_by([now]), []
    if saved != {"version": here["version"], "engine": here["engine"]}:
        words = f"{package_words(saved)} of the package, and this is {package_words(here)}"
        said.append(f"it was made by {words}: numbers may differ")
    code, own = provenance.get("policy"), here["policies"].get(now)
    if then == now and code and own != code:
        code, own = code[:16], (own or "shipped")[:16]
        said.append(f"its policy '{then}' had other code (hash {code}) than it has now ({own}): numbers may differ")
    return said
