"""Changing the hyperparameters of a network that is being trained, and nothing else of it."""

from __future__ import annotations

import numpy as np

from shoal.space import Choice, Float, Int, Point, Range, Role, Space

RESAMPLED = 0.25
"""Chance that a value is drawn anew."""

FACTORS = (0.8, 1.2)
"""By which a value of a logarithmic range moves down or up."""

STEP = 0.1
"""By which another moves, as a share of its range."""


def explored(space: Space, point: Point, rng: np.random.Generator) -> Point | None:
    """The point with its traced values changed, at least one of them; None if it has none.

    Each number changes; a category does if it is drawn anew as another.
    """
    names = [e for e in space if e.role == Role.TRACED and e.name in point]
    if not names:
        return None
    new = dict(point)
    while new == point:  # all that may change are categories, and none was drawn
        new |= {e.name: _explored(e.range, point[e.name], rng) for e in names}
    return new


def _explored(values: Range, value: float, rng: np.random.Generator) -> int | float:
    if rng.random() < RESAMPLED:
        return values.from_unit(float(rng.random()))
    if isinstance(values, Choice):
        return value
    up = bool(rng.random() < 0.5)
    moved = _moved(values, value, up=up)
    return moved if moved != value else _moved(values, value, up=not up)  # back from the end


def _moved(values: Float | Int, value: float, *, up: bool) -> int | float:
    if values.log:
        new = value * FACTORS[up]
    else:
        new = value + (STEP if up else -STEP) * (values.high - values.low)
    if isinstance(values, Int):
        new = max(round(new), value + 1) if up else min(round(new), value - 1)
    return min(max(new, values.low), values.high)
