"""Tables by their rows."""

from collections.abc import Iterator
from typing import Any

import pandas as pd


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table as named tuples; what a column holds, its table says."""
    return table.itertuples(index=False)
