"""How numbers are scaled: by moments, by quartiles, or by their ranks."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal, cast, get_args

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError
from shoal.utils.schema import finite


def mean_and_scale(x: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean and population standard deviation over the first axis.

    A constant column has scale 1, so that standardizing it gives zeros and not
    rounding errors blown up.

    Args:
        x: finite numbers of shape (n, ...), n at least 1.

    Returns:
        Two float64 arrays of shape (...).
    """
    x = np.asarray(x, np.float64)
    # Scaled to at most 1 first: the square of a large finite number is infinite.
    largest = np.abs(x).max(axis=0)
    unit = np.where(largest > 0, largest, 1.0)
    mean = (x / unit).mean(axis=0) * unit
    scale = (x / unit).std(axis=0) * unit
    constant = (x == x[:1]).all(axis=0) | (scale == 0)
    return np.where(constant, x[0], mean), np.where(constant, 1.0, scale)


ROUNDING = 64 * float(np.finfo(np.float64).eps)
"""Numbers whose relative difference is no greater than this differ by rounding."""


def varies(low: npt.NDArray[Any] | float, high: npt.NDArray[Any] | float) -> Any:
    """Whether what lies between these bounds differs by more than rounding does."""
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    largest = np.maximum(np.abs(low), np.abs(high))
    with np.errstate(over="ignore"):
        return high - low > ROUNDING * largest


def far_outside(values: Any, low: Any, high: Any) -> Any:
    """Where values lie further outside of these bounds than the bounds are apart."""
    with np.errstate(over="ignore", invalid="ignore"):
        width = np.asarray(high) - np.asarray(low)
        return (values > high + width) | (values < low - width)


Scaling = Literal["standard", "robust", "quantile"]
"""(x − mean) / standard deviation; (x − median) / distance of the quartiles, smoothly clipped;
or the quantile of the normal distribution that belongs to the share of smaller values."""

SCALINGS: tuple[str, ...] = get_args(Scaling)

CLIP = 3.0
"""What a robustly scaled number comes close to, however large it is."""

MOST_QUANTILES = 256
"""Kept of a column: between them the share of smaller values goes in straight lines."""

HUGE = 1e300
"""Numbers beyond it may be further apart than any number is."""

RAREST = 1e-7
"""No value is taken for rarer than this: the normal quantile of 0 is infinite."""

Numbers = npt.NDArray[np.float64]


def checked_scaling(scaling: Any, where: str) -> Scaling:
    """The scaling, if it is one.

    Raises:
        DataError: it is none.
    """
    if not isinstance(scaling, str) or scaling not in SCALINGS:
        raise DataError(
            "a scaling is known by name",
            expected=" or ".join(SCALINGS),
            received=repr(scaling),
            where=where,
        )
    return cast("Scaling", scaling)


def center_and_scale(x: npt.NDArray[Any], scaling: Scaling) -> tuple[Numbers, Numbers]:
    """What is subtracted from the numbers, and by what they are divided then.

    Robust: the median and the distance of the quartiles; where that is none, half of the
    range. A column that does not vary has scale 1.

    Args:
        x: finite numbers of shape (n, ...), n at least 1.
        scaling: how they are scaled.

    Returns:
        Two float64 arrays of shape (...).
    """
    if scaling != "robust":
        return mean_and_scale(x)
    x = np.asarray(x, np.float64)
    # Scaled to at most 1 first: the distance of two large finite numbers is infinite.
    largest = np.abs(x).max(axis=0)
    unit = np.where(largest > 0, largest, 1.0)
    low, first, median, third, high = np.quantile(x / unit, [0.0, 0.25, 0.5, 0.75, 1.0], axis=0)
    spread = np.where(varies(first, third), third - first, (high - low) / 2)
    scale = np.where(varies(low, high), spread, 1.0) * unit
    # Of the smallest numbers there are the distance may be none any more.
    return median * unit, np.where((scale > 0) & np.isfinite(scale), scale, 1.0)


def clipped(z: Numbers) -> Numbers:
    r"""Smoothly to less than 3: :math:`z / \sqrt{1 + (z / 3)^2}`, near zero what it was.

    Source: Holzmüller, Grinsztajn, Steinwart, "Better by default: strong pre-tuned MLPs
    and boosted trees on tabular data", NeurIPS 2024.
    """
    z = np.clip(z, -HUGE, HUGE)
    return z / np.hypot(1.0, z / CLIP)


def quantiles_of(x: npt.NDArray[Any]) -> tuple[float, ...]:
    """The quantiles of a column's numbers at equal distances, from the least to the largest."""
    x = np.asarray(x, np.float64)
    if 2 <= len(x) <= MOST_QUANTILES:
        return tuple(np.sort(x).tolist())
    shares = np.linspace(0.0, 1.0, MOST_QUANTILES if len(x) > 1 else 2)
    unit = _unit(x)
    found = np.quantile(x / unit, shares) * unit
    return tuple(np.maximum.accumulate(np.clip(found, x.min(), x.max())).tolist())


def _unit(x: npt.NDArray[Any]) -> float:
    """By what numbers are divided so that no distance is infinite; exactly, so that ties stay."""
    return 4.0 if np.abs(x).max() > HUGE else 1.0


def normal_scores(x: npt.NDArray[Any], quantiles: tuple[float, ...]) -> Numbers:
    """For each number the normal quantile of its share in the training values.

    Between two quantiles the share goes in a straight line; where several are equal it is
    the middle of theirs. What is beyond all of them has the score of the rarest, ±5.2.
    """
    from scipy.special import ndtri

    ends = np.array(quantiles)
    unit = _unit(ends)
    ends, x = ends / unit, np.asarray(x, np.float64) / unit
    x = np.clip(x, ends[0], ends[-1])
    first, last = np.searchsorted(ends, x, "left"), np.searchsorted(ends, x, "right") - 1
    # Where the number is a quantile, the first and the last of those that are equal to it;
    # elsewhere that above it and that below.
    there = first <= last
    width = np.where(there, 1.0, ends[first] - ends[last])
    way = np.where(there, 0.5, (x - ends[last]) / width)
    rank = last + way * (first - last)
    share = np.where(x <= ends[0], 0.0, np.where(x >= ends[-1], 1.0, rank / (len(ends) - 1)))
    return cast("Numbers", ndtri(np.clip(share, RAREST, 1.0 - RAREST)))


def scaled(
    x: npt.NDArray[Any],
    center: float | tuple[float, ...],
    scale: float | tuple[float, ...],
    scaling: Scaling,
    quantiles: tuple[float, ...] = (),
) -> Numbers:
    """The numbers as the network gets them.

    Args:
        x: finite numbers; of a column alone where there are quantiles.
        center: what is subtracted.
        scale: by what the rest is divided.
        scaling: how they are scaled.
        quantiles: of the column, for ``quantile``.
    """
    if scaling == "quantile":
        return normal_scores(x, quantiles)
    with np.errstate(over="ignore"):
        z: Numbers = (np.asarray(x, np.float64) - np.array(center)) / np.array(scale)
    return clipped(z) if scaling == "robust" else z


def scaling_from_json(value: object) -> Scaling:
    """The scaling that a file names.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, str) or value not in SCALINGS:
        raise ValueError(f"a scaling of {', '.join(SCALINGS)}, not {value!r}")
    return cast("Scaling", value)


def quantiles_from_json(value: object, scaling: Scaling) -> tuple[float, ...]:
    """The quantiles that a file tells of a column, none where it needs none.

    Raises:
        TypeError, ValueError, OverflowError: they are no numbers that rise.
    """
    if not isinstance(value, list):
        raise TypeError(f"a list of quantiles, not {value!r}")
    numbers = tuple(finite(one) for one in value)
    wanted = len(numbers) >= 2 if scaling == "quantile" else not numbers
    if not wanted or any(a > b for a, b in pairwise(numbers)):
        raise ValueError("quantiles from the least to the largest, where they are the scaling")
    return numbers
