"""What kinds of values are called in annotations: one name for each, everywhere."""

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

NumbersByPath: TypeAlias = Mapping[str, Floats]  # dotted path of a parameter -> a number for each point, or each draw
Column: TypeAlias = "pd.Series[Any]"  # of a table, or one of its rows
AnyPath: TypeAlias = str | PathLike[str]  # of a file or folder
