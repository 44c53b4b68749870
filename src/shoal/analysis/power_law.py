"""The power law of learning curves, fitted robustly, with intervals by bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from shoal.utils.text import number_text, short_repr

Array = npt.NDArray[np.float64]

EXPONENTS = (0.05, 2.0)
"""The least and the largest exponent c that a fit may take."""

RESAMPLES = 500
"""Bootstrap samples."""

HUBER = 1.345
"""Residuals beyond this many standard deviations count linearly: 95 % efficiency if none is odd."""

GRID = 40
"""Exponents that are tried; the best is then refined."""


@dataclass(frozen=True, eq=False)
class PowerLaw:
    r"""Error by number of training rows: :math:`e(n) = a + b\,n^{-c}`.

    a is the error that no amount of data takes away, c how fast the rest goes.

    Attributes:
        a, b, c: a ≥ 0, b ≥ 0, c within `EXPONENTS`.
        samples: a, b and c of the bootstrap samples, shape (samples, 3).
        seeds: of which they were drawn.
    """

    __repr__ = short_repr

    a: float
    b: float
    c: float
    samples: Array
    seeds: int

    def __str__(self) -> str:
        a, b, c = number_text(self.a, 3), number_text(self.b, 3), number_text(self.c, 2)
        return f"{a} + {b} · n^-{c}"

    def __call__(self, n: npt.ArrayLike) -> Array:
        """The error at n rows, of n's shape."""
        return self.a + self.b * np.asarray(n, np.float64) ** -self.c

    def interval(self, n: npt.ArrayLike) -> tuple[Array, Array]:
        """The 95 % interval of the error at n rows: lower and upper, each of n's shape."""
        low, high = self._around(self(n), self._sampled(n))
        return np.maximum(low, 0.0), high

    def gain(self, before: float, after: float) -> tuple[float, float, float]:
        """What goes from the error between two sizes, as a share of it: with its interval."""
        found, sampled = self([before, after]), self._sampled([before, after])
        share = _lost(found)
        low, high = self._around(share, _lost(sampled))
        return float(share), max(float(low), 0.0), min(float(high), 1.0)

    def _around(self, value: Array, sampled: Array) -> tuple[Array, Array]:
        """Student's interval, with the bootstrap's standard error."""
        half = float(stdtrit(max(self.seeds - 1, 1), 0.975)) * sampled.std(axis=0)
        return value - half, value + half

    def _sampled(self, n: npt.ArrayLike) -> Array:
        """The error at n rows of each bootstrap sample, shape (samples, *n's)."""
        sizes = np.asarray(n, np.float64)
        a, b, c = (column.reshape(-1, *[1] * sizes.ndim) for column in self.samples.T)
        found: Array = a + b * sizes[np.newaxis] ** -c
        return found

    def to_json(self) -> dict[str, Any]:
        """The numbers, with their intervals."""
        values = np.array([self.a, self.b, self.c])
        low, high = self._around(values, self.samples)
        low, high = (
            np.maximum(low, [0, 0, EXPONENTS[0]]),
            np.minimum(high, [np.inf, np.inf, EXPONENTS[1]]),
        )
        return {
            name: {"value": float(values[i]), "interval": [float(low[i]), float(high[i])]}
            for i, name in enumerate("abc")
        }


def _lost(errors: Array) -> Array:
    """The share of the first error of each pair that the second has no more; 0 of nothing."""
    first, second = errors[..., 0], errors[..., 1]
    lost: Array = np.where(first > 0, 1 - second / np.where(first > 0, first, 1.0), 0.0)
    return lost


def fit_power_law(sizes: Any, errors: Any, *, seed: int = 0) -> PowerLaw:
    r"""Fit a power law to errors of several seeds at several sizes.

    .. math:: \min_{a, b \ge 0,\; c} \sum_{k,s}
        \rho\!\left(\frac{e_{ks} - a - b\,n_k^{-c}}{\sigma\, \tilde e_k}\right)

    with Huber's ρ, so that no single training decides, relative to the median error
    at each size, so that small errors count as much as large ones, and σ from the
    scatter within sizes. For each c the best a and b have a formula, so that the
    minimum is found over c alone and no start has to be guessed. A seed has one
    nested series of samples, so that the bootstrap draws whole seeds. Of few seeds,
    its percentiles would be too narrow an interval: it draws one fewer than there are,
    and its standard error goes into Student's interval.

    Args:
        sizes: training rows, n_k, shape (sizes,); at least three different ones.
        errors: e_ks ≥ 0, shape (sizes, seeds); NaN where a training came to nothing.
        seed: of the bootstrap.

    Raises:
        ValueError: fewer than three sizes have an error.

    Source: Cortes et al., *Learning curves: asymptotic values and rate of
    convergence* (1993); Hestness et al., *Deep learning scaling is predictable,
    empirically* (2017); Huber, *Robust statistics* (1981), chapter 7; Hesterberg,
    *What teachers should know about the bootstrap* (2015), section 3.
    """
    n, e = np.asarray(sizes, np.float64), np.asarray(errors, np.float64)
    known = np.isfinite(e).any(axis=1)
    n, e = n[known], e[known]
    if len(np.unique(n)) < 3:
        raise ValueError("a power law needs errors at three sizes or more")
    seeds = e.shape[1]
    draws = max(seeds - 1, 1)
    rng = np.random.default_rng([seed, 0xB007])
    counts = rng.multinomial(draws, np.full(seeds, 1 / seeds), size=RESAMPLES)
    draws_once, which = np.unique(counts, axis=0, return_inverse=True)  # few seeds repeat
    weights = np.concatenate([np.ones((1, seeds)), draws_once])
    # Sizes are taken relative to the largest: b n^-c is then of the errors' order.
    found = _fits(n / n.max(), e, weights)
    found[:, 1] *= n.max() ** found[:, 2]
    a, b, c = (float(value) for value in found[0])
    return PowerLaw(a, b, c, found[1:][which], seeds)


def _fits(z: Array, errors: Array, weights: Array) -> Array:
    """a, b and c for each row of weights of seeds, shape (rows, 3)."""
    middle = np.nanmedian(errors, axis=1, keepdims=True)
    unit = np.maximum(middle, max(1e-3 * float(middle.max()), 1e-12))
    scatter = 1.4826 * float(np.nanmedian(np.abs(errors - middle) / unit))
    unit = unit * max(scatter, 1e-4)
    y = np.nan_to_num(errors / unit)
    present = np.isfinite(errors).astype(np.float64)
    found = np.empty((len(weights), 3))
    for row, own in enumerate(weights):
        weight = present * own
        if not ((weight.sum(axis=1) > 0).sum() >= 3):  # the drawn seeds diverged
            weight = present
        exponents = np.geomspace(*EXPONENTS, GRID)
        for _ in range(3):  # the grid, then twice finer around the best
            a, b, cost = _profile(z, y, 1 / unit, weight, exponents)
            best = int(cost.argmin())
            found[row] = a[best], b[best], exponents[best]
            around = exponents[max(best - 1, 0)], exponents[min(best + 1, len(exponents) - 1)]
            exponents = np.geomspace(*around, 9)
    return found


def _profile(
    z: Array, y: Array, inverse: Array, weight: Array, exponents: Array
) -> tuple[Array, Array, Array]:
    """The best a and b for each exponent, and what they cost; each of shape (exponents,).

    Args:
        z: relative sizes, (sizes,).
        y: errors in units of their scatter, (sizes, seeds).
        inverse: one over these units, (sizes, 1).
        weight: of each training, (sizes, seeds).
        exponents: to try.
    """
    power = z[np.newaxis, :] ** -exponents[:, np.newaxis]
    p, q = inverse[np.newaxis], power[..., np.newaxis] * inverse[np.newaxis]
    weights, observed = weight[np.newaxis], y[np.newaxis]
    robust = np.ones((len(exponents), *y.shape))
    for _ in range(8):  # iteratively reweighted least squares
        w = weights * robust
        pp, pq, qq, py, qy = (
            (w * part).sum(axis=(1, 2))
            for part in (p * p, p * q, q * q, p * observed, q * observed)
        )
        b = (pp * qy - pq * py) / np.maximum(pp * qq - pq * pq, 1e-300)
        b = np.clip(b, 0.0, qy / qq)  # beyond: a would be negative
        a = np.maximum((py - b * pq) / pp, 0.0)
        off = np.abs(observed - a[:, None, None] * p - b[:, None, None] * q)
        robust = np.minimum(1.0, HUBER / np.maximum(off, 1e-12))
    cost = np.where(off <= HUBER, 0.5 * off**2, HUBER * (off - 0.5 * HUBER))
    return a, b, (weights * cost).sum(axis=(1, 2))
