"""Pandas objects that belong together have one index."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from shoal.errors import DataError


def check_indices(given: Mapping[str, Any], where: str) -> None:
    """Refuse frames and series whose indices differ: paired by place, their rows would mix.

    Args:
        given: by name, pandas objects or anything else, which has no index.
        where: for messages.

    Raises:
        DataError: two of them have different indices, or the same in different order.
    """
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return
    indexed = {
        name: value.index
        for name, value in given.items()
        if isinstance(value, pandas.DataFrame | pandas.Series)
    }
    first, *others = indexed or {"": None}
    for other in others:
        one, two = indexed[first], indexed[other]
        if len(one) != len(two) or one.equals(two):  # another length is told elsewhere
            continue
        place = next(i for i in range(len(one)) if one[i] != two[i])
        same = one.sort_values().equals(two.sort_values()) if one.is_unique else False
        raise DataError(
            f"{first} and {other} have one index, for their rows belong together",
            received=f"the same labels in another order, first in row {place}"
            if same
            else f"{one[place]} and {two[place]} in row {place}",
            where=where,
            hint=f"Bring them in one order with {other}.loc[{first}.index]."
            if same
            else f"If they belong together by place, give {other}.to_numpy().",
        )
