"""Embedding of numbers by the bins of their quantiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.nn.layer import Context, ParamSpec, Shape, check_field, whole_number
from shoal.nn.layers.number_embeddings import NumberEmbedding, check_numeric
from shoal.space import Choice, Int, static, width

BEYOND = 3.0
"""So many widths of the outermost bin a number counts beyond the values of training."""

NEAREST = 2.0**-20
"""Distance of two edges, as a share of the range, at least: float32 tells no more apart."""


@dataclass(frozen=True, eq=False)
class PiecewiseLinearEmbedding(NumberEmbedding):
    r"""How far each number of a table has come through each of its bins ("PLE").

    .. math:: h_{jt} = \min\Bigl(1,\; \max\Bigl(0,\; \frac{x_j - c_{j,t-1}}{c_{jt} - c_{j,t-1}}
        \Bigr)\Bigr) - \mu_{jt}, \qquad j = 1, \dots, n, \quad t = 1, \dots, T

    x of shape (batch, features); for each of the first n features T numbers, of all features
    one after another, and behind them x from feature n on as it is. A linear layer behind it
    is a piecewise linear function of each number, whose kinks lie where there are many rows.

    The edges c are fitted on the training rows (65,536 of them at most, drawn by chance): of
    a feature with at most T + 1 different values these values themselves. Else a value that has
    a share of the rows as large as an edge's gets an edge of its own, and what edges are left,
    two at least, are quantiles of the other rows: of a column that is mostly zero, the bins go
    to what is not.
    Bins that a feature does not have are 0 in all rows. Beyond the outermost edges the first
    and the last bin go on, for three of their widths. μ is the mean over the training rows,
    which a bias could as well take away: without it all units would begin with nearly the same
    large number. Neither is trained; both are stored with the model. Before it has seen rows,
    the edges are evenly spaced in [−3, 3].

    It stands directly on the network's input.

    Args:
        bins: T, bins of each feature at most; may be a range, lanes then mask.
        numeric: n, how many of the input's features are embedded, the first ones; None:
            those that are numbers where the layer stands on a table's inputs, else all.

    Raises:
        NetworkError: a field that is no whole number, more numeric features than there
            are, an input that is not flat, or another layer before it.

    Source: Gorishniy, Rubachev, Babenko, "On embeddings for numerical features in
    tabular deep learning", NeurIPS 2022, section 3.2.
    """

    kind: ClassVar[str] = "piecewise_linear_embedding"
    formula: ClassVar[str] = (
        r"@h[j] = \min(1, \max(0, @slope[j] (@x[j] - @edge[j]))) - @mean[j] "
        r"\quad (@numeric \text{ features, } @bins \text{ bins each})"
    )
    letters: ClassVar[Mapping[str, str]] = {"numeric": "n", "bins": "T"}

    bins: int | Int | Choice = width(48)
    numeric: int | Int | Choice | None = static(None)

    def __post_init__(self) -> None:
        check_field(self.bins, "bins")
        check_numeric(self.numeric)

    @property
    def learned(self) -> int:
        return whole_number(self.bins, "bins")

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        self.out_shape(*shapes)
        shape = (self.embedded(shapes[0][0]), self.learned)
        kept = ParamSpec(shape, ("in", "out"), decays=False, trained=False)
        return {"edge": kept, "slope": kept, "mean": kept} if shape[0] else {}

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        self.out_shape(*shapes)
        count, bins = self.embedded(shapes[0][0]), self.learned
        edges = np.linspace(-3.0, 3.0, bins + 1, dtype=np.float32)
        return _stacked([(*_steps(edges, bins), np.zeros(bins, np.float32))] * count)

    def adapt(self, params: Mapping[str, np.ndarray], inputs: np.ndarray) -> dict[str, np.ndarray]:
        count, bins = params["edge"].shape
        return _stacked([_fitted(np.sort(inputs[:, j]), bins) for j in range(count)])

    def multiply_adds(self, *shapes: Shape) -> int:
        return self.embedded(shapes[0][0]) * self.learned

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        if not params:
            return x
        slope = params["slope"]
        # The first bin goes on to the left and the last one that a feature has to the right.
        used = slope > 0
        after = jnp.concatenate([used[:, 1:], jnp.zeros_like(used[:, :1])], axis=1)
        first = jnp.arange(slope.shape[1])[None] == 0
        low = jnp.where(used & first, -BEYOND, 0.0).astype(x.dtype)
        high = jnp.where(used & ~after, 1.0 + BEYOND, 1.0).astype(x.dtype)
        numbers = x[:, : slope.shape[0], None]
        passed = (numbers - params["edge"][None]) * slope[None]
        return self.joined(
            jnp.clip(passed, low[None], high[None]) - params["mean"][None], x, context
        )


def _stacked(features: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> dict[str, np.ndarray]:
    """Edges, slopes and means of all features, by name."""
    if not features:
        return {}
    names = ("edge", "slope", "mean")
    return {
        name: np.stack(each) for name, each in zip(names, zip(*features, strict=True), strict=True)
    }


def _fitted(column: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lower edges, slopes and means of one feature's bins, zeros where it has fewer.

    Args:
        column: its training values, ascending.
        bins: how many there may be.
    """
    edges = _edges(column, bins)
    edge, slope = _steps(edges, bins)
    mean = np.zeros(bins, np.float32)
    if len(edges) > 1:
        # In a bin's mean a row above it counts 1, one within its share, one below nothing.
        at = np.searchsorted(column, edges)
        sums = np.concatenate([[0.0], np.cumsum(column, dtype=np.float64)])
        low, high = edges[:-1].astype(np.float64), edges[1:].astype(np.float64)
        within = sums[at[1:]] - sums[at[:-1]] - (at[1:] - at[:-1]) * low
        mean[: len(low)] = (len(column) - at[1:] + within / (high - low)) / len(column)
    return edge, slope, mean


def _steps(edges: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Lower edge of each bin and one over its width; zeros beyond the last edge."""
    edge, slope = np.zeros(bins, np.float32), np.zeros(bins, np.float32)
    edge[: len(edges) - 1] = edges[:-1]
    slope[: len(edges) - 1] = 1.0 / np.diff(edges.astype(np.float64))
    return edge, slope


def _edges(column: np.ndarray, bins: int) -> np.ndarray:
    """Ascending edges of at most that many bins: frequent values, quantiles of the others."""
    starts = np.flatnonzero(np.diff(column, prepend=-np.inf))
    edges, counts = column[starts], np.diff(starts, append=len(column))
    if len(edges) > bins + 1:
        often = _frequent(counts, bins + 1)
        others = np.repeat(edges[~often], counts[~often])
        left = bins + 1 - int(often.sum())
        place = np.linspace(0, len(others) - 1, left).round().astype(np.int64)
        edges = np.union1d(edges[often], others[place])
    least = np.float32(NEAREST) * (edges[-1] - edges[0])
    kept = [edges[0]]
    for edge in edges[1:]:
        if edge - kept[-1] > least:
            kept.append(edge)
    return np.array(kept, np.float32)


def _frequent(counts: np.ndarray, edges: int) -> np.ndarray:
    """Which values get an edge of their own: those with at least an edge's share of the rows.

    What is left is shared by the other values, whose share is smaller then, so that more
    of them may come up to it. Two edges at least are left for the ends of the others.
    """
    often = np.zeros(len(counts), bool)
    while (left := edges - int(often.sum())) > 0:
        new = ~often & (counts * left >= counts[~often].sum())
        if not new.any():
            break
        often |= new
    if left == 1:
        often[np.flatnonzero(often)[counts[often].argmin()]] = False
    return often
