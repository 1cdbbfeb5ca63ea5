"""What holds for every test: code that one has allowed is not allowed in the next."""

import pytest

from sim.allocation import own


@pytest.fixture(autouse=True)
def _nothing_allowed(monkeypatch):
    monkeypatch.setattr(own, "_allowed", set())
    monkeypatch.setattr(own, "_all_allowed", False)
