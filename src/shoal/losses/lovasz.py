"""Lovász losses of segmentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.errors import RecipeError
from shoal.losses.classification import ClassLoss, class_scores
from shoal.losses.loss import TINY, per_count
from shoal.losses.overlap import region_shares

_LAST = -1e30
"""The error of a pixel that does not count: after all others, and cut off at 0."""


def lovasz_jaccard(errors: Array, true: Array, present: Array) -> Array:
    r"""Lovász extension of the Jaccard loss of one class, at a vector of errors.

    .. math:: \bar\Delta(m) = \sum_{i=1}^P m_{\pi_i}
        \left( \Delta(\{\pi_1, …, \pi_i\}) - \Delta(\{\pi_1, …, \pi_{i-1}\}) \right),
        \qquad \Delta(S) = \frac{|S|}{|\mathrm{true} \cup S|}

    where π sorts the errors downwards and S is a set of mispredicted pixels.

    Args:
        errors: m ≥ 0 of each pixel, shape (batch, pixels).
        true: 1 in the class's true region, 0 outside; the same shape.
        present: 1 for a pixel that counts; the same shape.

    Returns:
        shape (batch,).

    Source: Berman, Triki, Blaschko, *The Lovász-softmax loss* (2018), definition
    1 and equation 9, algorithm 1.
    """
    keys = jnp.where(present > 0, -errors, -_LAST)
    steps, region = jax.lax.sort((keys, true * present), dimension=1, num_keys=1)
    region = jax.lax.stop_gradient(region)
    size = region.sum(axis=1, keepdims=True)
    left = size - jnp.cumsum(region, axis=1)
    union = size + jnp.cumsum(1.0 - region, axis=1)
    loss = 1.0 - left / union
    before = jnp.concatenate([jnp.zeros_like(loss[:, :1]), loss[:, :-1]], axis=1)
    return (jax.nn.relu(-steps) * (loss - before)).sum(axis=1)


@dataclass(frozen=True, eq=False)
class LovaszHinge(ClassLoss):
    r"""Lovász hinge of each image: a convex surrogate of 1 - IoU of the second class.

    .. math:: E = \bar\Delta(m), \qquad m_i = \max(0,\, 1 - y_i f_i), \qquad y_i = \pm 1

    with :math:`\bar\Delta` of `lovasz_jaccard` and f = o_1 - o_0 the margin of the
    second class over the first; outputs of shape (batch, height, width, 2), or of
    one output f, whose sign decides. Pixels are those of one image.

    Args:
        ignore_label: see `ClassLoss`. Class weights do not apply.

    Raises:
        RecipeError: class weights, another task than segmentation or more than two
            classes, or an output that does not fit.

    Source: Berman, Triki, Blaschko, *The Lovász-softmax loss* (2018), section 2.2;
    Yu and Blaschko, *Learning submodular losses with the Lovász hinge* (2015).
    """

    kind: ClassVar[str] = "lovasz_hinge"
    tasks: ClassVar[tuple[str, ...]] = ("segmentation",)
    on_logits: ClassVar[bool] = False
    probabilities: ClassVar[bool] = False

    def per_example(self, outputs: Array, targets: Array) -> Array:
        scores = class_scores(outputs)
        flat = (len(scores), -1)
        margins = (scores[..., 1] - scores[..., 0]).reshape(flat)
        true = self.shares(scores, targets)[..., 1].reshape(flat)
        present = self.present(scores, targets).reshape(flat)
        errors = jax.nn.relu(1.0 - (2.0 * true - 1.0) * margins)
        return lovasz_jaccard(errors, true, present)

    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        if self.class_weights is not None:
            raise RecipeError(
                "the Lovász hinge has one region and no class weights",
                where="recipe.loss.class_weights",
                hint="Add a weighted cross entropy to it.",
            )
        if task == "segmentation" and outputs != 2:
            raise RecipeError(
                "the Lovász hinge tells one region from its background",
                where="recipe.loss",
                expected="two classes",
                received=f"{outputs}",
                hint="Use losses.LovaszSoftmax().",
            )
        super().check(task, outputs, output_shape)


@dataclass(frozen=True, eq=False)
class LovaszSoftmax(ClassLoss):
    r"""Lovász softmax of each image: a surrogate of 1 - mean IoU.

    .. math:: E = \frac{\sum_{k \in C} w_k \bar\Delta(m_k)}{\sum_{k \in C} w_k},
        \qquad m_{ik} = |q_{ik} - p_{ik}|

    with :math:`\bar\Delta` of `lovasz_jaccard`, p the softmax of the outputs, of shape
    (batch, height, width, classes), q one-hot labels, and C the classes that are in
    the image.

    Args:
        class_weights: w; 1 without.
        ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: the task is no segmentation, or the network's output does
            not fit it.

    Source: Berman, Triki, Blaschko, *The Lovász-softmax loss* (2018), equation 11.
    """

    kind: ClassVar[str] = "lovasz_softmax"
    tasks: ClassVar[tuple[str, ...]] = ("segmentation",)

    def per_example(self, outputs: Array, targets: Array) -> Array:
        found, true = region_shares(self, outputs, targets)
        batch, pixels, classes = true.shape
        present = jnp.broadcast_to(true.sum(axis=2, keepdims=True), true.shape)

        def by_class(values: Array) -> Array:
            return jnp.swapaxes(values, 1, 2).reshape(batch * classes, pixels)

        losses = lovasz_jaccard(*map(by_class, (jnp.abs(true - found), true, present)))
        there = (true.sum(axis=1) > 0).astype(losses.dtype)
        weights = self.weights(there)
        weights = there if weights is None else there * weights
        total = jnp.maximum(weights.sum(axis=1), TINY)
        return per_count((weights * losses.reshape(batch, classes)).sum(axis=1), total)
