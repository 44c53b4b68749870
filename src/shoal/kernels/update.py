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


class GradientFactors(NamedTuple):
    r"""The gradient of a dense layer's weight or bias, yet to be computed.

    .. math:: \partial W = x^\top \, dz, \qquad \partial b = \sum_i dz_i

    A step that computes it where it uses it neither writes nor reads as many numbers as
    the layer has weights.

    Attributes:
        x: the layer's inputs, of shape (B, K), beyond those in use anything; None for the
            bias.
        dz: the gradient of x W + b, of shape (B, N).
    """

    x: Array | None
    dz: Array


def fused_updates(params: Any) -> bool:
    """Whether the extension can update these parameters."""
    return all(native_for(leaf.dtype) for leaf in jax.tree.leaves(params))


class OptimizerStep(NamedTuple):
    """One step of an optimizer as the extension takes it.

    Attributes:
        kind: ``adamw``, ``momentum``, ``nesterov`` or ``apply_update``.
        numbers: float32 of shape (7,): see native/src/kernels.h.
    """

    kind: str
    numbers: Array


def adamw_step(
    *,
    learning_rate: Array,
    weight_decay: Array,
    beta1: Array,
    beta2: Array,
    epsilon: Array,
    step: Array,
) -> OptimizerStep:
    """A step of AdamW (see `shoal.optimizers.AdamW`), which remembers means and mean squares.

    Args:
        learning_rate: η, a scalar.
        weight_decay: λ, a scalar.
        beta1: decay of the means, a scalar.
        beta2: decay of the mean squares, a scalar.
        epsilon: ε, a scalar.
        step: int32 scalar, the number of this step, from 1.
    """
    count = step.astype(jnp.float32)
    # 1 - beta^t without the cancellation: a power just below 1 has lost its last digits.
    corrections = tuple(-1.0 / jnp.expm1(count * jnp.log(beta)) for beta in (beta1, beta2))
    numbers = jnp.stack([learning_rate, weight_decay, beta1, beta2, epsilon, *corrections])
    return OptimizerStep("adamw", numbers)


def momentum_step(
    *, learning_rate: Array, weight_decay: Array, momentum: Array, nesterov: bool
) -> OptimizerStep:
    """A step of gradient descent with momentum, which remembers velocities."""
    zero = jnp.zeros((), jnp.float32)
    numbers = jnp.stack([learning_rate, weight_decay, momentum, zero, zero, zero, zero])
    return OptimizerStep("nesterov" if nesterov else "momentum", numbers)


def sgd_step(*, learning_rate: Array, weight_decay: Array) -> OptimizerStep:
    """A step of plain gradient descent, which remembers nothing."""
    zero = jnp.zeros((), jnp.float32)
    numbers = jnp.stack([learning_rate, weight_decay, zero, zero, zero, zero, zero])
    return OptimizerStep("descend", numbers)


def update(
    step: OptimizerStep, trees: tuple[Any, ...], grads: Any, *, decays: Any, bounds: Any
) -> tuple[Any, ...]:
    """The parameters and what is remembered of them after one step.

    Args:
        step: of the optimizer.
        trees: the parameters, and what it remembers, trees of one structure.
        grads: gradients, likewise, or in the place of some their `GradientFactors`.
        decays: a tree of booleans: what the weight decay applies to.
        bounds: a tree of `UpdateBounds`.
    """
    leaves = [jax.tree.leaves(tree) for tree in trees]
    places = jax.tree.leaves(bounds, is_leaf=lambda x: isinstance(x, UpdateBounds))
    new = _native.step(
        step.kind,
        step.numbers,
        list(zip(*leaves, strict=True)),
        jax.tree.leaves(grads, is_leaf=lambda x: isinstance(x, GradientFactors)),
        [(bound(at.rows), bound(at.columns)) for at in places],
        jax.tree.leaves(decays),
    )
    structure = jax.tree.structure(trees[0])
    return tuple(jax.tree.unflatten(structure, column) for column in zip(*new, strict=True))
