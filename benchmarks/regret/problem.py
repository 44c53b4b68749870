"""A problem: a space and what each of its points costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from shoal.space import Point, Space, host

SAMPLES = 4001
"""Uniform points whose median is the cost of guessing."""


@dataclass(frozen=True, eq=False)
class Axes:
    """Holds the ranges of a problem; each has a name of its own."""

    ranges: tuple[Any, ...] = host(())


@dataclass(frozen=True, eq=False)
class Problem:
    """Something to minimize of which the least value is known.

    Attributes:
        family: hpobench, hpolib, nasbench201 or functions.
        name: within the family.
        ranges: the hyperparameters, each with a name.
        cost: of a point.
        least: the smallest cost that there is.
    """

    family: str
    name: str
    ranges: tuple[Any, ...]
    cost: Callable[[Point], float]
    least: float
    space: Space = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "space", Space(Axes(self.ranges)))

    @cached_property
    def usual(self) -> float:
        """The median cost of uniform points."""
        rng = np.random.default_rng(0)
        units = rng.random((SAMPLES, len(self.space))).tolist()
        return float(np.median([self.cost(self.space.from_unit(u)) for u in units]))

    def regret(self, cost: float) -> float:
        """0 for the best point that there is, 1 for a guess."""
        return (cost - self.least) / (self.usual - self.least)
