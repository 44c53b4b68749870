"""The optimizer's update of one parameter, in place and only where a lane is active.

Each function is the plain formula for one network; the extension's twin does
the same without touching what is padding.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from shoal.kernels.extension import native_for
from shoal.kernels.ffi import update as _native


class UpdateBounds(NamedTuple):
    """What an update touches.

    Attributes:
        rows: int32 scalar, rows in use of a parameter's last two axes; 0 leaves
            everything as it is. None for all.
        columns: int32 scalar, columns in use of its last axis; None for all.
    """

    rows: Array | None = None
    columns: Array | None = None


def fused_updates(dtype: object) -> bool:
    """Whether updates of this type have a kernel of their own."""
    return native_for(dtype)  # type: ignore[arg-type]  # any dtype-like


def adamw_update(
    param: Array,
    mean: Array,
    square: Array,
    grad: Array,
    *,
    learning_rate: Array,
    weight_decay: Array,
    beta1: Array,
    beta2: Array,
    epsilon: Array,
    step: Array,
    bounds: UpdateBounds,
) -> tuple[Array, Array, Array]:
    """One step of AdamW (see `shoal.optimizers.AdamW`): new param, mean and square.

    Args:
        param, mean, square, grad: of one shape.
        learning_rate, weight_decay, beta1, beta2, epsilon: scalars.
        step: int32 scalar, the number of this step, from 1.
        bounds: what is touched.
    """
    count = step.astype(param.dtype)
    correction1 = 1.0 / (1.0 - beta1**count)
    correction2 = 1.0 / (1.0 - beta2**count)
    numbers = jnp.stack(
        [learning_rate, weight_decay, beta1, beta2, epsilon, correction1, correction2]
    )
    return _native.adamw(param, mean, square, grad, numbers, bounds.rows, bounds.columns)


def momentum_update(
    param: Array,
    velocity: Array,
    grad: Array,
    *,
    learning_rate: Array,
    weight_decay: Array,
    momentum: Array,
    nesterov: bool,
    bounds: UpdateBounds,
) -> tuple[Array, Array]:
    """One step of gradient descent with momentum: new param and velocity."""
    zero = jnp.zeros((), param.dtype)
    numbers = jnp.stack([learning_rate, weight_decay, momentum, zero, zero, zero, zero])
    return _native.momentum(
        param, velocity, grad, numbers, bounds.rows, bounds.columns, nesterov=nesterov
    )


def descend_update(
    param: Array,
    grad: Array,
    *,
    learning_rate: Array,
    weight_decay: Array,
    bounds: UpdateBounds,
) -> Array:
    """One step of plain gradient descent: the new param."""
    zero = jnp.zeros((), param.dtype)
    numbers = jnp.stack([learning_rate, weight_decay, zero, zero, zero, zero, zero])
    return _native.descend(param, grad, numbers, bounds.rows, bounds.columns)
