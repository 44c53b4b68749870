"""Parzen estimators: densities over a mixed space, made of a kernel at each of some points."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int64
from scipy.special import ndtr, ndtri

from shoal.space import Choice, Point, Space

Rows = Float64[np.ndarray, "points size"]
"""Points as rows: a number by its place in [0, 1], a choice by its index, NaN where not active."""

WIDEST, NARROWEST = 0.2, 0.06
"""Bounds of a kernel's standard deviation, as shares of the range."""

ANEW = 0.2
"""The chance that the kernel of a choice draws any option."""


def rows_of(space: Space, points: Sequence[Point]) -> Rows:
    """The points as rows."""
    rows = np.full((len(points), len(space)), math.nan)
    for row, point in zip(rows, points, strict=True):
        for i, entry in enumerate(space):
            if entry.name in point:
                value = point[entry.name]
                row[i] = value if isinstance(entry.range, Choice) else entry.range.to_unit(value)
    return rows


def point_of(space: Space, row: Float64[np.ndarray, " size"]) -> Point:
    """The point of a row whose values are all filled in."""
    point: Point = {}
    for entry, value in zip(space, row.tolist(), strict=True):
        if entry.active(point):
            chosen = isinstance(entry.range, Choice)
            point[entry.name] = int(value) if chosen else entry.range.from_unit(value)
    return point


class Parzen:
    """For each hyperparameter, the even mixture of the uniform density and a kernel a point.

    A number's kernel is a normal density, cut off at the ends of the range; that
    of a choice keeps its option, or with chance `ANEW` takes any. A point
    that has no value there, as its choices do not lead to it, has the uniform kernel.

    Source: Bergstra and others, "Algorithms for hyper-parameter optimization",
    NIPS 24 (2011), section 4; widths: Scott, "Multivariate density
    estimation" (1992), section 6.2.

    Args:
        space: the space.
        centers: the points, as rows.
    """

    def __init__(self, space: Space, centers: Rows) -> None:
        counts = [len(e.range.options) if isinstance(e.range, Choice) else 0 for e in space]
        self._options: Int64[np.ndarray, " size"] = np.array(counts, np.int64)
        self._centers = centers
        # What is not a place has none in the normal's formulas, which are not read there.
        self._places = np.where((self._options > 0) | np.isnan(centers), 0.5, centers)
        self._width = _widths(centers)

    def draw(self, rng: np.random.Generator, count: int) -> Rows:
        """That many rows, every value of them filled in."""
        shape = (count, len(self._options))
        uniform = rng.random(shape)
        uniform = np.where(self._options > 0, np.floor(uniform * self._options), uniform)
        which = rng.integers(len(self._centers) + 1, size=shape)
        near = self._near(rng, np.minimum(which, len(self._centers) - 1), uniform)
        return np.where(which < len(self._centers), near, uniform)

    def _near(
        self, rng: np.random.Generator, which: Int64[np.ndarray, "points size"], uniform: Rows
    ) -> Rows:
        """Draws of these kernels."""
        columns = np.arange(len(self._options))
        center, place = self._centers[which, columns], self._places[which, columns]
        low, high = ndtr(-place / self._width), ndtr((1.0 - place) / self._width)
        u, anew = rng.random(which.shape), rng.random(which.shape) < ANEW
        number = np.clip(place + self._width * ndtri(low + u * (high - low)), 0.0, 1.0)
        near = np.where(self._options > 0, np.where(anew, uniform, center), number)
        return np.where(np.isnan(center), uniform, near)

    def log_density(self, rows: Rows) -> Float64[np.ndarray, " points"]:
        """The logarithm of the density at each row, over what is active there."""
        x, options = rows[:, None, :], np.maximum(self._options, 1)
        cut = ndtr((1.0 - self._places) / self._width) - ndtr(-self._places / self._width)
        bell = np.exp(-0.5 * ((x - self._places) / self._width) ** 2)
        number = bell / (self._width * math.sqrt(2.0 * math.pi) * cut)
        option = ANEW + options * (1.0 - ANEW) * (x == self._centers)
        kernel = np.where(self._options > 0, option, number)
        kernel = np.where(np.isnan(x) | np.isnan(self._centers), 1.0, kernel)
        mixture = (kernel.sum(axis=1) + 1.0) / (len(self._centers) + 1)
        density: Float64[np.ndarray, " points"] = np.log(mixture).sum(axis=-1)
        return density


def _widths(centers: Rows) -> Float64[np.ndarray, " size"]:
    """Standard deviations of the kernels, by hyperparameter."""
    widths = np.full(centers.shape[1], WIDEST)
    for i, column in enumerate(centers.T):
        known = column[~np.isnan(column)]
        if len(known) > 1:
            scott = float(known.std()) * len(centers) ** (-1.0 / (centers.shape[1] + 4))
            widths[i] = min(max(scott, NARROWEST), WIDEST)
    return widths
