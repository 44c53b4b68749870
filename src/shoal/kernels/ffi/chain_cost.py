"""What chains of fully connected layers cost as scores of classes, through the extension."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.custom_derivatives import (
    CustomVJPPrimal,
    SymbolicZero,
    custom_vjp_primal_tree_values,
)

from shoal.kernels.ffi.call import bound, lane_count, native
from shoal.kernels.ffi.cross_entropy import as_operands, costs_of_rows
from shoal.kernels.ffi.dense_chain import (
    RANKS,
    GradientHooks,
    Operands,
    RequestedGradients,
    back_by_layer,
    by_layer,
    chain,
    flags_of,
    gradient_shapes,
    lane_per_thread,
    marks_of,
    nothing_for,
    operands_of,
    read_marks,
    requested_gradients,
    split_gradients,
    taps_of,
)
from shoal.kernels.lanes import LaneCall, for_one_network

if TYPE_CHECKING:
    from shoal.kernels.dense_chain import DenseLink, LabelCosts


@functools.cache
def _costed(rectified: tuple[bool, ...], wanted: RequestedGradients) -> LaneCall:
    """The call for (labels, rows, smoothing, classes, x, active, *operands of each layer).

    Gives the cost, dx, dw and db.
    """
    depth = len(rectified)

    @for_one_network(1, 1, 0, 1, 2, 0, *itertools.chain(*[RANKS] * depth))
    def call(*operands: Array) -> tuple[Array, ...]:
        costs, (x, low), layers = operands[:4], operands[4:6], operands[6:]
        lanes = lane_count(*operands)
        if lane_per_thread(lanes) and not any(wanted.taps):
            return _cost_call(lanes, costs, x, low, layers, rectified, wanted)
        # The last layer ends in one number: threads can share the others.
        results = by_layer(lanes, x, low, layers[:-6], rectified[:-1])
        last = (x, low) if depth == 1 else (results[-1], layers[-10])
        asked = wanted if depth == 1 else RequestedGradients(True, wanted.dw)
        found = _cost_call(lanes, costs, *last, layers[-6:], rectified[-1:], asked)
        if depth == 1:
            return found
        cost, dy, *own = found
        parts = [
            (layers[6 * i], layers[6 * i + 2], layers[6 * i + 3], y) for i, y in enumerate(results)
        ]
        below = list(itertools.chain(*parts))
        others = wanted._replace(taps=wanted.taps[:-1])
        gradients = back_by_layer(lanes, x, low, dy, below, rectified[:-1], others)
        return (cost, *gradients, *own)

    return call


def _cost_call(
    lanes: int,
    costs: Sequence[Array],
    x: Array,
    low: Array,
    layers: Sequence[Array],
    rectified: tuple[bool, ...],
    wanted: RequestedGradients,
) -> tuple[Array, ...]:
    """The cost, dx, dw and db of these layers, the last of which gives the scores."""
    flags = {"wants_dx": np.int64(wanted.dx), "wants_dw": np.int64(wanted.dw)}
    shapes = [(lanes,), *gradient_shapes(lanes, x, layers[::6], wanted)]
    operands = (*costs, x, low, *layers)
    return native("dense_chain_cost", operands, shapes, rectified=flags_of(rectified), **flags)


class _Costs(NamedTuple):
    """What the extension takes for the cost; absent operands have a leading axis of 0."""

    labels: Any
    rows: Any
    smoothing: Any
    classes: Any


@functools.partial(jax.custom_vjp, nondiff_argnums=(5,))
def _cost(
    costs: _Costs,
    x: Array,
    low: Array,
    layers: tuple[Operands, ...],
    taps: tuple[GradientHooks | None, ...],
    rectified: tuple[bool, ...],
) -> Array:
    scores = chain(x, low, layers, taps, rectified)
    found = costs_of_rows(scores, costs.labels, costs.smoothing, costs.classes)
    return jnp.sum(found * costs.rows)


def _cost_fwd(
    costs: _Costs,
    x: CustomVJPPrimal,
    low: CustomVJPPrimal,
    layers: tuple[Operands, ...],
    taps: tuple[GradientHooks | None, ...],
    rectified: tuple[bool, ...],
) -> tuple[Array, tuple[Any, ...]]:
    wanted = requested_gradients(x, layers, taps)
    costs, x, low, layers = custom_vjp_primal_tree_values((costs, x, low, layers))
    call = _costed(rectified, wanted)
    cost, *gradients = call(*costs, x, low, *itertools.chain(*layers))
    return cost, (layers, gradients, marks_of(wanted))


def _cost_bwd(
    rectified: tuple[bool, ...], kept: tuple[Any, ...], above: Array | SymbolicZero
) -> tuple[Any, ...]:
    layers, gradients, marks = kept
    wanted = read_marks(marks)
    none = _Costs(None, None, None, None)
    if isinstance(above, SymbolicZero) or not (wanted.dx or wanted.dw):
        return none, None, None, *nothing_for(layers)
    inputs = _inputs_among(wanted)
    scaled = [each if i in inputs else above * each for i, each in enumerate(gradients)]
    return none, *split_gradients(scaled, layers, wanted)


def _inputs_among(wanted: RequestedGradients) -> set[int]:
    """Which of the gradients are a tapped layer's inputs."""
    return {wanted.dx + 2 * i for i, tapped in enumerate(wanted.taps) if tapped}


_cost.defvjp(_cost_fwd, _cost_bwd, symbolic_zeros=True)


def chain_cost(
    x: Array, links: Sequence[DenseLink], costs: LabelCosts, active_in: Array | None
) -> Array:
    """What the last link's results cost; see `shoal.kernels.chain_cost`."""
    rectified = tuple(link.rectified for link in links)
    layers = tuple(map(operands_of, links))
    dtype, classes = x.dtype, links[-1].weight.shape[1]
    taken = _Costs(
        costs.labels.astype(jnp.int32),
        costs.rows.astype(dtype),
        *as_operands(costs.smoothing, costs.classes, classes, dtype),
    )
    cost: Array = _cost(taken, x, bound(active_in), layers, taps_of(links), rectified)
    return cost
