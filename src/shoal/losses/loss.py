"""The protocol of a loss: what training minimizes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import RecipeError
from shoal.kernels import LabelCosts
from shoal.registry import RECIPE_PARTS, Component, Registry

if TYPE_CHECKING:
    from shoal.losses.weighted_sum import WeightedSum

LARGEST = 30.0
"""Where the tangent takes over: e^30 ≈ 10^13 is beyond any rate or precision of use."""


def tangent_exp(x: Array) -> Array:
    """The exponential of x, continued beyond x = 30 by its tangent there.

    Value and gradient stay finite for every input, and the gradient goes on
    pointing back.
    """
    inner = jnp.minimum(x, LARGEST)
    return jnp.exp(inner) * (1.0 + (x - inner))


TINY = 2.0**-126
"""The smallest float32 with all its digits: what keeps a quotient or a logarithm finite."""


@dataclass(frozen=True, eq=False)
class Loss(Component, ABC):
    """One number for each example; training minimizes the mean over the batch.

    Losses add up, and a number or a range weighs them:
    ``CrossEntropy() + Float(0.1, 2.0) * Dice()``.
    """

    registry: ClassVar[Registry] = RECIPE_PARTS
    shortcuts: ClassVar[Mapping[str, str]] = {"per_example": "is_label_cost"}
    tasks: ClassVar[tuple[str, ...]]
    """The tasks that it is for."""
    on_logits: ClassVar[bool] = False
    """Whether it takes what comes before a final softmax (or a sigmoid, where it reads
    outputs one by one); that activation is then fused into it."""
    on_threshold: ClassVar[bool] = False
    """Whether it takes what comes before a final heaviside."""
    one_by_one: ClassVar[bool] = False
    """Whether each output is a yes or no of its own, rather than a share of one whole."""
    probabilities: ClassVar[bool] = False
    """Whether the softmax of what `readout` gives are the classes' probabilities."""
    standardized: ClassVar[bool] = True
    """Whether the targets of a regression are standardized for it."""

    @abstractmethod
    def per_example(self, outputs: Array, targets: Array) -> Array:
        """The loss of each example.

        Args:
            outputs: shape (batch, outputs), or (batch, height, width, outputs)
                for a segmentation.
            targets: classes, integers of the outputs' shape without its last
                axis; or shares of classes, yes or no, or values: the outputs' shape.

        Returns:
            shape (batch,).
        """

    @abstractmethod
    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        """Raise RecipeError unless the loss fits the task and the network's output.

        Args:
            task: ``classification``, ``regression``, ``segmentation`` or ``multi-label``.
            outputs: number of classes, labels or target values.
            output_shape: the network's output for one example.
        """

    def check_targets(self, targets: np.ndarray) -> None:  # most take any
        """Raise RecipeError unless the loss makes sense for these targets of the training split."""

    def counted(self, outputs: Array, targets: Array) -> Array:
        """1 for an example that counts, 0 for one of which every label is ignored: (batch,)."""
        return jnp.ones(outputs.shape[:1], outputs.dtype)

    def is_label_cost(self, targets: Array, classes: int) -> bool:
        """Whether it is the cross entropy of scores of classes with one label an example.

        Training then takes `label_costs` instead of `per_example`, as one operation with
        the network's last layers.
        """
        return False

    def label_costs(self, targets: Array, classes: int) -> LabelCosts:
        """The loss of each example as a cost of its scores, where it `is_label_cost`.

        Returns:
            with 1 in ``rows`` where the example counts, and 0 elsewhere.
        """
        raise NotImplementedError

    def readout(self, task: str, outputs: Array) -> Array:
        """What metrics and predictions read of the outputs.

        Returns:
            a score for each class or label, of which the highest (of labels,
            those above 0) are predicted, or a value for each target.
        """
        return outputs

    def averaged(self, outputs: Array, shares: Array) -> Array:
        """The outputs of an ensemble: those that say what its members say on average.

        Args:
            outputs: of several networks, of shape (batch, members, outputs).
            shares: how much each counts, in sum 1, of shape (members,).

        Returns:
            shape (batch, outputs), to be read and judged like one network's.
        """
        return member_mean(outputs, shares)

    def __add__(self, other: Any) -> WeightedSum:
        from shoal.losses.weighted_sum import WeightedSum

        if not isinstance(other, Loss):
            return NotImplemented
        terms = [WeightedSum.terms_of(self), WeightedSum.terms_of(other)]
        return WeightedSum(
            tuple(part for parts, _ in terms for part in parts),
            tuple(weight for _, weights in terms for weight in weights),
        )

    def __mul__(self, weight: Any) -> WeightedSum:
        from shoal.losses.weighted_sum import WeightedSum

        return WeightedSum((self,), (weight,))

    __rmul__ = __mul__


def member_mean(values: Array, shares: Array) -> Array:
    """The weighted mean over the second axis; what has no share is not looked at."""
    own = jnp.broadcast_to(_by_member(shares, values), values.shape)
    return jnp.sum(jnp.where(own > 0, values, 0.0) * own, axis=1)


def log_mean(logarithms: Array, shares: Array) -> Array:
    """The logarithm of the weighted mean of what these are the logarithms of: `member_mean`."""
    own = jnp.broadcast_to(_by_member(shares, logarithms), logarithms.shape)
    return jax.nn.logsumexp(logarithms, axis=1, b=own)


def _by_member(shares: Array, values: Array) -> Array:
    return shares.reshape((1, -1) + (1,) * (values.ndim - 2)).astype(values.dtype)


def check_task(loss: Loss, task: str) -> None:
    """Raise RecipeError unless the loss is for the task."""
    if task not in loss.tasks:
        usual = {"regression": "SquaredError", "multi-label": "BinaryCrossEntropy"}
        raise RecipeError(
            f"{loss.kind.replace('_', ' ')} is a loss for {' and '.join(loss.tasks)}",
            where="recipe.loss",
            received=f"a task of {task}",
            hint=f"Use losses.{usual.get(task, 'CrossEntropy')}().",
        )


def check_outputs(what: str, outputs: int, output_shape: tuple[int, ...]) -> None:
    """Raise RecipeError unless the network has as many outputs as the data ask for."""
    if output_shape != (outputs,):
        raise RecipeError(
            f"the network ends in one output for each {what}",
            where="last layer",
            expected=f"shape ({outputs},)",
            received=f"shape {output_shape}",
            hint="Put Flatten() before the first Dense; members end in MemberMean()."
            if len(output_shape) > 1
            else f"End it with Dense({outputs}).",
        )


def per_count(losses: Array, count: Array) -> Array:
    """Sums of losses over counts that depend on targets alone.

    Written as a product: with many lanes XLA makes one of such a quotient, with a single
    lane it does not, and the last bit would tell how many there are.
    """
    return losses * (1.0 / count)
