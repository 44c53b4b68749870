"""How many lanes a program gets."""

from __future__ import annotations

from typing import Any

from shoal.errors import RecipeError
from shoal.training.lanes import LaneCount
from shoal.training.specialize import Specialization

WIDTH_LEVELS = 1
DEFAULT_LANES = 32


def lane_count(lanes: Any) -> LaneCount:
    """The policy for ``lanes=``: a number, or ``"auto"``.

    Raises:
        RecipeError: neither.
    """
    if lanes == "auto":
        return lambda special, waiting: min(DEFAULT_LANES, waiting)
    if isinstance(lanes, bool) or not isinstance(lanes, int) or lanes < 1:
        raise RecipeError(
            "lanes is a number of networks, or 'auto'", expected="at least 1", received=repr(lanes)
        )

    def fixed(special: Specialization, waiting: int) -> int:
        return min(lanes, waiting)

    return fixed
