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
from shoal.kernels.lanes import LaneCall, for_one_network

if TYPE_CHECKING:
    from shoal.kernels.dense_chain import DenseLink

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


def _at_once(lanes: int) -> bool:
    return lanes >= LANES_A_THREAD * (os.cpu_count() or 1)


@functools.cache
def _forward(rectified: tuple[bool, ...], last_alone: bool) -> LaneCall:
    """The call for (x, active, *operands of each layer); results of each layer, or the last."""
    depth = len(rectified)

    @for_one_network(2, 0, *itertools.chain(*[_RANKS] * depth))
    def call(x: Array, low: Array, *rest: Array) -> tuple[Array, ...]:
        layers = [_Operands(*rest[6 * i : 6 * i + 6]) for i in range(depth)]
        lanes = lane_count(x, low, *rest)
        shapes = [(lanes, x.shape[1], layer.weight.shape[2]) for layer in layers]
        if _at_once(lanes):
            wanted = shapes[-1:] if last_alone else shapes
            return native("dense_chain", (x, low, *rest), wanted, rectified=_flags(rectified))
        results = []
        for layer, shape, flag in zip(layers, shapes, rectified, strict=True):
            x = native("dense_chain", (x, low, *layer), (shape,), rectified=_flags((flag,)))[0]
            low = layer.active
            results.append(x)
        return tuple(results[-1:] if last_alone else results)

    return call


@functools.cache
def _backward(rectified: tuple[bool, ...], wanted: _Wanted) -> LaneCall:
    """The call for (x, active, dy, *(weight, active, keep, y) of each layer): dx, dw and db."""
    depth = len(rectified)

    @for_one_network(2, 0, 2, *(2, 0, 0, 2) * depth)
    def call(x: Array, low: Array, dy: Array, *rest: Array) -> tuple[Array, ...]:
        lanes = lane_count(x, low, dy, *rest)
        if _at_once(lanes):
            return _grad(lanes, x, low, dy, rest, rectified, wanted)
        gradients: tuple[Array, ...] = ()
        for i in reversed(range(depth)):
            layer = rest[4 * i : 4 * i + 4]
            below = (x, low) if i == 0 else (rest[4 * i - 1], rest[4 * i - 3])
            asked = wanted if i == 0 else _Wanted(True, wanted.dw)
            own = _grad(lanes, *below, dy, layer, rectified[i : i + 1], asked)
            if asked.dx:
                dy, own = own[0], own[1:]
            gradients = (*own, *gradients)
        return (dy, *gradients) if wanted.dx else gradients

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
    shapes: list[tuple[int, ...]] = [(lanes, *x.shape[1:])] if wanted.dx else []
    if wanted.dw:
        for weight in layers[::4]:
            shapes += [(lanes, *weight.shape[1:]), (lanes, weight.shape[2])]
    flags = {"wants_dx": np.int64(wanted.dx), "wants_dw": np.int64(wanted.dw)}
    operands = (x, low, dy, *layers)
    return native("dense_chain_grad", operands, shapes, rectified=_flags(rectified), **flags)


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
    nothing = tuple(_Operands(None, None, None, None, None, None) for _ in layers)
    if isinstance(dy, SymbolicZero) or not any(wanted):
        return None, None, nothing
    parts = ((o.weight, o.active, o.keep, y) for o, y in zip(layers, results, strict=True))
    found = iter(_backward(rectified, wanted)(x, low, dy, *itertools.chain(*parts)))
    dx = next(found) if wanted.dx else None
    if not wanted.dw:
        return dx, None, nothing
    gradients = tuple(_of_layer(layer, next(found), next(found)) for layer in layers)
    return dx, None, gradients


def _marks(wanted: _Wanted) -> tuple[tuple[()] | None, ...]:
    """What is static, as a structure without arrays: the only way from `_fwd` to `_bwd`."""
    return tuple(() if flag else None for flag in wanted)


def _of_layer(layer: _Operands, dw: Array, db: Array) -> _Operands:
    there = layer.bias.ndim == 1
    return _Operands(dw, db if there else jnp.zeros_like(layer.bias), None, None, None, None)


_chain.defvjp(_fwd, _bwd, symbolic_zeros=True)


def dense_chain(x: Array, links: Sequence[DenseLink], active_in: Array | None) -> Array:
    """The last link's results; see `shoal.kernels.dense_chain`."""
    rectified = tuple(link.rectified for link in links)
    layers = tuple(map(_operands, links))
    result: Array = _chain(x, bound(active_in), layers, rectified)
    return result


def _operands(link: DenseLink) -> _Operands:
    width, dtype = link.weight.shape[1], link.weight.dtype
    bias = jnp.zeros((0, width), dtype) if link.bias is None else link.bias
    if link.drop is None:
        keep = jnp.zeros((0,), dtype)
        key, ranks = jnp.zeros((0, 2), jnp.uint32), jnp.zeros((0, width), jnp.int32)
    else:
        keep = (1.0 - link.drop.rate).astype(dtype)
        key, ranks = link.drop.key, link.drop.ranks.astype(jnp.int32)
    return _Operands(link.weight, bias, bound(link.active), keep, key, ranks)
