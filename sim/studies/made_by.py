"""Which code makes a study's numbers, so that no table mixes what two versions of it made."""

from sim import allocation
from sim.results.provenance import DISTRIBUTION, engine_code, version


def made_by(policies=()) -> dict:
    """Version of the package, hash of its engine, and of the code of the policies that are a user's own."""
    own = {name: code for name in policies if (code := allocation.fingerprint(name)) is not None}
    return {"version": version(), "engine": engine_code(), "policies": own}


def package_words(made: dict) -> str:
    """The package that made something, in words."""
    return f"version {made.get('version')} (engine {made.get('engine')})"


def other_code(provenance: dict) -> str | None:
    """What is said of a saved result that another version of the package made; nothing of one that this one made."""
    then = {"version": provenance.get("versions", {}).get(DISTRIBUTION), "engine": provenance.get("engine")}
    now = made_by()
    if all(then[key] == now[key] for key in then):
        return None
    return f"it was made by {package_words(then)} of the package, and this is {package_words(now)}: numbers may differ"
