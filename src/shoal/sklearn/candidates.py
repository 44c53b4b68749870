"""The candidates of a search: every combination of a grid, or some drawn from distributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.utils import check_random_state

from shoal.space import Choice, Float, Int

DRAWN = 10
"""Candidates that are drawn by default."""


def candidates(param_grid: Any, n_iter: int | None, random_state: Any) -> list[dict[str, Any]]:
    """The candidates, each a mapping of parameters to values.

    Args:
        param_grid: as `ShoalSearchCV` takes it.
        n_iter: how many to draw; None: every combination of the grid, or `DRAWN` where
            some parameter has a distribution or a range.
        random_state: of the draws.

    Raises:
        ValueError, TypeError: no grid, as scikit-learn says it.
    """
    given = [param_grid] if isinstance(param_grid, Mapping) else param_grid
    drawn = isinstance(given, Sequence) and any(
        isinstance(one, Mapping) and any(map(_is_open, one.values())) for one in given
    )
    if n_iter is None and not drawn:
        return list(ParameterGrid(param_grid))
    drawable = [
        {name: _Drawn(value) if _is_range(value) else value for name, value in one.items()}
        for one in given
    ]
    count = DRAWN if n_iter is None else n_iter
    return list(ParameterSampler(drawable, count, random_state=random_state))


def _is_range(value: Any) -> bool:
    return isinstance(value, Float | Int | Choice)


def _is_open(value: Any) -> bool:
    return _is_range(value) or hasattr(value, "rvs")


class _Drawn:
    """A range as a distribution of SciPy's: uniform, over the logarithm where it is so."""

    def __init__(self, values: Float | Int | Choice) -> None:
        self.values = values

    def rvs(self, random_state: Any = None) -> Any:
        """A value of the range."""
        found = self.values.from_unit(float(check_random_state(random_state).uniform()))
        return self.values.options[int(found)] if isinstance(self.values, Choice) else found
