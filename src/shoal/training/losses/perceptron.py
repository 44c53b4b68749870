"""The perceptron's criterion, from which Rosenblatt's rule follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.training.losses.label_loss import LabelLoss
from shoal.training.losses.loss import TINY


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
