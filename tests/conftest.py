"""What holds for every test: what one allowed or registered is unknown to the next; no verdict is luck's or time's."""

import sys

import pytest
from hypothesis import HealthCheck, settings

from sim.allocation import own, register

# A change is told by the cases that were there before it; `--hypothesis-profile=anew` looks for others.
EVER = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("same", derandomize=True, database=None, max_examples=40, **EVER)
settings.register_profile("anew", **EVER)
settings.load_profile("same")


@pytest.fixture(autouse=True)
def _nothing_of_another_test(monkeypatch):
    monkeypatch.setattr(own, "_allowed", set())
    monkeypatch.setattr(own, "_all_allowed", False)
    monkeypatch.setattr(register, "_REGISTER", dict(register._REGISTER))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # pages and scripts put themselves there
