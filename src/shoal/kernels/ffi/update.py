"""Optimizer updates through the extension, in place."""

from __future__ import annotations

import math
from typing import Any

import jax
from jax import Array

from shoal.kernels.extension import TARGET_PREFIX
from shoal.kernels.ffi.call import bound, lane_count
from shoal.kernels.lanes import for_one_network


def _in_place(name: str, arrays: int, operands: tuple[Array, ...], **attributes: Any) -> Any:
    """Call with the first operands as memory of the results."""
    lanes = lane_count(*operands)
    shapes = [(lanes, *x.shape[1:]) for x in operands[:arrays]]
    results = tuple(
        jax.ShapeDtypeStruct(s, x.dtype) for s, x in zip(shapes, operands, strict=False)
    )
    # Memory can be shared only where an operand has a copy for each lane.
    own = {i: i for i in range(arrays) if operands[i].shape[0] == lanes}
    call = jax.ffi.ffi_call(TARGET_PREFIX + name, results, input_output_aliases=own)
    return tuple(call(*operands, **attributes))


@for_one_network(3, 3, 3, 3, 1, 0, 0)
def _adamw(*operands: Array) -> tuple[Array, ...]:
    result: tuple[Array, ...] = _in_place("adamw_update", 3, operands)
    return result


@for_one_network(3, 3, 3, 1, 0, 0)
def _momentum(*operands: Array) -> tuple[Array, ...]:
    result: tuple[Array, ...] = _in_place("momentum_update", 2, operands, nesterov=False)
    return result


@for_one_network(3, 3, 3, 1, 0, 0)
def _nesterov(*operands: Array) -> tuple[Array, ...]:
    result: tuple[Array, ...] = _in_place("momentum_update", 2, operands, nesterov=True)
    return result


@for_one_network(3, 3, 1, 0, 0)
def _descend(*operands: Array) -> tuple[Array, ...]:
    result: tuple[Array, ...] = _in_place("descend_update", 1, operands)
    return result


def _blocks(x: Array) -> Array:
    """As (blocks, rows, columns): the last two axes are what bounds are about."""
    shape = (1, 1, *x.shape)[-max(x.ndim, 2) :]
    return x.reshape(math.prod(shape[:-2]), *shape[-2:])


def adamw(
    param: Array,
    mean: Array,
    square: Array,
    grad: Array,
    numbers: Array,
    rows: Array | None,
    columns: Array | None,
) -> tuple[Array, Array, Array]:
    """New param, mean and square."""
    arrays = (_blocks(x) for x in (param, mean, square, grad))
    new = _adamw(*arrays, numbers, bound(rows), bound(columns))
    return tuple(x.reshape(param.shape) for x in new)  # type: ignore[return-value]  # three arrays


def momentum(
    param: Array,
    velocity: Array,
    grad: Array,
    numbers: Array,
    rows: Array | None,
    columns: Array | None,
    *,
    nesterov: bool,
) -> tuple[Array, Array]:
    """New param and velocity."""
    call = _nesterov if nesterov else _momentum
    arrays = (_blocks(x) for x in (param, velocity, grad))
    new = call(*arrays, numbers, bound(rows), bound(columns))
    return new[0].reshape(param.shape), new[1].reshape(param.shape)


def descend(
    param: Array, grad: Array, numbers: Array, rows: Array | None, columns: Array | None
) -> Array:
    """New param."""
    (new,) = _descend(_blocks(param), _blocks(grad), numbers, bound(rows), bound(columns))
    return new.reshape(param.shape)
