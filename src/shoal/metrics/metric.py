"""The protocol of metrics: sums over batches, and what is made of them in the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal, NamedTuple

import jax.numpy as jnp
import numpy as np

Array = Any
"""A NumPy array on the host, a jax array inside the compiled program: metrics take either."""


class Scored(NamedTuple):
    """A batch of examples with a network's outputs and losses.

    Attributes:
        outputs: what the loss reads of the network (`Loss.readout`): scores of
            classes (batch, …, classes) or labels (batch, labels), or values
            (batch, targets).
        targets: classes of shape (batch, …), labels of shape (batch, labels), or
            values of shape (batch, targets); negative classes and labels are not known.
        losses: of each example, shape (batch,).
        weight: how much each example counts, 0 for padding; shape (batch,).
        counted: whether the loss counts it (`Loss.counted`); shape (batch,).
        probabilities: whether the softmax of the scores (of labels, the sigmoid)
            are probabilities.
    """

    outputs: Array
    targets: Array
    losses: Array
    weight: Array
    counted: Array
    probabilities: bool = True

    @property
    def np(self) -> ModuleType:
        """NumPy, or jax's, whichever the arrays are of."""
        return np if isinstance(self.outputs, np.ndarray) else jnp

    def total(self, weight: Array, where: Array, axis: Any = None) -> Array:
        """The sum of a weight where something is the case."""
        return self.np.where(where, weight, self.np.zeros_like(weight)).sum(axis=axis)

    def log_probabilities(self) -> Array:
        """The logarithm of each class's probability, with the largest taken out first."""
        shifted = self.outputs - self.outputs.max(axis=-1, keepdims=True)
        return shifted - self.np.log(self.np.exp(shifted).sum(axis=-1, keepdims=True))

    def log_sigmoids(self) -> tuple[Array, Array]:
        """The logarithms of the probabilities of yes and of no, for each label."""
        softplus = self.np.logaddexp(self.np.zeros_like(self.outputs), -abs(self.outputs))
        positive = self.np.maximum(self.outputs, 0.0)
        return self.outputs - positive - softplus, -positive - softplus

    def at_class(self, values: Array) -> Array:
        """Of values for each class those of the true one; 0 where it is not known."""
        classes = self.np.arange(values.shape[-1], dtype=self.targets.dtype)
        hot = self.targets[..., None] == classes.reshape((1,) * self.targets.ndim + (-1,))
        return self.np.where(hot, values, 0.0).sum(axis=-1)


Direction = Literal["minimize", "maximize"]

Sums = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Units:
    """What turns sums over standardized targets into what the user wants to know.

    Attributes:
        scale: for each target, how many of its units a standardized 1 is.
        variance: for each target, its variance over the split, standardized.
        positive: of two classes, the place of the one that IoU, Dice and F1 are of.
    """

    scale: np.ndarray
    variance: np.ndarray
    positive: int = 1


@dataclass(frozen=True)
class Measure:
    """Metrics that are made of the same sums over a split.

    Attributes:
        name: tells its sums from those of others.
        directions: its metrics, and which way is better.
        sums: what a batch adds.
        metrics: the metrics, from the sums over the whole split.
        usual: whether it is computed every epoch; else only where it is the
            objective, and for a finished model.
        whole: whether it is no sum but keeps something of each example.
        probabilities: whether it is of probabilities, which some losses do not give.
        least_classes: classes that it needs to say anything.
        of_classes: what can be told of each class, from the sums over the whole split:
            arrays of shape (classes,), NaN where there is nothing to tell.
    """

    name: str
    directions: Mapping[str, Direction]
    sums: Callable[[Scored], dict[str, Any]]
    metrics: Callable[[Sums, Units], dict[str, float]]
    usual: bool = True
    whole: bool = False
    probabilities: bool = False
    least_classes: int = 0
    of_classes: Mapping[str, Callable[[Sums], np.ndarray]] = field(default_factory=dict)


def ratio(over: Any, under: Any) -> Any:
    """A quotient; 0 where there is nothing to divide by."""
    under = np.asarray(under, np.float64)
    return np.asarray(over, np.float64) / np.where(under > 0, under, np.inf)


def share(over: Any, under: Any) -> float:
    """One number of `ratio`; every lane asks for some after every epoch."""
    whole = float(under)
    return float(over) / (whole if whole > 0 else math.inf)


def _sums(batch: Scored) -> dict[str, Any]:
    # A padded row may hold anything, also what has no finite loss.
    counts = batch.weight * batch.counted
    losses = batch.np.where(counts > 0, batch.losses, batch.np.zeros_like(batch.losses))
    return {"total": (losses * counts).sum(), "weight": counts.sum()}


def _metrics(sums: Sums, units: Units) -> dict[str, float]:
    return {"loss": share(sums["total"], sums["weight"])}


LOSS = Measure("loss", {"loss": "minimize"}, _sums, _metrics)
"""``loss``: what training minimizes, the weighted mean over the examples that count."""
