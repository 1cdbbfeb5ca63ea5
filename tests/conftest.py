"""What holds for every test: code that one allowed is not allowed in the next; no verdict is luck's or a clock's."""

import pytest
from hypothesis import HealthCheck, settings

from sim.allocation import own

# A change is told by the cases that were there before it; `--hypothesis-profile=anew` looks for others.
EVER = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("same", derandomize=True, database=None, **EVER)
settings.register_profile("anew", **EVER)
settings.load_profile("same")


@pytest.fixture(autouse=True)
def _nothing_allowed(monkeypatch):
    monkeypatch.setattr(own, "_allowed", set())
    monkeypatch.setattr(own, "_all_allowed", False)
