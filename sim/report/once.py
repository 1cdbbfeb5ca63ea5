"""What several figures and words need of a study is found once."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pandas as pd


def once(find: Callable[[Any], pd.DataFrame]) -> Callable[[Any], pd.DataFrame]:
    """Decorator of a function from a study to a small table: found the first time, kept with the study, and given out
    as a copy, which is the caller's own."""
    name = f"{find.__module__}.{find.__qualname__}"

    @wraps(find)
    def found(study: Any) -> pd.DataFrame:
        kept = study.__dict__.setdefault("_found", {})
        if name not in kept:
            kept[name] = find(study)
        return kept[name].copy()

    return found
