"""Multi-class hinge loss of Crammer and Singer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.space import Choice, Float, traced
from shoal.training.losses.place_loss import PlaceLoss
from shoal.training.validity import check_number


@dataclass(frozen=True, eq=False)
class MulticlassHinge(PlaceLoss):
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
