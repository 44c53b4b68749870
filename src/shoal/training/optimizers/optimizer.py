"""The protocol of an optimizer: how weights follow their gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import optax
from jax import Array

from shoal.errors import RecipeError
from shoal.network import Params
from shoal.space import Choice, Float, Int
from shoal.training.optimizers.bounds import Bounds

Number = float | Float | Int | Choice


@dataclass(frozen=True, eq=False)
class Optimizer(ABC):
    """Makes an optax transformation inside the compiled step.

    Every number may be a traced value there, so that each lane has its own and
    none needs a new compilation.
    """

    kind: ClassVar[str]

    @abstractmethod
    def transformation(self) -> optax.GradientTransformation:
        """The optax transformation with this optimizer's numbers."""

    def step(
        self, gradients: Params, memory: Any, params: Params, go: Array, bounds: Bounds
    ) -> tuple[Params, Any]:
        """Weights and memory after one step; as they were unless ``go``.

        Args:
            gradients: of the loss, by owner and name like the weights.
            memory: the transformation's state.
            params: the weights.
            go: whether the step is taken.
            bounds: what part of each weight is in use, for kernels that can skip
                the rest; there, weights and gradients are zero.
        """
        updates, after = self.transformation().update(gradients, memory, params)
        updated = (optax.apply_updates(params, updates), after)
        stepped: tuple[Params, Any] = jax.tree.map(
            lambda new, old: jnp.where(go, new, old), updated, (params, memory)
        )
        return stepped


def decayed(params: Any) -> Any:
    """Which parameters decay: weights do, biases do not."""
    return jax.tree_util.tree_map_with_path(lambda path, _: path[-1].key != "bias", params)


def check_number(value: Any, what: str, *, low: float, high: float = float("inf")) -> None:
    """Raise RecipeError unless the value, or a range's every value, is in [low, high)."""
    bounds: tuple[Any, ...] = (value,)
    if isinstance(value, Float | Int):
        bounds = (value.low, value.high)
    elif isinstance(value, Choice):
        bounds = value.options
    for bound in bounds:
        plain = isinstance(bound, int | float) and not isinstance(bound, bool)
        if plain and not low <= bound < high:
            raise RecipeError(
                f"{what} lies in its bounds",
                expected=f"{low:g} ≤ {what} < {high:g}",
                received=bound,
            )
        if isinstance(bound, str | bool | type(None)):
            raise RecipeError(f"{what} is a number", received=repr(bound))
