"""Losses over classes: of whole examples, or of each pixel of an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.errors import RecipeError
from shoal.space import Choice, Float, static, traced
from shoal.training.losses.loss import Loss, check_outputs, check_task, log_mean
from shoal.training.validity import check_number, values_of

BALANCED = "balanced"
"""Class weights that make up for how often each class occurs in the training split."""


MOST_LABELS = 2**31
"""Labels are 32-bit numbers in a program."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassLoss(Loss):
    """What losses over classes have in common.

    Outputs of shape (batch, classes) with classes of shape (batch,), or, for a
    segmentation, (batch, height, width, classes) with (batch, height, width). Two
    classes may share one output o, which then stands for the two logits 0 and o.
    Targets may also be shares of the classes (one-hot, or mixed), of the outputs'
    shape. A label that is none of the classes, or is ``ignore_label``, counts nowhere.

    Args:
        class_weights: a weight for each class, numbers or ranges; ``"balanced"``:
            n / (classes · n_k), with n_k of n labels in the training split.
        ignore_label: a label that the loss takes no notice of.
    """

    tasks: ClassVar[tuple[str, ...]] = ("classification", "segmentation")
    on_logits: ClassVar[bool] = True
    probabilities: ClassVar[bool] = True
    one_for_two: ClassVar[bool] = True
    """Whether two classes may share one output."""

    class_weights: tuple[float | Float | Choice, ...] | str | None = traced(None)
    ignore_label: int = static(-1)

    def __post_init__(self) -> None:
        weights: Any = self.class_weights
        if isinstance(weights, list):
            weights = tuple(weights)
            object.__setattr__(self, "class_weights", weights)
        if weights is not None and weights != BALANCED:
            if not isinstance(weights, tuple):
                raise RecipeError(
                    "class weights are a number for each class",
                    expected="a tuple of numbers or ranges, 'balanced', or None",
                    received=repr(weights),
                )
            for weight in weights:
                check_number(weight, "a class's weight", low=0.0)
        for label in values_of(self.ignore_label):
            if isinstance(label, bool) or not isinstance(label, int):
                raise RecipeError("ignore_label is a whole number", received=repr(label))
            if abs(label) >= MOST_LABELS:
                raise RecipeError(
                    "ignore_label is a label", expected=f"below {MOST_LABELS:,}", received=label
                )

    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        check_task(self, task)
        one = self.one_for_two and outputs == 2 and output_shape[-1:] == (1,)
        if task == "classification" and not (one and len(output_shape) == 1):
            check_outputs("class", outputs, output_shape)
        if task == "segmentation" and not (
            len(output_shape) == 3 and (one or output_shape[-1] == outputs)
        ):
            raise RecipeError(
                "the network ends in one output for each class at every pixel",
                where="last layer",
                expected=f"shape (height, width, {outputs})",
                received=f"shape {output_shape}",
                hint=f"End it with Conv({outputs}, kernel_size=1).",
            )
        weights = self.class_weights
        if isinstance(weights, tuple) and len(weights) != outputs:
            raise RecipeError(
                "there is a weight for each class",
                where="recipe.loss.class_weights",
                expected=f"{outputs} weights",
                received=f"{len(weights)}",
            )

    def readout(self, task: str, outputs: Array) -> Array:
        return class_scores(outputs)

    def averaged(self, outputs: Array, shares: Array) -> Array:
        """Logarithms of the members' mean probabilities; without any, their mean scores."""
        if not self.probabilities:
            return super().averaged(outputs, shares)
        return log_mean(jax.nn.log_softmax(class_scores(outputs), axis=-1), shares)

    def counted(self, outputs: Array, targets: Array) -> Array:
        present = self.present(class_scores(outputs), targets)
        return (present.reshape(len(present), -1).max(axis=1) > 0).astype(outputs.dtype)

    def present(self, scores: Array, targets: Array) -> Array:
        """1 where there is a label, 0 where it is ignored; the scores' shape without classes."""
        if targets.ndim == scores.ndim:
            return (targets.sum(axis=-1) > 0).astype(scores.dtype)
        known = (targets >= 0) & (targets < scores.shape[-1]) & (targets != self.ignore_label)
        return known.astype(scores.dtype)

    def shares(self, scores: Array, targets: Array) -> Array:
        """The share of each class in the label: one-hot; 0 for an ignored label."""
        if targets.ndim == scores.ndim:
            return targets.astype(scores.dtype)
        # A comparison instead of a gather: its gradient is no scatter.
        classes = jnp.arange(scores.shape[-1], dtype=targets.dtype)
        classes = classes.reshape((1,) * targets.ndim + (-1,))
        hot = (targets[..., None] == classes) & (classes != self.ignore_label)
        return hot.astype(scores.dtype)

    def weights(self, like: Array) -> Array | None:
        """The weight of each class, shaped to go with an array whose last axis is classes."""
        if self.class_weights is None:
            return None
        if isinstance(self.class_weights, str):
            raise RecipeError(
                "balanced class weights are counted in the training split before a loss is used",
                hint="Give the numbers, or let shoal.search or shoal.train count them.",
            )
        weights = jnp.stack([jnp.asarray(w, like.dtype) for w in self.class_weights])
        return weights.reshape((1,) * (like.ndim - 1) + (-1,))


def class_scores(outputs: Array) -> Array:
    """A score for each class; one output o stands for the scores 0 and o of two."""
    if outputs.shape[-1] > 1:
        return outputs
    return jnp.concatenate([jnp.zeros_like(outputs), outputs], axis=-1)
