"""Chains of fully connected layers through the extension."""

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
from shoal.kernels.lanes import LaneCall, for_one_network
from shoal.utils.environment import processors

if TYPE_CHECKING:
    from shoal.kernels.dense_chain import DenseLink

LANES_A_THREAD = 4
"""With fewer lanes than this a thread, they are computed layer by layer, so that
threads can share a layer; with more, a lane stays with one thread."""


class GradientHooks(NamedTuple):
    """Where the gradient of a product's weight and bias comes out in factors.

    Zeros, of whose values nothing depends. Their gradients are what `GradientFactors`
    takes; in return there is none of the weight and the bias.

    Attributes:
        x: of the shape of the product's inputs; its gradient is these inputs.
        dz: of the shape of x W + b; its gradient is that of x W + b.
    """

    x: Array
    dz: Array


class Operands(NamedTuple):
    """What the extension takes for a layer; absent operands have a leading axis of 0."""

    weight: Any
    bias: Any
    active: Any
    keep: Any
    key: Any
    ranks: Any


RANKS = Operands(2, 1, 0, 0, 1, 1)


class RequestedGradients(NamedTuple):
    """Which gradients somebody asks for.

    Attributes:
        dx: of the inputs.
        dw: of weights and biases.
        taps: for each layer, whether those of its weight and bias come out in factors.
    """

    dx: bool
    dw: bool
    taps: tuple[bool, ...] = ()


def lane_per_thread(lanes: int) -> bool:
    """Whether a lane is better left to one thread, from the first layer to the last."""
    return lanes >= LANES_A_THREAD * processors()


@functools.cache
def _forward(rectified: tuple[bool, ...], last_alone: bool) -> LaneCall:
    """The call for (x, active, *operands of each layer); results of each layer, or the last."""
    depth = len(rectified)

    @for_one_network(2, 0, *itertools.chain(*[RANKS] * depth))
    def call(x: Array, low: Array, *rest: Array) -> tuple[Array, ...]:
        lanes = lane_count(x, low, *rest)
        if lane_per_thread(lanes):
            shapes = [(lanes, x.shape[1], weight.shape[2]) for weight in rest[::6]]
            wanted = shapes[-1:] if last_alone else shapes
            return native("dense_chain", (x, low, *rest), wanted, rectified=flags_of(rectified))
        results = by_layer(lanes, x, low, rest, rectified)
        return results[-1:] if last_alone else results

    return call


def by_layer(
    lanes: int, x: Array, low: Array, rest: Sequence[Array], rectified: tuple[bool, ...]
) -> tuple[Array, ...]:
    """The results of each layer, a call for each."""
    results = []
    for i, flag in enumerate(rectified):
        layer = Operands(*rest[6 * i : 6 * i + 6])
        shape = (lanes, x.shape[1], layer.weight.shape[2])
        x = native("dense_chain", (x, low, *layer), (shape,), rectified=flags_of((flag,)))[0]
        low = layer.active
        results.append(x)
    return tuple(results)


@functools.cache
def _backward(rectified: tuple[bool, ...], wanted: RequestedGradients) -> LaneCall:
    """The call for (x, active, dy, *(weight, active, keep, y) of each layer): dx, dw and db."""
    depth = len(rectified)

    @for_one_network(2, 0, 2, *(2, 0, 0, 2) * depth)
    def call(x: Array, low: Array, dy: Array, *rest: Array) -> tuple[Array, ...]:
        lanes = lane_count(x, low, dy, *rest)
        if lane_per_thread(lanes) and not any(wanted.taps):
            return _grad(lanes, x, low, dy, rest, rectified, wanted)
        return back_by_layer(lanes, x, low, dy, rest, rectified, wanted)

    return call


def back_by_layer(
    lanes: int,
    x: Array,
    low: Array,
    dy: Array,
    rest: Sequence[Array],
    rectified: tuple[bool, ...],
    wanted: RequestedGradients,
) -> tuple[Array, ...]:
    """Dx, and of each layer dw and db, or x and dz; a call for each layer."""
    gradients: tuple[Array, ...] = ()
    for i in reversed(range(len(rectified))):
        layer = rest[4 * i : 4 * i + 4]
        below = (x, low) if i == 0 else (rest[4 * i - 1], rest[4 * i - 3])
        tapped = bool(wanted.taps) and wanted.taps[i]
        asked = RequestedGradients(wanted.dx or i > 0, wanted.dw, (tapped,))
        own = _grad(lanes, *below, dy, layer, rectified[i : i + 1], asked)
        if asked.dx:
            dy, own = own[0], own[1:]
        if tapped:
            own = (jnp.broadcast_to(below[0], (lanes, *below[0].shape[1:])), *own)
        gradients = (*own, *gradients)
    return (dy, *gradients) if wanted.dx else gradients


def _grad(
    lanes: int,
    x: Array,
    low: Array,
    dy: Array,
    layers: Sequence[Array],
    rectified: tuple[bool, ...],
    wanted: RequestedGradients,
) -> tuple[Array, ...]:
    """One call for these layers."""
    shapes = gradient_shapes(lanes, x, layers[::4], wanted)
    dz = any(wanted.taps)
    flags = {
        "wants_dx": np.int64(wanted.dx),
        "wants_dw": np.int64(wanted.dw and not dz),
        "wants_dz": np.int64(dz),
    }
    operands = (x, low, dy, *layers)
    return native("dense_chain_grad", operands, shapes, rectified=flags_of(rectified), **flags)


def gradient_shapes(
    lanes: int, x: Array, weights: Sequence[Array], wanted: RequestedGradients
) -> list[tuple[int, ...]]:
    """Of dx, dw and db, as far as they are wanted; or of a layer alone dz instead of these."""
    shapes: list[tuple[int, ...]] = [(lanes, *x.shape[1:])] if wanted.dx else []
    if any(wanted.taps):
        return [*shapes, (lanes, x.shape[1], weights[0].shape[2])]
    if wanted.dw:
        for weight in weights:
            shapes += [(lanes, *weight.shape[1:]), (lanes, weight.shape[2])]
    return shapes


def flags_of(values: tuple[bool, ...]) -> np.ndarray:
    """As an attribute of a call."""
    return np.asarray(values, np.int64)


@functools.partial(jax.custom_vjp, nondiff_argnums=(4,))
def chain(
    x: Array,
    low: Array,
    layers: tuple[Operands, ...],
    taps: tuple[GradientHooks | None, ...],
    rectified: tuple[bool, ...],
) -> Array:
    """The last results of a chain, differentiable."""
    return _forward(rectified, True)(x, low, *itertools.chain(*layers))[-1]


def _fwd(
    x: CustomVJPPrimal,
    low: CustomVJPPrimal,
    layers: tuple[Operands, ...],
    taps: tuple[GradientHooks | None, ...],
    rectified: tuple[bool, ...],
) -> tuple[Array, tuple[Any, ...]]:
    marks = marks_of(requested_gradients(x, layers, taps))
    x, low, layers = custom_vjp_primal_tree_values((x, low, layers))
    results = _forward(rectified, False)(x, low, *itertools.chain(*layers))
    return results[-1], (x, low, layers, results, marks)


def _bwd(
    rectified: tuple[bool, ...], kept: tuple[Any, ...], dy: Array | SymbolicZero
) -> tuple[Any, ...]:
    x, low, layers, results, marks = kept
    wanted = read_marks(marks)
    if isinstance(dy, SymbolicZero) or not (wanted.dx or wanted.dw):
        return None, None, *nothing_for(layers)
    parts = ((o.weight, o.active, o.keep, y) for o, y in zip(layers, results, strict=True))
    found = _backward(rectified, wanted)(x, low, dy, *itertools.chain(*parts))
    return split_gradients(found, layers, wanted)


def requested_gradients(
    x: CustomVJPPrimal, layers: tuple[Operands, ...], taps: tuple[GradientHooks | None, ...]
) -> RequestedGradients:
    """What is asked for, as `custom_vjp` tells it."""
    parts = (part for layer in layers for part in (layer.weight, layer.bias))
    tapped = tuple(own is not None and own.dz.perturbed for own in taps)  # type: ignore[attr-defined]  # `CustomVJPPrimal`
    return RequestedGradients(
        x.perturbed, any(part.perturbed for part in parts) or any(tapped), tapped
    )


def split_gradients(
    found: Sequence[Array], layers: tuple[Operands, ...], wanted: RequestedGradients
) -> tuple[Any, ...]:
    """The gradients of x, its bound, the layers' operands and their taps."""
    each = iter(found)
    dx = next(each) if wanted.dx else None
    if not wanted.dw:
        return dx, None, *nothing_for(layers)
    operands: list[Operands] = []
    taps: list[GradientHooks | None] = []
    for layer, tapped in zip(layers, wanted.taps, strict=True):
        one, other = next(each), next(each)
        operands.append(NOTHING if tapped else _of_layer(layer, one, other))
        taps.append(GradientHooks(one, other) if tapped else None)
    return dx, None, tuple(operands), tuple(taps)


NOTHING = Operands(None, None, None, None, None, None)
"""No gradient of any of a layer's operands."""


def nothing_for(
    layers: tuple[Operands, ...],
) -> tuple[tuple[Operands, ...], tuple[None, ...]]:
    """No gradient of any of their operands and taps."""
    return (NOTHING,) * len(layers), (None,) * len(layers)


def marks_of(wanted: RequestedGradients) -> tuple[Any, ...]:
    """What is static, as a structure without arrays: the only way from `_fwd` to `_bwd`."""
    return tuple(() if flag else None for flag in (wanted.dx, wanted.dw, *wanted.taps))


def read_marks(marks: tuple[Any, ...]) -> RequestedGradients:
    """What `marks_of` was given."""
    dx, dw, *taps = (mark is not None for mark in marks)
    return RequestedGradients(dx, dw, tuple(taps))


def _of_layer(layer: Operands, dw: Array, db: Array) -> Operands:
    there = layer.bias.ndim == 1
    return Operands(dw, db if there else jnp.zeros_like(layer.bias), None, None, None, None)


chain.defvjp(_fwd, _bwd, symbolic_zeros=True)


def dense_chain(x: Array, links: Sequence[DenseLink], active_in: Array | None) -> Array:
    """The last link's results; see `shoal.kernels.dense_chain`."""
    rectified = tuple(link.rectified for link in links)
    layers = tuple(map(operands_of, links))
    result: Array = chain(x, bound(active_in), layers, taps_of(links), rectified)
    return result


def taps_of(links: Sequence[DenseLink]) -> tuple[GradientHooks | None, ...]:
    """Of each link; ValueError if the last one has some."""
    if links[-1].taps is not None:
        raise ValueError("the last link's gradients do not come out in factors")
    return tuple(link.taps for link in links)


def operands_of(link: DenseLink) -> Operands:
    """A link as the extension takes it."""
    width, dtype = link.weight.shape[1], link.weight.dtype
    bias = jnp.zeros((0, width), dtype) if link.bias is None else link.bias
    if link.drop is None:
        keep = jnp.zeros((0,), dtype)
        key, ranks = jnp.zeros((0, 2), jnp.uint32), jnp.zeros((0, width), jnp.int32)
    else:
        keep = (1.0 - link.drop.rate).astype(dtype)
        key, ranks = link.drop.key, link.drop.ranks.astype(jnp.int32)
    return Operands(link.weight, bias, bound(link.active), keep, key, ranks)
