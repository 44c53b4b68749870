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

from shoal.kernels import OptimizerStep, UpdateBounds, fused_updates
from shoal.kernels.mask_bounds import mask_bounds
from shoal.kernels.update import update
from shoal.nn import Network, Params, ParamSpec
from shoal.registry import RECIPE_PARTS, Component, Registry
from shoal.schedules import Moment, Schedule
from shoal.space import Choice, Float, Int, traced
from shoal.space.checks import TOO_LARGE, check_number, values_of

Bounds = dict[str, dict[str, UpdateBounds]]


def update_bounds(network: Network, active: Mapping[str, Array], go: Array) -> Bounds:
    """For each parameter, the rows and columns that a step touches: none unless ``go``.

    Args:
        network: as wide as the program.
        active: by node, how many leading features are in use; absent for all.
        go: whether the step is taken.
    """
    specs = network.trained_specs()
    each: dict[tuple[str, str], tuple[Array | int, Array | None]] = {}
    for node in network.nodes:
        for name, spec in specs.get(node.owner, {}).items():
            features = {
                "in": active.get(node.inputs[0]),
                "out": active.get(node.name),
                "member": None,  # one that a lane has not has no gradient
            }
            each[node.owner, name] = _rows_and_columns(spec, features)
    # What several parameters share is masked once, and all of it in one call.
    distinct = {_key(rows): jnp.asarray(rows, jnp.int32) for rows, _ in each.values()}
    masked = dict(zip(distinct, mask_bounds(go, list(distinct.values())), strict=True))
    bounds: Bounds = {}
    for (owner, name), (rows, columns) in each.items():
        bounds.setdefault(owner, {})[name] = UpdateBounds(masked[_key(rows)], columns)
    return bounds


def _key(rows: Array | int) -> tuple[bool, int]:
    """Equal for the same number and for the same array."""
    return isinstance(rows, int), rows if isinstance(rows, int) else id(rows)


def _rows_and_columns(
    spec: ParamSpec, features: Mapping[str, Array | None]
) -> tuple[Array | int, Array | None]:
    """Of the last two axes of a parameter, as far as they are in use; None for all columns."""
    axes = (None, None, *spec.axes)[-2:]
    sizes = (1, 1, *spec.shape)[-2:]
    rows = None if axes[0] is None else features[axes[0]]
    columns = None if axes[1] is None else features[axes[1]]
    return int(sizes[0]) if rows is None else rows, columns


Decays = dict[str, dict[str, bool]]


def decays_of(network: Network) -> Decays:
    """For each parameter that is trained, whether it decays, as its layer declares."""
    return {
        owner: {name: spec.decays for name, spec in specs.items()}
        for owner, specs in network.trained_specs().items()
    }


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
        return self.reference_step(gradients, memory, params, go, decays)

    def reference_step(
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
