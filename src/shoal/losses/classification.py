"""Losses over classes, of whole examples or of each pixel."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.errors import RecipeError
from shoal.kernels import LabelCosts
from shoal.kernels.cross_entropy import cross_entropy
from shoal.losses.loss import Loss, check_outputs, check_task, log_mean, per_count
from shoal.space import Choice, Float, static, traced
from shoal.space.checks import check_number, values_of

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


@dataclass(frozen=True, eq=False, kw_only=True)
class PositionLoss(ClassLoss):
    r"""The mean over an example's labeled places of :math:`\sum_k w_k q_k c_k(o)`.

    q are the shares of the classes in the label, w the class weights, and c_k is
    what the scores o cost where class k is the true one. A classified example has
    one place, an image to be segmented one for each pixel. The weights are not
    normalized: a class of weight 2 counts as if it came twice.
    """

    @abstractmethod
    def costs(self, scores: Array) -> Array:
        """What the scores cost if a class is the true one, for each class: the same shape."""

    def position_weights(self, scores: Array, targets: Array) -> Array | None:
        """A weight for each place, of the scores' shape without classes; None: all 1."""
        return None

    def at_places(self, scores: Array, targets: Array) -> Array:
        """What the scores of each place cost: their shape without classes."""
        shares = self.shares(scores, targets)
        weights = self.weights(shares)
        if weights is not None:
            shares = shares * weights
        return (shares * self.costs(scores)).sum(axis=-1)

    def per_example(self, outputs: Array, targets: Array) -> Array:
        scores = class_scores(outputs)
        losses = self.at_places(scores, targets)
        by_place = self.position_weights(scores, targets)
        if by_place is not None:
            losses = losses * by_place
        if losses.ndim == 1:
            return losses
        present = self.present(scores, targets).reshape(len(losses), -1)
        return per_count(
            losses.reshape(len(losses), -1).sum(axis=1), jnp.maximum(present.sum(axis=1), 1.0)
        )


@dataclass(frozen=True, eq=False)
class CrossEntropy(PositionLoss):
    r"""Cross entropy of the softmax of the network's outputs with the true class.

    .. math:: E = -\sum_k w_k q_k \log p_k, \qquad p = \mathrm{softmax}(o), \qquad
        -\log p_k = \log \sum_j e^{o_j} - o_k

    with outputs o (logits) of shape (batch, classes), or (batch, height, width,
    classes) and then the mean over pixels; q = 1 for the true class, or the
    classes' shares if the targets are one-hot or mixed; computed from the
    logarithm of the sum, so that nothing overflows. Two classes may share one
    output o: p = σ(o) is then the probability of the second. With label smoothing
    s, q is (1 - s) q plus s spread evenly over all.

    Args:
        label_smoothing: s, 0 ≤ s < 1.
        class_weights, ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: the task has no classes, the network has another number of
            outputs than there are classes, or a value is out of its bounds.

    Source: Bishop, *Pattern Recognition and Machine Learning* (2006), section
    4.3.4; Szegedy et al. (2016) for label smoothing.
    """

    kind: ClassVar[str] = "cross_entropy"

    label_smoothing: float | Float | Choice = traced(0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self.label_smoothing, "label_smoothing", low=0.0, high=1.0)

    def shares(self, scores: Array, targets: Array) -> Array:
        hot = super().shares(scores, targets)
        if isinstance(self.label_smoothing, int | float) and self.label_smoothing == 0:
            return hot
        smoothing = jnp.asarray(self.label_smoothing, scores.dtype)
        present = self.present(scores, targets)[..., None]
        return (1.0 - smoothing) * hot + smoothing / scores.shape[-1] * present

    def at_places(self, scores: Array, targets: Array) -> Array:
        if targets.ndim == scores.ndim:
            return super().at_places(scores, targets)
        classes = scores.shape[-1]
        of = self.label_costs(targets.reshape(-1), classes)
        costs = cross_entropy(
            scores.reshape(-1, classes), of.labels, smoothing=of.smoothing, weights=of.classes
        )
        return costs.reshape(targets.shape)

    def is_label_cost(self, targets: Array, classes: int) -> bool:
        # Of two classes that share one output the kernel knows nothing.
        return targets.ndim == 1 and classes > 1

    def label_costs(self, targets: Array, classes: int) -> LabelCosts:
        labels = jnp.where(targets == self.ignore_label, -1, targets)
        counts = ((labels >= 0) & (labels < classes)).astype(jnp.float32)
        weights = self.weights(counts)
        s = self.label_smoothing
        return LabelCosts(
            labels,
            counts,
            smoothing=None if isinstance(s, int | float) and s == 0 else jnp.asarray(s),
            classes=None if weights is None else weights.reshape(-1),
        )

    def costs(self, scores: Array) -> Array:
        return jax.nn.logsumexp(scores, axis=-1, keepdims=True) - scores


@dataclass(frozen=True, eq=False)
class Focal(PositionLoss):
    r"""Focal loss: cross entropy that looks away from what is already right.

    .. math:: E = -\sum_k w_k q_k (1 - p_k)^\gamma \log p_k, \qquad p = \mathrm{softmax}(o)

    Outputs o (logits) of shape (batch, classes) or (batch, height, width,
    classes). γ = 0 is cross entropy. The paper's α are the class weights w. Where p
    is 1 to the last digit the loss is 0, and so is its gradient.

    Args:
        gamma: γ ≥ 0.
        class_weights, ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: γ out of its bounds, the task has no classes, or the network
            has another number of outputs than there are classes.

    Source: Lin et al., *Focal loss for dense object detection* (2017), equation 5.
    """

    kind: ClassVar[str] = "focal"

    gamma: float | Float | Choice = traced(2.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self.gamma, "gamma", low=0.0)

    def costs(self, scores: Array) -> Array:
        logs = jax.nn.log_softmax(scores, axis=-1)
        rest = -jnp.expm1(logs)
        # A power of 0 has no logarithm; what it would weigh is 0 there.
        some = rest > 0
        gamma = jnp.asarray(self.gamma, scores.dtype)
        factor = jnp.exp(gamma * jnp.log(jnp.where(some, rest, 1.0)))
        return -logs * factor


@dataclass(frozen=True, eq=False)
class NegativeLogLikelihood(PositionLoss):
    r"""Negative log-likelihood of the true class: :math:`E = -\sum_k w_k q_k o_k`.

    Outputs o, of shape (batch, classes) or (batch, height, width, classes), are
    logarithms of probabilities: the network ends in a log-softmax. That is taken
    as it is; cross entropy is the same from logits.

    Args:
        class_weights, ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: the task has no classes, or the network has another number
            of outputs than there are classes.

    Source: Bishop, *Pattern Recognition and Machine Learning* (2006), section 4.3.4.
    """

    kind: ClassVar[str] = "negative_log_likelihood"
    on_logits: ClassVar[bool] = False
    one_for_two: ClassVar[bool] = False

    def costs(self, scores: Array) -> Array:
        return -scores
