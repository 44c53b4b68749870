"""The protocol of an optimizer: how weights follow their gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self

import jax
import jax.numpy as jnp
import optax
from jax import Array

from shoal.kernels import OptimizerStep, fused_updates, update
from shoal.network import Params
from shoal.registry import RECIPE_PARTS, Component, Registry
from shoal.space import Choice, Float, Int, traced
from shoal.training.optimizers.bounds import Bounds
from shoal.training.optimizers.decays import Decays
from shoal.training.schedules import Moment, Schedule
from shoal.training.validity import TOO_LARGE, check_number, values_of

Number = float | Float | Int | Choice | Schedule

LEAST_EPSILON = 2.0**-126
"""The least normal float32: a weight without gradients, as every masked one, would be 0/0."""


@dataclass(frozen=True, eq=False)
class Optimizer(Component, ABC):
    """Makes an optax transformation inside the compiled step.

    Every number may be a traced value there, so that each lane has its own and
    none needs a new compilation; and it may be a schedule, in whose place stands
    its value of the moment.

    Args:
        learning_rate: the size of a step.
    """

    registry: ClassVar[Registry] = RECIPE_PARTS
    shortcuts: ClassVar[Mapping[str, str]] = {"transformation": "kernel_step"}

    learning_rate: Number = traced(1e-3)

    def at(self, moment: Moment) -> Self:
        """This optimizer with the numbers of the moment in the place of schedules."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        now: dict[str, Any] = {
            n: v.at(moment) for n, v in values.items() if isinstance(v, Schedule)
        }
        return replace(self, **now) if now else self

    @abstractmethod
    def transformation(self, decays: Decays | bool = True) -> optax.GradientTransformation:
        """The optax transformation with this optimizer's numbers.

        Args:
            decays: which parameters the weight decay applies to.
        """

    def kernel_step(self, memory: Any, ahead: Array) -> OptimizerStep | None:
        """A step as the kernels take it; None for optimizers that they do not know.

        Args:
            memory: the transformation's state.
            ahead: int32 scalar, steps that will have been taken since.
        """
        return None

    def remembered(self, memory: Any) -> tuple[Any, ...]:
        """What `kernel_step` remembers of the weights, out of the transformation's state."""
        return ()

    def remember(self, memory: Any, remembered: Sequence[Any], steps: Array) -> Any:
        """The transformation's state after so many steps that left this to remember."""
        return memory

    def step(
        self,
        gradients: Params,
        memory: Any,
        params: Params,
        go: Array,
        bounds: Bounds,
        decays: Decays,
        kernel: OptimizerStep | None = None,
    ) -> tuple[Params, Any]:
        """Weights and memory after one step, in place where the kernels can.

        They are as they were unless ``go``.

        Args:
            gradients: of the loss, by owner and name like the weights.
            memory: the transformation's state.
            params: the weights.
            go: whether the step is taken.
            bounds: what part of each weight is in use, for kernels that can skip
                the rest; there, weights and gradients are zero.
            decays: which weights the weight decay applies to.
            kernel: the step as the kernels take it, if it is known already.
        """
        kernel = kernel or self.kernel_step(memory, jnp.zeros((), jnp.int32))
        if kernel is not None and fused_updates(params):
            trees = (params, *self.remembered(memory))
            params, *kept = update(kernel, trees, gradients, decays=decays, bounds=bounds)
            return params, self.remember(memory, kept, go)
        return self.plain_step(gradients, memory, params, go, decays)

    def plain_step(
        self, gradients: Params, memory: Any, params: Params, go: Array, decays: Decays
    ) -> tuple[Params, Any]:
        """The same by the transformation: what `step` is held against."""
        # optax counts steps in integers and leaves it to promotion to compute with them.
        with jax.numpy_dtype_promotion("standard"):
            updates, after = self.transformation(decays).update(gradients, memory, params)
            updated = (optax.apply_updates(params, updates), after)
        stepped: tuple[Params, Any] = jax.tree.map(
            lambda new, old: jnp.where(go, new, old), updated, (params, memory)
        )
        return stepped


def check_numbers(optimizer: Optimizer, **bounds: tuple[float, float] | float) -> None:
    """Raise RecipeError unless each field's values, and its schedules' peaks, lie in its bounds.

    Args:
        optimizer: whose fields.
        **bounds: by field, the least value, or that and the first that is too large.
    """
    for what, given in bounds.items():
        low, high = given if isinstance(given, tuple) else (given, TOO_LARGE)
        for value in values_of(getattr(optimizer, what)):
            # A schedule may come down to zero.
            scheduled = isinstance(value, Schedule) and low == 0
            for found in value.peaks() if scheduled else (value,):
                check_number(found, what, low=low, high=high)


def number(value: Any) -> Array:
    """A number of the optimizer as the kernels take it."""
    return jnp.asarray(value, jnp.float32)
