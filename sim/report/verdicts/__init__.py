"""Verdicts: for every kind of study, what it found. A study's own door to them is `sim.results.showing`.

A kind of study is one module here with a function `verdict(study) -> Verdict`, named in `KINDS` by the study's `kind`.
"""

from importlib import import_module

from sim.report.verdicts.verdict import Shown, Verdict
from sim.results.showing import Shows

KINDS = {
    "run": "of_run",
    "compare": "of_comparison",
    "attribute": "of_attribution",
    "sensitivity": "of_sensitivity",
    "sweep": "of_sweep",
    "posterior": "of_posterior",
    "validate": "of_validation",
}

__all__ = ["KINDS", "Shown", "Verdict", "verdict_of"]


def verdict_of(study: Shows) -> Verdict:
    """What a study found."""
    return import_module(f"{__name__}.{KINDS[study.kind]}").verdict(study)
