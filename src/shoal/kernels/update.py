"""Steps of the common optimizers over a whole tree of parameters, in place.

The plain twin of each is the optax transformation; these exist only where the
extension does, and touch only what a lane uses of its padded width.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels.extension import native_for
from shoal.kernels.ffi import update as _native
from shoal.kernels.ffi.call import bound


class UpdateBounds(NamedTuple):
    """What a step touches of one parameter.

    Attributes:
        rows: int32 scalar, rows in use of its last two axes; 0 leaves it as it
            is. None for all.
        columns: int32 scalar, columns in use of its last axis; None for all.
    """

    rows: Array | None = None
    columns: Array | None = None


def fused_updates(params: Any) -> bool:
    """Whether the extension can update these parameters."""
    return all(native_for(leaf.dtype) for leaf in jax.tree.leaves(params))


def adamw_update(
    trees: tuple[Any, Any, Any],
    grads: Any,
    *,
    learning_rate: Array,
    weight_decay: Array,
    beta1: Array,
    beta2: Array,
    epsilon: Array,
    step: Array,
    decays: Any,
    bounds: Any,
) -> tuple[Any, ...]:
    """One step of AdamW (see `shoal.optimizers.AdamW`): new params, means and squares.

    Args:
        trees: params, means and mean squares, three trees of one structure.
        grads: gradients, likewise.
        learning_rate: η, a scalar.
        weight_decay: λ, a scalar.
        beta1: decay of the means, a scalar.
        beta2: decay of the mean squares, a scalar.
        epsilon: ε, a scalar.
        step: int32 scalar, the number of this step, from 1.
        decays: a tree of booleans: what the weight decay applies to.
        bounds: a tree of `UpdateBounds`.
    """
    count = step.astype(jnp.float32)
    # 1 - beta^t without the cancellation: a power just below 1 has lost its last digits.
    corrections = tuple(-1.0 / jnp.expm1(count * jnp.log(beta)) for beta in (beta1, beta2))
    numbers = jnp.stack([learning_rate, weight_decay, beta1, beta2, epsilon, *corrections])
    return _step("adamw", numbers, trees, grads, decays, bounds)


def momentum_update(
    trees: tuple[Any, Any],
    grads: Any,
    *,
    learning_rate: Array,
    weight_decay: Array,
    momentum: Array,
    nesterov: bool,
    decays: Any,
    bounds: Any,
) -> tuple[Any, ...]:
    """One step of gradient descent with momentum: new params and velocities."""
    zero = jnp.zeros((), jnp.float32)
    numbers = jnp.stack([learning_rate, weight_decay, momentum, zero, zero, zero, zero])
    kind = "nesterov" if nesterov else "momentum"
    return _step(kind, numbers, trees, grads, decays, bounds)


def descend_update(
    trees: tuple[Any],
    grads: Any,
    *,
    learning_rate: Array,
    weight_decay: Array,
    decays: Any,
    bounds: Any,
) -> tuple[Any, ...]:
    """One step of plain gradient descent: new params."""
    zero = jnp.zeros((), jnp.float32)
    numbers = jnp.stack([learning_rate, weight_decay, zero, zero, zero, zero, zero])
    return _step("descend", numbers, trees, grads, decays, bounds)


def _step(
    kind: str, numbers: Array, trees: tuple[Any, ...], grads: Any, decays: Any, bounds: Any
) -> tuple[Any, ...]:
    leaves = [jax.tree.leaves(tree) for tree in trees]
    places = jax.tree.leaves(bounds, is_leaf=lambda x: isinstance(x, UpdateBounds))
    new = _native.step(
        kind,
        numbers,
        list(zip(*leaves, strict=True)),
        jax.tree.leaves(grads),
        [(bound(at.rows), bound(at.columns)) for at in places],
        jax.tree.leaves(decays),
    )
    structure = jax.tree.structure(trees[0])
    return tuple(jax.tree.unflatten(structure, column) for column in zip(*new, strict=True))
