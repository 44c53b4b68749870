"""Optimizer steps through the extension: all parameters in one call, in place.

One call, because XLA lets an operation take over an operand's memory without a
copy only if everything else that reads it surely came before; a step that takes
all gradients at once comes after all of the forward and backward pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.kernels.extension import TARGET_PREFIX
from shoal.kernels.ffi.call import lane_count
from shoal.kernels.lanes import LaneCall, for_one_network

KINDS = ("descend", "momentum", "nesterov", "adamw")
ARRAYS = {"descend": 1, "momentum": 2, "nesterov": 2, "adamw": 3}
"""How many arrays of a parameter a step changes: itself and what is remembered."""


BESIDES = 4
"""Operands of a parameter beside its arrays: its gradient or that one's factors, two bounds."""


@cache
def _step(
    kind: str, ranks: tuple[int, ...], decays: tuple[bool, ...], factored: tuple[bool, ...]
) -> LaneCall:
    """The call for parameters of these ranks, for one network and under ``vmap``."""
    arrays = ARRAYS[kind]
    each = [
        (rank,) * arrays + (2 if split else rank, 2, 0, 0)
        for rank, split in zip(ranks, factored, strict=True)
    ]

    @for_one_network(1, *(rank for group in each for rank in group))
    def call(*operands: Array) -> tuple[Array, ...]:
        lanes = lane_count(*operands)
        places = [1 + i * (arrays + BESIDES) + j for i in range(len(ranks)) for j in range(arrays)]
        results = tuple(
            jax.ShapeDtypeStruct((lanes, *operands[at].shape[1:]), operands[at].dtype)
            for at in places
        )
        # Memory can be shared only where an operand has a copy for each lane.
        own = {at: i for i, at in enumerate(places) if operands[at].shape[0] == lanes}
        step = jax.ffi.ffi_call(TARGET_PREFIX + "update", results, input_output_aliases=own)
        numbers = np.asarray(decays, np.int64)
        return tuple(step(*operands, kind=np.int64(KINDS.index(kind)), decays=numbers))

    return call


def step(
    kind: str,
    numbers: Array,
    arrays: Sequence[Sequence[Array]],
    grads: Sequence[Array | tuple[Array | None, Array]],
    bounds: Sequence[tuple[Array, Array]],
    decays: Sequence[bool],
) -> list[tuple[Array, ...]]:
    """The arrays of each parameter after one step of the optimizer.

    Args:
        kind: one of `KINDS`.
        numbers: float32 of shape (7,): see native/src/kernels.h.
        arrays: for each parameter, itself and what is remembered of it.
        grads: its gradient; or x and dz, of which it is the product xᵀ dz, or without x
            the sum of dz over its rows.
        bounds: rows and columns in use of its last two axes, int32 scalars, or
            empty for all.
        decays: whether the weight decay applies to it.
    """
    ranks = tuple(own[0].ndim for own in arrays)
    operands = [numbers]
    none = jnp.zeros((0, 0, 0), numbers.dtype)
    factored = tuple(isinstance(grad, tuple) for grad in grads)
    for own, grad, (low, high) in zip(arrays, grads, bounds, strict=True):
        whole, dz = grad if isinstance(grad, tuple) else (grad, none)
        operands += [*own, none if whole is None else whole, dz, low, high]
    new = _step(kind, ranks, tuple(decays), factored)(*operands)
    size = ARRAYS[kind]
    return [tuple(new[i * size : (i + 1) * size]) for i in range(len(ranks))]
