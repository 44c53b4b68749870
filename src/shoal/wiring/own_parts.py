"""Validation and test rows of their own, where they are given in place of a share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from shoal.data import Dataset
from shoal.data.own_parts import is_own_part
from shoal.data.split import Steering
from shoal.usual import TEST, VALIDATION

if TYPE_CHECKING:
    import pandas as pd

    OwnPart = str | os.PathLike[str] | Dataset | tuple[Any, Any] | pd.DataFrame
else:
    OwnPart = Any  # pandas takes long to import
"""Rows of their own for validation or the test: a path, a data set, (x, y), or a DataFrame that
holds the target."""


def with_own_parts(
    data: Dataset, validation: Steering | OwnPart, test: float | OwnPart
) -> tuple[Dataset, Steering, float]:
    """The data with these rows behind its own, and what is drawn of its rows.

    Args:
        data: what to train on.
        validation: a share of its rows, their numbers, or rows of their own.
        test: a share, or rows of their own.

    Raises:
        DataError: rows that cannot be read, or are not like those for training.
    """
    given = {"validation": validation, "test": test}
    own: dict[str, Any] = {name: one for name, one in given.items() if is_own_part(one)}
    steering: Any = VALIDATION if "validation" in own else validation
    share: Any = TEST if "test" in own else test
    return (data.with_parts(**own) if own else data), steering, share
