"""Turns an operation on lanes into one that is written for a single network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from jax import Array
from jax.custom_batching import custom_vmap

Results = tuple[Array, ...]
LaneCall = Callable[..., Results]


def for_one_network(*ranks: int) -> Callable[[LaneCall], LaneCall]:
    """Makes an operation for one network whose ``vmap`` is one call for all lanes.

    The decorated function takes operands with a leading axis of L (one copy a
    lane), 1 (shared by all lanes) or 0 (absent) and returns a tuple of results
    with a leading axis of L. What comes out takes and returns them without
    that axis, except that an absent operand keeps its 0: its rank is one higher.

    Args:
        ranks: of the operands for one network, in order.
    """

    def decorate(call: LaneCall) -> LaneCall:
        on_lanes = _on_lanes(call)

        def one(*operands: Array) -> Results:
            lanes = (_lift(x, rank, False) for x, rank in zip(operands, ranks, strict=True))
            return tuple(y[0] for y in on_lanes(*lanes))

        batched = custom_vmap(one)

        @batched.def_vmap
        def rule(size: int, in_batched: list[bool], *operands: Array) -> tuple[Results, Any]:
            lanes = (
                _lift(x, rank, is_batched)
                for x, rank, is_batched in zip(operands, ranks, in_batched, strict=True)
            )
            results = tuple(_spread(y, size) for y in on_lanes(*lanes))
            return results, (True,) * len(results)

        result: LaneCall = batched
        return result

    return decorate


def _on_lanes(call: LaneCall) -> LaneCall:
    """Folds a further ``vmap`` into the axis of lanes."""
    batched = custom_vmap(call)

    @batched.def_vmap
    def rule(size: int, in_batched: list[bool], *operands: Array) -> tuple[Results, Any]:
        both = list(zip(operands, in_batched, strict=True))
        inner = max(x.shape[1] if is_batched else x.shape[0] for x, is_batched in both)
        results = batched(*(_fold(x, size, inner, is_batched) for x, is_batched in both))
        unfolded = tuple(
            _spread(y, size * inner).reshape(size, inner, *y.shape[1:]) for y in results
        )
        return unfolded, (True,) * len(unfolded)

    result: LaneCall = batched
    return result


def _lift(x: Array, rank: int, is_batched: bool) -> Array:
    """Gives an operand its axis of lanes, if it has none yet."""
    if x.ndim == rank + is_batched:
        return x if is_batched else x[None]
    return x[0] if is_batched else x  # absent


def _fold(x: Array, size: int, inner: int, is_batched: bool) -> Array:
    """(size, lanes, …) or (lanes, …) to (size · inner, …), or (1, …) if shared by all."""
    if not is_batched:
        if x.shape[0] <= 1:
            return x
        x = jax.numpy.broadcast_to(x[None], (size, *x.shape))
    elif x.shape[1] == 0:
        return x[0]
    elif x.shape[1] != inner:
        x = jax.numpy.broadcast_to(x, (size, inner, *x.shape[2:]))
    return x.reshape(size * inner, *x.shape[2:])


def _spread(y: Array, lanes: int) -> Array:
    """One result for all lanes, when no operand had the axis."""
    return y if y.shape[0] == lanes else jax.numpy.broadcast_to(y, (lanes, *y.shape[1:]))
