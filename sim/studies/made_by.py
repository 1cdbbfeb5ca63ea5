"""Which code makes a study's numbers, so that no table mixes what two versions of it made."""

import hashlib
from pathlib import Path

from sim import allocation
from sim.results.provenance import engine_code, version


def made_by(policies=()) -> dict:
    """Version of the package, hash of its engine, and the code of the policies that are a user's own."""
    own = {name: code for name in policies if (code := policy_code(name)) is not None}
    return {"version": version(), "engine": engine_code(), "policies": own}


def policy_code(name: str) -> str | None:
    """Hash of a user's own policy; None for those of the package."""
    policy = allocation.get(name)
    if policy.origin is None:
        return None
    if ":" in name:
        return hashlib.sha256(Path(policy.origin).read_bytes()).hexdigest()
    code = policy.function.__code__
    return hashlib.sha256(code.co_code + repr((code.co_names, code.co_consts)).encode()).hexdigest()


def package_words(made: dict) -> str:
    """The package that made something, in words."""
    return f"version {made.get('version')} (engine {made.get('engine')})"
