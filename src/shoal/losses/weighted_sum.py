"""A weighted sum of losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import RecipeError
from shoal.losses.loss import Loss
from shoal.space import Choice, Float, traced
from shoal.space.checks import check_kind, check_number, values_of


@dataclass(frozen=True, eq=False)
class WeightedSum(Loss):
    r"""Weighted sum of losses: :math:`E = \sum_i w_i E_i`.

    Written ``CrossEntropy() + 0.5 * Dice()``; a weight may be a range, and
    training then searches the balance. Metrics and predictions read the outputs
    as the first loss does.

    Args:
        parts: the losses E_i.
        weights: as many weights w_i ≥ 0.

    Raises:
        RecipeError: no losses, another number of weights, a negative weight, or
            losses of which some take a network's outputs before a final softmax
            and some after it.

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 7.1.
    """

    kind: ClassVar[str] = "weighted_sum"

    parts: tuple[Loss | Choice, ...]
    weights: tuple[float | Float | Choice, ...] = traced()

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.parts))
        object.__setattr__(self, "weights", tuple(self.weights))
        if not self.parts or len(self.parts) != len(self.weights):
            raise RecipeError(
                "a weighted sum has a weight for each of its losses",
                expected="as many weights as losses, and at least one",
                received=f"{len(self.weights)} weights, {len(self.parts)} losses",
            )
        for part, weight in zip(self.parts, self.weights, strict=True):
            check_kind(part, Loss, "a part of a weighted sum", "shoal.losses.Dice()")
            check_number(weight, "the weight of a loss", low=0.0)
        ends = {option.on_logits for part in self.parts for option in values_of(part)}
        if len(ends) > 1:
            names = ", ".join(type(o).__name__ for part in self.parts for o in values_of(part))
            raise RecipeError(
                "the losses of a sum take the same outputs, before a final softmax or after it",
                received=names,
                hint="Cross entropy, focal and overlap losses go together.",
            )

    @property
    def _first(self) -> Loss:
        first = self.parts[0]
        assert isinstance(first, Loss), "bound before it is used"
        return first

    # What the first loss says of the outputs holds for the sum.
    @property
    def tasks(self) -> tuple[str, ...]:  # type: ignore[override]  # a class's constant elsewhere
        """The tasks that every part is for."""
        parts = [part for part in self.parts if isinstance(part, Loss)]
        return tuple(task for task in self._first.tasks if all(task in p.tasks for p in parts))

    @property
    def on_logits(self) -> bool:  # type: ignore[override]
        """As the parts."""
        return bool(next(iter(values_of(self.parts[0]))).on_logits)

    @property
    def one_by_one(self) -> bool:  # type: ignore[override]
        """As the first part."""
        return self._first.one_by_one

    @property
    def probabilities(self) -> bool:  # type: ignore[override]
        """As the first part."""
        return self._first.probabilities

    @property
    def standardized(self) -> bool:  # type: ignore[override]
        """As the parts."""
        return bool(next(iter(values_of(self.parts[0]))).standardized)

    def per_example(self, outputs: Array, targets: Array) -> Array:
        total = jnp.zeros(outputs.shape[:1], outputs.dtype)
        for part, weight in zip(self.parts, self.weights, strict=True):
            assert isinstance(part, Loss), "bound before it is used"
            total += jnp.asarray(weight, outputs.dtype) * part.per_example(outputs, targets)
        return total

    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        for part in self.parts:
            assert isinstance(part, Loss), "bound before it is used"
            part.check(task, outputs, output_shape)

    def check_targets(self, targets: np.ndarray) -> None:
        for part in self.parts:
            for loss in values_of(part):
                loss.check_targets(targets)

    def counted(self, outputs: Array, targets: Array) -> Array:
        return self._first.counted(outputs, targets)

    def averaged(self, outputs: Array, shares: Array) -> Array:
        return self._first.averaged(outputs, shares)

    def readout(self, task: str, outputs: Array) -> Array:
        return self._first.readout(task, outputs)

    @staticmethod
    def terms_of(loss: Loss) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Parts and weights of a sum; of any other loss, itself with weight 1."""
        if isinstance(loss, WeightedSum):
            return loss.parts, loss.weights
        return (loss,), (1.0,)
