"""Cells at the border of a map: how many, on which sides."""

from __future__ import annotations

from typing import Any

from shoal.errors import NetworkError
from shoal.network.layer import check_field, whole_number
from shoal.network.layers.window import MOST_DIRECTIONS, Sides
from shoal.space import Choice, Int

Side = int | Int | Choice
Cells = Side | tuple[Side | tuple[Side, Side], ...]
"""A number for every side, or for each direction a number or (before, after)."""


def check_cells(value: Any) -> None:
    """Check cells, or every value of the range that stands there."""
    if isinstance(value, Choice):
        for option in value.options:
            check_cells(option)
        return
    if isinstance(value, tuple) and not 1 <= len(value) <= MOST_DIRECTIONS:
        raise _no_cells(value)
    for item in value if isinstance(value, tuple) else (value,):
        if isinstance(item, tuple) and len(item) != 2:
            raise _no_cells(value)
        for side in item if isinstance(item, tuple) else (item,):
            check_field(side, "cells", least=0)


def sides(value: Any, directions: int) -> Sides:
    """Cells before and after, for each direction.

    Raises:
        NetworkError: not one entry for each direction of the map.
    """
    items = value if isinstance(value, tuple) else (value,) * directions
    if len(items) != directions:
        raise NetworkError(
            "cells are given for each direction of the map",
            expected=f"a number, or a tuple of {directions}",
            received=value,
        )
    pairs = (item if isinstance(item, tuple) else (item, item) for item in items)
    return tuple(
        (whole_number(a, "cells", least=0), whole_number(b, "cells", least=0)) for a, b in pairs
    )


def _no_cells(value: Any) -> NetworkError:
    return NetworkError(
        "cells are a number, or for each direction a number or (before, after)",
        expected="for example 2, or ((0, 1), 3)",
        received=value,
    )
