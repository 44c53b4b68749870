"""Hinge losses, and the perceptron's criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.losses.classification import PositionLoss
from shoal.losses.labels import LabelLoss
from shoal.losses.loss import TINY
from shoal.space import Choice, Float, traced
from shoal.space.checks import check_number


@dataclass(frozen=True, eq=False)
class Hinge(LabelLoss):
    r"""Hinge loss: :math:`E = \frac1K \sum_{k=1}^K \max(0,\, 1 - y_k o_k)`, y = ±1.

    Outputs o of shape (batch, K): one for each class or label, each against the
    rest, or a single one for two classes, whose sign decides. y is +1 where the
    class is the true one (or the label applies) and -1 where it is not.

    Args:
        class_weights, ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: the task has no classes or labels, or the network has another
            number of outputs.

    Source: Cortes and Vapnik, *Support-vector networks* (1995).
    """

    kind: ClassVar[str] = "hinge"

    def if_yes(self, outputs: Array) -> Array:
        return jax.nn.relu(1.0 - outputs)

    def if_no(self, outputs: Array) -> Array:
        return jax.nn.relu(1.0 + outputs)


@dataclass(frozen=True, eq=False)
class SquaredHinge(LabelLoss):
    r"""Squared hinge loss: :math:`E = \frac1K \sum_{k=1}^K \max(0,\, 1 - y_k o_k)^2`, y = ±1.

    Outputs as for `Hinge`; smooth at the margin, harder on what is far off.

    Args:
        class_weights, ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: the task has no classes or labels, or the network has another
            number of outputs.

    Source: Tang, *Deep learning using linear support vector machines* (2013), equation 5.
    """

    kind: ClassVar[str] = "squared_hinge"

    def if_yes(self, outputs: Array) -> Array:
        return jnp.square(jax.nn.relu(1.0 - outputs))

    def if_no(self, outputs: Array) -> Array:
        return jnp.square(jax.nn.relu(1.0 + outputs))


@dataclass(frozen=True, eq=False)
class MulticlassHinge(PositionLoss):
    r"""Hinge of the gap between the true class and its strongest rival.

    .. math:: E = \max\left(0,\; m + \max_{j \ne k} o_j - o_k\right)

    for the true class k; outputs o of shape (batch, classes), or (batch, height,
    width, classes) and then the mean over pixels.

    Args:
        margin: m > 0, by how much the true class is to lead.
        class_weights, ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: the margin is out of its bounds, the task has no classes, or
            the network has another number of outputs than there are classes.

    Source: Crammer and Singer, *On the algorithmic implementation of multiclass
    kernel-based vector machines* (2001).
    """

    kind: ClassVar[str] = "multiclass_hinge"
    on_logits: ClassVar[bool] = False
    probabilities: ClassVar[bool] = False

    margin: float | Float | Choice = traced(1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self.margin, "margin", low=1e-6)

    def costs(self, scores: Array) -> Array:
        classes = scores.shape[-1]
        others = ~jnp.eye(classes, dtype=bool).reshape((1,) * (scores.ndim - 1) + (classes,) * 2)
        # rivals[…, k]: the highest score of the classes that are not k
        rivals = jnp.max(scores[..., None, :], axis=-1, where=others, initial=-jnp.inf)
        return jax.nn.relu(jnp.asarray(self.margin, scores.dtype) + rivals - scores)


@dataclass(frozen=True, eq=False)
class Perceptron(LabelLoss):
    r"""The perceptron's criterion: :math:`E = \max(0,\, -y\,a)`, y = ±1.

    a of shape (batch, 1) is what comes before a final `Heaviside`: the loss takes
    the step's input and the model still answers with the step, 1 where a ≥ 0.
    y is +1 for the second class and -1 for the first; with an output for each
    class, each is held against the rest.

    With :math:`a = w^\top x + b`, the derivatives are :math:`-y x` and :math:`-y`
    where :math:`y a \le 0`, else 0. At a = 0 the derivative is taken as -y, since
    an example on the boundary is not yet told apart. So gradient descent with one
    example a step and a learning rate η is Rosenblatt's rule, exactly: after a
    mistake :math:`w \leftarrow w + \eta y x,\; b \leftarrow b + \eta y`, else nothing::

        network = Sequential(Dense(1, initialization="zeros"), heaviside)
        recipe = Recipe(loss=Perceptron(), optimizer=SGD(1.0), batch_size=1)

    From zero weights, η scales them and changes no decision. On data that a plane
    through the origin of (x, 1) separates with margin γ, at most (R/γ)² mistakes
    are made, R being the longest (x, 1); then nothing changes any more. On other
    data it never comes to rest.

    Args:
        class_weights, ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: the task has no classes or labels, or the network has another
            number of outputs.

    Source: Rosenblatt, *Principles of Neurodynamics* (1962); Novikoff, "On
    convergence proofs for perceptrons" (1962); Bishop, *Pattern Recognition and
    Machine Learning* (2006), section 4.1.7.
    """

    kind: ClassVar[str] = "perceptron"
    on_threshold: ClassVar[bool] = True

    def if_yes(self, outputs: Array) -> Array:
        return jnp.where(outputs <= 0, -outputs, 0.0)

    def if_no(self, outputs: Array) -> Array:
        return jnp.where(outputs >= 0, outputs, 0.0)

    def readout(self, task: str, outputs: Array) -> Array:
        # A sum of exactly zero fires.
        return super().readout(task, jnp.where(outputs == 0, TINY, outputs))
