"""Pooling of maps, and its opposite."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.kernels import avg_pool, max_pool, mean_of_places
from shoal.nn.layer import Context, Layer, Shape
from shoal.nn.layers import windows
from shoal.nn.layers.windows import Size, Slide, check_map, check_padding, check_sizes, slide
from shoal.space import Choice, Int, static


@dataclass(frozen=True, eq=False)
class WindowPool(Layer):
    """One number a window and channel.

    Args:
        pool_size: of the window: one number or one for each direction.
        stride: step of the window; by default its size, so that windows do not overlap.
        padding: ``valid`` (default: rows and columns that do not fill a window
            are left out), ``same``, or a number of cells below the
            window's size.
    """

    letters: ClassVar[Mapping[str, str]] = {"pool_size": "k", "stride": "s", "padding": "p"}

    pool_size: Size = static(2)
    stride: Size | None = static(None)
    padding: str | int | Int | Choice = static("valid")

    def __post_init__(self) -> None:
        check_sizes(self.pool_size, "pool_size")
        if self.stride is not None:
            check_sizes(self.stride, "stride")
        check_padding(self.padding)

    def told(self, name: str) -> Any:
        if name == "stride" and self.stride is None:
            return self.pool_size
        return super().told(name)

    def slide(self, shape: Shape) -> Slide:
        """How the window slides over a map of this shape.

        Raises:
            NetworkError: it does not fit, or lies wholly in the padding somewhere.
        """
        stride = self.pool_size if self.stride is None else self.stride
        placed = slide(shape[:-1], self.pool_size, stride, self.padding, what="pool_size")
        for size, cells in zip(placed.window, placed.padding, strict=True):
            if max(cells) >= size:
                raise NetworkError(
                    "every pooling window covers a part of the map",
                    expected=f"padding below the window's {size}",
                    received=f"padding {max(cells)}",
                )
        return placed

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        check_map(shape, f"{type(self).__name__} layer")
        return (*self.slide(shape).out, shape[-1])


@dataclass(frozen=True, eq=False)
class AvgPool(WindowPool):
    r"""The mean of each window: :math:`h_{y,x,c} = \frac1n \sum_{i,j} x_{s y+i,\, s x+j,\, c}`.

    n is the number of cells of the window that lie inside the map: padding
    does not count. x of shape (batch, height, width, C), h of shape (batch,
    height', width', C); lines (length, C) and volumes (depth, height, width, C)
    likewise.

    Args:
        pool_size: of the window: one number or one for each direction.
        stride: step of the window; by default its size, so that windows do not overlap.
        padding: ``valid`` (default: rows and columns that do not fill a window
            are left out), ``same``, or a number of cells below the window's size.

    Raises:
        NetworkError: a window larger than the padded map or wholly in the
            padding, an input that is no map.

    Source: LeCun et al., "Gradient-based learning applied to document
    recognition", Proc. IEEE 86 (1998), section II.
    """

    kind: ClassVar[str] = "avg_pool"
    formula: ClassVar[str] = (
        r"@h[u, c] = \operatorname{mean}_{i < @pool_size} @x[@stride u + i - @padding, c]"
    )

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        slide = self.slide(inputs[0].shape[1:])
        return avg_pool(inputs[0], slide.window, slide.stride, slide.padding)


@dataclass(frozen=True, eq=False)
class MaxPool(WindowPool):
    r"""The largest value of each window: :math:`h_{y,x,c} = \max_{i,j} x_{s y+i,\, s x+j,\, c}`.

    x of shape (batch, height, width, C), h of shape (batch, height', width',
    C); lines (length, C) and volumes (depth, height, width, C) likewise. Among
    equal values the gradient goes to the first, row by row.

    Args:
        pool_size: of the window: one number or one for each direction.
        stride: step of the window; by default its size, so that windows do not overlap.
        padding: ``valid`` (default: rows and columns that do not fill a window
            are left out), ``same``, or a number of cells below the
            window's size, which never win.

    Raises:
        NetworkError: a window larger than the padded map or wholly in the
            padding, an input that is no map.

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 9.3.
    """

    kind: ClassVar[str] = "max_pool"
    formula: ClassVar[str] = r"@h[u, c] = \max_{i < @pool_size} @x[@stride u + i - @padding, c]"

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        slide = self.slide(inputs[0].shape[1:])
        return max_pool(inputs[0], slide.window, slide.stride, slide.padding)


@dataclass(frozen=True, eq=False)
class GlobalPool(Layer):
    """A map of any size as one number a channel."""

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        windows.check_map(shape, f"{type(self).__name__} layer")
        return (shape[-1],)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        return self.pooled(x.reshape(x.shape[0], -1, x.shape[-1]))

    @abstractmethod
    def pooled(self, x: Array) -> Array:
        """Of places in a row, (batch, places, C), one number a channel: (batch, C)."""


@dataclass(frozen=True, eq=False)
class GlobalAvgPool(GlobalPool):
    r"""The mean of each channel: :math:`h_c = \frac{1}{P} \sum_p x_{p,c}` over all P places.

    x of shape (batch, …, C) with one to three axes between, h of shape (batch, C).

    Raises:
        NetworkError: an input that is no map.

    Source: Lin, Chen, Yan, "Network in network", ICLR 2014, section 3.2.
    """

    kind: ClassVar[str] = "global_avg_pool"
    formula: ClassVar[str] = r"@h[c] = \operatorname{mean}_{u} @x[u, c]"

    def pooled(self, x: Array) -> Array:
        return mean_of_places(x)


@dataclass(frozen=True, eq=False)
class GlobalMaxPool(GlobalPool):
    r"""The largest value of each channel: :math:`h_c = \max_p x_{p,c}` over all places.

    x of shape (batch, …, C) with one to three axes between, h of shape
    (batch, C). Among equal values the gradient goes to the first, as in `MaxPool`.

    Raises:
        NetworkError: an input that is no map.

    Source: Collobert et al., "Natural language processing (almost) from
    scratch", JMLR 12 (2011), section 3.3.2 ("max over time").
    """

    kind: ClassVar[str] = "global_max_pool"
    formula: ClassVar[str] = r"@h[c] = \max_{u} @x[u, c]"

    def pooled(self, x: Array) -> Array:
        # A comparison instead of a gather, whose gradient would be a scatter: slow, and
        # jnp.max would share the gradient among equal values.
        first = jnp.argmax(x, axis=1, keepdims=True).astype(jnp.int32)
        place = jax.lax.broadcasted_iota(jnp.int32, x.shape, 1)
        chosen = place == jnp.broadcast_to(first, x.shape)
        return jnp.where(chosen, x, jnp.zeros((), x.dtype)).sum(axis=1)


METHODS = ("nearest", "bilinear")

FEW = 16
"""Factors above it are one operation on arrays: place by place, compiling takes minutes."""


@dataclass(frozen=True, eq=False)
class UpSample(Layer):
    r"""A map that is f times as large in each direction.

    ``nearest``: every cell becomes a block of equal cells,
    :math:`h_{y,x,c} = x_{\lfloor y/f \rfloor, \lfloor x/f \rfloor, c}`.

    ``bilinear``: linear between the centers of the cells, one direction after
    the other (in a volume trilinear): place y of h lies at
    :math:`(y + \tfrac12)/f - \tfrac12` in x; beyond the outermost centers the
    outermost cell goes on.

    x of shape (batch, height, width, C), h of shape (batch, f·height, f·width,
    C); lines (length, C) and volumes (depth, height, width, C) likewise.

    Args:
        factor: f, one number or one for each direction.
        method: ``nearest`` (default) or ``bilinear``.

    Raises:
        NetworkError: an unknown method, an input that is no map.

    Source: Odena, Dumoulin, Olah, "Deconvolution and checkerboard artifacts",
    Distill (2016).
    """

    kind: ClassVar[str] = "up_sample"
    formula: ClassVar[str] = (
        r"@h[u, c] = \operatorname{@=method}(@x)[(u + 1 / 2) / @factor - 1 / 2, c]"
    )
    letters: ClassVar[Mapping[str, str]] = {"factor": "f"}

    factor: Size = static(2)
    method: str | Choice = static("nearest")

    def __post_init__(self) -> None:
        windows.check_sizes(self.factor, "factor")
        _check_method(self.method)

    def _factors(self, shape: Shape) -> windows.Sizes:
        return windows.sizes(self.factor, "factor", len(shape) - 1)

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        windows.check_map(shape, "UpSample layer")
        size = (n * f for n, f in zip(shape[:-1], self._factors(shape), strict=True))
        return (*size, shape[-1])

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        stretch = _repeated if self.method == "nearest" else _interpolated
        for direction, factor in enumerate(self._factors(x.shape[1:])):
            if factor > 1:
                x = stretch(x, factor, 1 + direction)
        return x


def _check_method(method: Any) -> None:
    if isinstance(method, Choice):
        for option in method.options:
            _check_method(option)
    elif method not in METHODS:
        raise NetworkError(
            "a method of sampling up is known by name",
            expected=", ".join(METHODS),
            received=repr(method),
        )


def _repeated(x: Array, factor: int, axis: int) -> Array:
    if factor > FEW:
        return jnp.repeat(x, factor, axis=axis, total_repeat_length=x.shape[axis] * factor)
    return _woven([x] * factor, axis)


def _woven(parts: list[Array], axis: int) -> Array:
    """Arrays of one shape, in turn along an axis: the first of each, then the second of each."""
    stacked = jnp.stack(parts, axis=axis + 1)
    shape = parts[0].shape
    return stacked.reshape(*shape[:axis], -1, *shape[axis + 1 :])


def _interpolated(x: Array, factor: int, axis: int) -> Array:
    """Each of the f places of a cell from the cell itself and the neighbor on its side."""
    before, after = _neighbor(x, axis, -1), _neighbor(x, axis, 1)
    # Distance of each place from the cell's center, in cells.
    away = (np.arange(factor) + 0.5) / factor - 0.5
    if factor > FEW:
        shape = (*(1,) * (axis + 1), -1, *(1,) * (x.ndim - axis - 1))
        places = jnp.asarray(away, x.dtype).reshape(shape)
        cell, left, right = (jnp.expand_dims(a, axis + 1) for a in (x, before, after))
        made = (1 - jnp.abs(places)) * cell
        made += jnp.abs(places) * jnp.where(places < 0, left, right)
        return made.reshape(*x.shape[:axis], -1, *x.shape[axis + 1 :])
    sides = [before if place < 0 else after for place in away]
    parts = [
        (1 - abs(float(place))) * x + abs(float(place)) * side
        for place, side in zip(away, sides, strict=True)
    ]
    return _woven(parts, axis)


def _neighbor(x: Array, axis: int, step: int) -> Array:
    """The cell before (-1) or after (1); the outermost is its own neighbor."""
    size = x.shape[axis]
    parts = [(0, 1), (0, size - 1)] if step < 0 else [(1, size), (size - 1, size)]
    return jnp.concatenate([jax.lax.slice_in_dim(x, *part, axis=axis) for part in parts], axis)
