"""Lovász softmax, for segmentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.training.losses.class_loss import ClassLoss
from shoal.training.losses.loss import TINY, per_count
from shoal.training.losses.lovasz import lovasz_jaccard
from shoal.training.losses.overlap_loss import region_shares


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
