"""Where methods stand over sets: mean rank, normalized error, error relative to one method.

The error of a method on a set is the mean over the set's splits of its root mean squared
error, or of its share of wrong classes. On each set, of the methods that are compared,

- the *rank* is 1 for the smallest error; equal errors share the mean of their ranks;
- the *normalized error* is min(1, (e − best) / (median − best)) with the smallest and the
  median error: 0 for the best method, 1 for those in the worse half (0 where the median
  is the best);
- the *relative error* is e / e of the reference; its mean over sets is the geometric one.
  A set on which the reference has no error at all has no relative error.

Intervals are of 95 %, from 4,000 bootstrap samples of the sets: they say how much hangs on
which sets were looked at, not how much on the splits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

SAMPLES = 4000

Errors = Mapping[str, Sequence[float]]
"""By method, its error on each set, in one order of the sets."""


@dataclass(frozen=True)
class Interval:
    """A mean over sets with its bootstrap interval."""

    mean: float
    low: float
    high: float


def ranks(errors: np.ndarray) -> np.ndarray:
    """Ranks of errors of shape (methods, sets), within each set."""
    return np.asarray(rankdata(errors, axis=0))


def normalized(errors: np.ndarray) -> np.ndarray:
    """Normalized errors of errors of shape (methods, sets)."""
    best = errors.min(axis=0)
    room = np.median(errors, axis=0) - best
    above = errors - best
    scaled = np.divide(above, room, out=np.ones_like(above), where=room > 0)
    return np.where(above == 0, 0.0, np.minimum(scaled, 1.0))


def relative(errors: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Logarithms of e / reference; NaN where the reference is 0, or e is."""
    usable = (errors > 0) & (reference > 0)
    ratio = np.divide(errors, reference, out=np.full_like(errors, np.nan), where=usable)
    return np.log(ratio)


def interval(
    values: np.ndarray, of_mean: Callable[[np.ndarray], np.ndarray] = np.asarray, seed: int = 0
) -> Interval:
    """The mean of one value a set, NaN left out, and how far it moves with the sets.

    Args:
        values: of shape (sets,).
        of_mean: what is done with each mean, such as `np.exp`.
        seed: of the bootstrap.
    """
    values = np.asarray(values, float)
    values = values[~np.isnan(values)]
    if not len(values):
        return Interval(float("nan"), float("nan"), float("nan"))
    drawn = np.random.default_rng(seed).integers(0, len(values), (SAMPLES, len(values)))
    low, high = np.quantile(of_mean(values[drawn].mean(axis=1)), [0.025, 0.975])
    return Interval(float(of_mean(values.mean())), float(low), float(high))


@dataclass(frozen=True)
class Standing:
    """One method over all sets."""

    rank: Interval
    ahead: Interval
    normalized: Interval
    relative: Interval


def standings(errors: Errors, reference: str | None) -> dict[str, Standing]:
    """Every method, in the order given.

    Args:
        errors: of the methods that are compared, on the same sets.
        reference: a method among them; None: nothing is relative to it.
    """
    table = np.array([list(errors[method]) for method in errors], float)
    rank, norm = ranks(table), normalized(table)
    base = None if reference is None else table[list(errors).index(reference)]
    found = {}
    for i, method in enumerate(errors):
        nothing = np.full(table.shape[1], np.nan)
        same = base is None or method == reference
        found[method] = Standing(
            interval(rank[i]),
            interval(nothing if same else (table[i] < base).astype(float)),
            interval(norm[i]),
            interval(nothing if base is None else relative(table[i], base), np.exp),
        )
    return found


def versus(errors: Errors, first: str, second: str) -> tuple[int, int, Interval]:
    """Sets on which the first is ahead, on which the second is, and e of first / e of second."""
    a, b = np.array(errors[first], float), np.array(errors[second], float)
    return int((a < b).sum()), int((b < a).sum()), interval(relative(a, b), np.exp)
