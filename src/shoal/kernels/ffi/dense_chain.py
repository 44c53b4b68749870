"""Chains of fully connected layers through the extension."""

from __future__ import annotations

import functools
import itertools
import os
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
from shoal.kernels.ffi.cross_entropy import cross_entropy
from shoal.kernels.lanes import LaneCall, for_one_network

if TYPE_CHECKING:
    from shoal.kernels.dense_chain import DenseLink, LabelCosts

LANES_A_THREAD = 4
"""With fewer lanes than this a thread, they are computed layer by layer, so that
threads can share a layer; with more, a lane stays with one thread."""


class _Operands(NamedTuple):
    """What the extension takes for a layer; absent operands have a leading axis of 0."""

    weight: Any
    bias: Any
    active: Any
    keep: Any
    key: Any
    ranks: Any


_RANKS = _Operands(2, 1, 0, 0, 1, 1)


class _Wanted(NamedTuple):
    """Which gradients somebody asks for."""

    dx: bool
    dw: bool


def at_once(lanes: int) -> bool:
    """Whether a lane is better left to one thread, from the first layer to the last."""
    return lanes >= LANES_A_THREAD * (os.cpu_count() or 1)


@functools.cache
def _forward(rectified: tuple[bool, ...], last_alone: bool) -> LaneCall:
    """The call for (x, active, *operands of each layer); results of each layer, or the last."""
    depth = len(rectified)

    @for_one_network(2, 0, *itertools.chain(*[_RANKS] * depth))
    def call(x: Array, low: Array, *rest: Array) -> tuple[Array, ...]:
        lanes = lane_count(x, low, *rest)
        if at_once(lanes):
            shapes = [(lanes, x.shape[1], weight.shape[2]) for weight in rest[::6]]
            wanted = shapes[-1:] if last_alone else shapes
            return native("dense_chain", (x, low, *rest), wanted, rectified=_flags(rectified))
        results = _by_layer(lanes, x, low, rest, rectified)
        return results[-1:] if last_alone else results

    return call


def _by_layer(
    lanes: int, x: Array, low: Array, rest: Sequence[Array], rectified: tuple[bool, ...]
) -> tuple[Array, ...]:
    """The results of each layer, a call for each."""
    results = []
    for i, flag in enumerate(rectified):
        layer = _Operands(*rest[6 * i : 6 * i + 6])
        shape = (lanes, x.shape[1], layer.weight.shape[2])
        x = native("dense_chain", (x, low, *layer), (shape,), rectified=_flags((flag,)))[0]
        low = layer.active
        results.append(x)
    return tuple(results)


@functools.cache
def _backward(rectified: tuple[bool, ...], wanted: _Wanted) -> LaneCall:
    """The call for (x, active, dy, *(weight, active, keep, y) of each layer): dx, dw and db."""
    depth = len(rectified)

    @for_one_network(2, 0, 2, *(2, 0, 0, 2) * depth)
    def call(x: Array, low: Array, dy: Array, *rest: Array) -> tuple[Array, ...]:
        lanes = lane_count(x, low, dy, *rest)
        if at_once(lanes):
            return _grad(lanes, x, low, dy, rest, rectified, wanted)
        return _back_by_layer(lanes, x, low, dy, rest, rectified, wanted)

    return call


def _back_by_layer(
    lanes: int,
    x: Array,
    low: Array,
    dy: Array,
    rest: Sequence[Array],
    rectified: tuple[bool, ...],
    wanted: _Wanted,
) -> tuple[Array, ...]:
    """Dx, dw and db, a call for each layer."""
    gradients: tuple[Array, ...] = ()
    for i in reversed(range(len(rectified))):
        layer = rest[4 * i : 4 * i + 4]
        below = (x, low) if i == 0 else (rest[4 * i - 1], rest[4 * i - 3])
        asked = wanted if i == 0 else _Wanted(True, wanted.dw)
        own = _grad(lanes, *below, dy, layer, rectified[i : i + 1], asked)
        if asked.dx:
            dy, own = own[0], own[1:]
        gradients = (*own, *gradients)
    return (dy, *gradients) if wanted.dx else gradients


@functools.cache
def _costed(rectified: tuple[bool, ...], wanted: _Wanted) -> LaneCall:
    """The call for (labels, rows, smoothing, classes, x, active, *operands of each layer).

    Gives the cost, dx, dw and db.
    """
    depth = len(rectified)

    @for_one_network(1, 1, 0, 1, 2, 0, *itertools.chain(*[_RANKS] * depth))
    def call(*operands: Array) -> tuple[Array, ...]:
        costs, (x, low), layers = operands[:4], operands[4:6], operands[6:]
        lanes = lane_count(*operands)
        if at_once(lanes):
            return _cost_call(lanes, costs, x, low, layers, rectified, wanted)
        # The last layer ends in one number: threads can share the others.
        results = _by_layer(lanes, x, low, layers[:-6], rectified[:-1])
        last = (x, low) if depth == 1 else (results[-1], layers[-10])
        asked = wanted if depth == 1 else _Wanted(True, wanted.dw)
        found = _cost_call(lanes, costs, *last, layers[-6:], rectified[-1:], asked)
        if depth == 1:
            return found
        cost, dy, *own = found
        parts = [
            (layers[6 * i], layers[6 * i + 2], layers[6 * i + 3], y) for i, y in enumerate(results)
        ]
        below = list(itertools.chain(*parts))
        gradients = _back_by_layer(lanes, x, low, dy, below, rectified[:-1], wanted)
        return (cost, *gradients, *own)

    return call


def _grad(
    lanes: int,
    x: Array,
    low: Array,
    dy: Array,
    layers: Sequence[Array],
    rectified: tuple[bool, ...],
    wanted: _Wanted,
) -> tuple[Array, ...]:
    """One call for these layers."""
    shapes = _gradient_shapes(lanes, x, layers[::4], wanted)
    flags = {"wants_dx": np.int64(wanted.dx), "wants_dw": np.int64(wanted.dw)}
    operands = (x, low, dy, *layers)
    return native("dense_chain_grad", operands, shapes, rectified=_flags(rectified), **flags)


def _cost_call(
    lanes: int,
    costs: Sequence[Array],
    x: Array,
    low: Array,
    layers: Sequence[Array],
    rectified: tuple[bool, ...],
    wanted: _Wanted,
) -> tuple[Array, ...]:
    """The cost, dx, dw and db of these layers, the last of which gives the scores."""
    flags = {"wants_dx": np.int64(wanted.dx), "wants_dw": np.int64(wanted.dw)}
    shapes = [(lanes,), *_gradient_shapes(lanes, x, layers[::6], wanted)]
    operands = (*costs, x, low, *layers)
    return native("dense_chain_cost", operands, shapes, rectified=_flags(rectified), **flags)


def _gradient_shapes(
    lanes: int, x: Array, weights: Sequence[Array], wanted: _Wanted
) -> list[tuple[int, ...]]:
    shapes: list[tuple[int, ...]] = [(lanes, *x.shape[1:])] if wanted.dx else []
    if wanted.dw:
        for weight in weights:
            shapes += [(lanes, *weight.shape[1:]), (lanes, weight.shape[2])]
    return shapes


def _flags(values: tuple[bool, ...]) -> np.ndarray:
    return np.asarray(values, np.int64)


@functools.partial(jax.custom_vjp, nondiff_argnums=(3,))
def _chain(
    x: Array, low: Array, layers: tuple[_Operands, ...], rectified: tuple[bool, ...]
) -> Array:
    return _forward(rectified, True)(x, low, *itertools.chain(*layers))[-1]


def _fwd(
    x: CustomVJPPrimal,
    low: CustomVJPPrimal,
    layers: tuple[_Operands, ...],
    rectified: tuple[bool, ...],
) -> tuple[Array, tuple[Any, ...]]:
    dw = any(part.perturbed for layer in layers for part in (layer.weight, layer.bias))
    marks = _marks(_Wanted(x.perturbed, dw))
    x, low, layers = custom_vjp_primal_tree_values((x, low, layers))
    results = _forward(rectified, False)(x, low, *itertools.chain(*layers))
    return results[-1], (x, low, layers, results, marks)


def _bwd(
    rectified: tuple[bool, ...], kept: tuple[Any, ...], dy: Array | SymbolicZero
) -> tuple[Any, ...]:
    x, low, layers, results, marks = kept
    wanted = _Wanted(*(mark is not None for mark in marks))
    if isinstance(dy, SymbolicZero) or not any(wanted):
        return None, None, _nothing(layers)
    parts = ((o.weight, o.active, o.keep, y) for o, y in zip(layers, results, strict=True))
    found = _backward(rectified, wanted)(x, low, dy, *itertools.chain(*parts))
    return _told_apart(found, layers, wanted)


def _told_apart(
    found: Sequence[Array], layers: tuple[_Operands, ...], wanted: _Wanted
) -> tuple[Any, ...]:
    """The gradients of x, its bound and the layers' operands out of dx, dw and db."""
    each = iter(found)
    dx = next(each) if wanted.dx else None
    if not wanted.dw:
        return dx, None, _nothing(layers)
    return dx, None, tuple(_of_layer(layer, next(each), next(each)) for layer in layers)


def _nothing(layers: tuple[_Operands, ...]) -> tuple[_Operands, ...]:
    return tuple(_Operands(None, None, None, None, None, None) for _ in layers)


def _marks(wanted: _Wanted) -> tuple[tuple[()] | None, ...]:
    """What is static, as a structure without arrays: the only way from `_fwd` to `_bwd`."""
    return tuple(() if flag else None for flag in wanted)


def _of_layer(layer: _Operands, dw: Array, db: Array) -> _Operands:
    there = layer.bias.ndim == 1
    return _Operands(dw, db if there else jnp.zeros_like(layer.bias), None, None, None, None)


_chain.defvjp(_fwd, _bwd, symbolic_zeros=True)


class _Costs(NamedTuple):
    """What the extension takes for the cost; absent operands have a leading axis of 0."""

    labels: Any
    rows: Any
    smoothing: Any
    classes: Any


@functools.partial(jax.custom_vjp, nondiff_argnums=(4,))
def _cost(
    costs: _Costs,
    x: Array,
    low: Array,
    layers: tuple[_Operands, ...],
    rectified: tuple[bool, ...],
) -> Array:
    scores = _chain(x, low, layers, rectified)
    given = (costs.smoothing if costs.smoothing.ndim == 0 else None,
             costs.classes if costs.classes.ndim == 1 else None)  # fmt: skip
    return jnp.sum(cross_entropy(scores, costs.labels, *given) * costs.rows)


def _cost_fwd(
    costs: _Costs,
    x: CustomVJPPrimal,
    low: CustomVJPPrimal,
    layers: tuple[_Operands, ...],
    rectified: tuple[bool, ...],
) -> tuple[Array, tuple[Any, ...]]:
    dw = any(part.perturbed for layer in layers for part in (layer.weight, layer.bias))
    wanted = _Wanted(x.perturbed, dw)
    costs, x, low, layers = custom_vjp_primal_tree_values((costs, x, low, layers))
    call = _costed(rectified, wanted)
    cost, *gradients = call(*costs, x, low, *itertools.chain(*layers))
    return cost, (layers, gradients, _marks(wanted))


def _cost_bwd(
    rectified: tuple[bool, ...], kept: tuple[Any, ...], above: Array | SymbolicZero
) -> tuple[Any, ...]:
    layers, gradients, marks = kept
    wanted = _Wanted(*(mark is not None for mark in marks))
    none = _Costs(None, None, None, None)
    if isinstance(above, SymbolicZero) or not any(wanted):
        return none, None, None, _nothing(layers)
    return none, *_told_apart([above * each for each in gradients], layers, wanted)


_cost.defvjp(_cost_fwd, _cost_bwd, symbolic_zeros=True)


def dense_chain(x: Array, links: Sequence[DenseLink], active_in: Array | None) -> Array:
    """The last link's results; see `shoal.kernels.dense_chain`."""
    rectified = tuple(link.rectified for link in links)
    layers = tuple(map(operands_of, links))
    result: Array = _chain(x, bound(active_in), layers, rectified)
    return result


def chain_cost(
    x: Array, links: Sequence[DenseLink], costs: LabelCosts, active_in: Array | None
) -> Array:
    """What the last link's results cost; see `shoal.kernels.chain_cost`."""
    rectified = tuple(link.rectified for link in links)
    layers = tuple(map(operands_of, links))
    dtype, classes = x.dtype, links[-1].weight.shape[1]
    none, even, own = jnp.zeros((0,), dtype), costs.smoothing, costs.classes
    taken = _Costs(
        costs.labels.astype(jnp.int32),
        costs.rows.astype(dtype),
        none if even is None else jnp.asarray(even, dtype),
        jnp.zeros((0, classes), dtype) if own is None else own.astype(dtype),
    )
    cost: Array = _cost(taken, x, bound(active_in), layers, rectified)
    return cost


def operands_of(link: DenseLink) -> _Operands:
    """A link as the extension takes it."""
    width, dtype = link.weight.shape[1], link.weight.dtype
    bias = jnp.zeros((0, width), dtype) if link.bias is None else link.bias
    if link.drop is None:
        keep = jnp.zeros((0,), dtype)
        key, ranks = jnp.zeros((0, 2), jnp.uint32), jnp.zeros((0, width), jnp.int32)
    else:
        keep = (1.0 - link.drop.rate).astype(dtype)
        key, ranks = link.drop.key, link.drop.ranks.astype(jnp.int32)
    return _Operands(link.weight, bias, bound(link.active), keep, key, ranks)
