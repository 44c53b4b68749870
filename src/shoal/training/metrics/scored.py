"""What metrics are made of: a batch, and what a network said of it."""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple

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
