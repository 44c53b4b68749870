"""Normal quantiles of ranks, of operators that ONNX has."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
from numpy.polynomial import Chebyshev, Polynomial

from shoal.data.columns.number_scaling import RAREST
from shoal.export.onnx.graph import DOUBLE, INT64, Graph

Numbers = npt.NDArray[np.float64]

MIDDLE = 0.425
"""Shares closer to one half than this are in the middle, the others in the tails."""


def normal_scores(graph: Graph, x: str, quantiles: tuple[float, ...]) -> str:
    """As `shoal.data.columns.number_scaling.normal_scores`, of 64-bit numbers (batch, 1)."""
    ends = graph.constant(quantiles, DOUBLE, name="quantiles")
    row = graph.constant(np.array(quantiles)[np.newaxis], DOUBLE, name="quantiles")
    low, high = graph.number(quantiles[0], DOUBLE), graph.number(quantiles[-1], DOUBLE)
    x = graph.add("Min", graph.add("Max", x, low), high)
    first = _count(graph, graph.add("Less", row, x))
    last = graph.add("Sub", _count(graph, graph.add("LessOrEqual", row, x)), _whole(graph, 1))
    there = graph.add("LessOrEqual", first, last)
    above, below = (graph.add("Gather", ends, place) for place in (first, last))
    width = graph.add("Where", there, _real(graph, 1.0), graph.add("Sub", above, below))
    share = graph.add("Div", graph.add("Sub", x, below), width)
    way = graph.add("Where", there, _real(graph, 0.5), share)
    gap = graph.cast(graph.add("Sub", first, last), DOUBLE)
    rank = graph.add("Add", graph.cast(last, DOUBLE), graph.add("Mul", way, gap))
    share = graph.add("Div", rank, _real(graph, len(quantiles) - 1))
    top = graph.add("GreaterOrEqual", x, high)
    share = graph.add("Where", top, _real(graph, 1.0), share)
    share = graph.add("Where", graph.add("LessOrEqual", x, low), _real(graph, 0.0), share)
    return _normal_quantile(graph, share)


def _normal_quantile(graph: Graph, share: str) -> str:
    """The normal quantile of a share, by a polynomial in the middle and one in the tails."""
    least, most = _real(graph, RAREST), _real(graph, 1.0 - RAREST)
    share = graph.add("Min", graph.add("Max", share, least), most)
    from_half = graph.add("Sub", share, _real(graph, 0.5))
    middle, tail, (low, high) = _polynomials()
    square = graph.add("Mul", from_half, from_half)
    within = graph.add("Min", square, _real(graph, MIDDLE**2))
    near = graph.add("Mul", from_half, _value(graph, middle, within, (0.0, MIDDLE**2)))
    rest = graph.add("Min", share, graph.add("Sub", _real(graph, 1.0), share))
    rest = graph.add("Min", rest, _real(graph, 0.5 - MIDDLE))
    depth = graph.add("Sqrt", graph.add("Neg", graph.add("Log", rest)))
    far = graph.add("Mul", _value(graph, tail, depth, (low, high)), graph.add("Sign", from_half))
    inside = graph.add("LessOrEqual", graph.add("Abs", from_half), _real(graph, MIDDLE))
    return graph.add("Where", inside, near, far)


@cache
def _polynomials() -> tuple[Numbers, Numbers, tuple[float, float]]:
    r"""Polynomials that interpolate the normal quantile at Chebyshev's nodes.

    In the middle of quantile / q by :math:`q^2`, q the share less one half; in the tails of
    the quantile by :math:`\sqrt{-\log p}`, p the smaller share. Both are analytic there, and
    the polynomials within 10⁻¹⁰ of them. And the ends of the tails.
    """
    from scipy.special import ndtri

    def middle(square: Numbers) -> Numbers:
        q = np.maximum(np.sqrt(square), 1e-6)
        return np.asarray(ndtri(0.5 + q) / q)

    def tail(depth: Numbers) -> Numbers:
        return np.asarray(-ndtri(np.exp(-(depth**2))))

    ends = float(np.sqrt(-np.log(0.5 - MIDDLE))), float(np.sqrt(-np.log(RAREST)))
    return _fitted(middle, 24), _fitted_between(tail, ends, 20), ends


def _fitted(function: Callable[[Numbers], Numbers], degree: int) -> Numbers:
    return _fitted_between(function, (0.0, MIDDLE**2), degree)


def _fitted_between(
    function: Callable[[Numbers], Numbers], ends: tuple[float, float], degree: int
) -> Numbers:
    """Coefficients by powers of what goes from −1 to 1 between the ends."""
    low, high = ends
    found = Chebyshev.interpolate(lambda t: function((t + 1) * (high - low) / 2 + low), degree)
    return np.asarray(found.convert(kind=Polynomial).coef)


def _value(graph: Graph, coefficients: Numbers, x: str, ends: tuple[float, float]) -> str:
    """A polynomial's value, by Horner's rule."""
    center, half = sum(ends) / 2, (ends[1] - ends[0]) / 2
    t = graph.add("Div", graph.add("Sub", x, _real(graph, center)), _real(graph, half))
    value = graph.add("Mul", t, _real(graph, coefficients[-1]))
    for coefficient in coefficients[-2:0:-1]:
        value = graph.add("Mul", graph.add("Add", value, _real(graph, coefficient)), t)
    return graph.add("Add", value, _real(graph, coefficients[0]))


def _count(graph: Graph, booleans: str) -> str:
    return graph.reduce("ReduceSum", graph.cast(booleans, INT64), 1, keep=True)


def _whole(graph: Graph, number: int) -> str:
    return graph.number(number, INT64)


def _real(graph: Graph, number: float) -> str:
    return graph.number(number, DOUBLE)
