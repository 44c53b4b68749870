"""What layers of maps compute in prediction, by NumPy: convolution, pooling, resampling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from shoal.nn import layers as nn
from shoal.nn.layers.reshaping import MODES
from shoal.nn.layers.windows import Slide, sides
from shoal.nn.numpy_layers import Array, computes


def taps(x: Array, slide: Slide, outside: float) -> Iterator[tuple[tuple[int, ...], Array]]:
    """Each tap of the window, and what lies under it at each of the window's places."""
    pads = ((0, 0), *slide.padding, (0, 0))
    if any(map(any, slide.padding)):
        x = np.pad(x, pads, constant_values=outside)
    for tap in product(*map(range, slide.window)):
        places = (
            slice(t * d, t * d + (n - 1) * s + 1, s)
            for t, d, n, s in zip(tap, slide.dilation, slide.out, slide.stride, strict=True)
        )
        yield tap, x[(slice(None), *places)]


@computes(nn.Conv, nn.DepthwiseConv)
def _conv(layer: Any, params: Mapping[str, Array], x: Array) -> Array:
    weight, slide = params["weight"], layer.slide(x.shape[1:])
    groups, filters = x.shape[-1] // weight.shape[-2], weight.shape[-1]
    h = np.zeros((len(x), *slide.out, filters), np.float32)
    for tap, under in taps(x, slide, 0.0):
        if groups == 1:
            h += under @ weight[tap]
        elif weight.shape[-2] == 1:
            h += (under[..., None] * weight[tap].reshape(groups, -1)).reshape(h.shape)
        else:
            both = zip(np.split(under, groups, -1), np.split(weight[tap], groups, -1), strict=True)
            h += np.concatenate([own @ right for own, right in both], axis=-1)
    return h + params["bias"] if "bias" in params else h


@computes(nn.ConvTranspose)
def _conv_transpose(layer: nn.ConvTranspose, params: Mapping[str, Array], x: Array) -> Array:
    weight, slide = params["weight"], layer.slide(x.shape[1:])
    each = list(zip(x.shape[1:-1], slide.window, slide.stride, slide.dilation, strict=True))
    covered = [(n - 1) * s + d * (k - 1) + 1 for n, k, s, d in each]
    cut = [before for before, _ in slide.padding]
    whole = [max(c, b + n) for c, b, n in zip(covered, cut, slide.size, strict=True)]
    h = np.zeros((len(x), *whole, weight.shape[-2]), np.float32)
    for tap in product(*map(range, slide.window)):
        places = (
            slice(t * d, t * d + (n - 1) * s + 1, s)
            for t, (n, _, s, d) in zip(tap, each, strict=True)
        )
        h[(slice(None), *places)] += x @ weight[tap].T
    kept = (slice(b, b + n) for b, n in zip(cut, slide.size, strict=True))
    h = h[(slice(None), *kept)]
    return h + params["bias"] if "bias" in params else h


@computes(nn.MaxPool)
def _max_pool(layer: nn.MaxPool, params: Mapping[str, Array], x: Array) -> Array:
    each = (under for _, under in taps(x, layer.slide(x.shape[1:]), -np.inf))
    best = next(each).copy()
    for under in each:
        np.maximum(best, under, out=best)
    return best


@computes(nn.AvgPool)
def _avg_pool(layer: nn.AvgPool, params: Mapping[str, Array], x: Array) -> Array:
    slide = layer.slide(x.shape[1:])
    total = sum(under for _, under in taps(x, slide, 0.0))
    inside = np.ones((1, *x.shape[1:-1], 1), np.float32)
    count = sum(under for _, under in taps(inside, slide, 0.0))
    return np.asarray(total * (1 / np.asarray(count)))


@computes(nn.GlobalAvgPool)
def _global_avg_pool(layer: nn.GlobalAvgPool, params: Mapping[str, Array], x: Array) -> Array:
    return np.asarray(x.reshape(len(x), -1, x.shape[-1]).mean(axis=1))


@computes(nn.GlobalMaxPool)
def _global_max_pool(layer: nn.GlobalMaxPool, params: Mapping[str, Array], x: Array) -> Array:
    return np.asarray(x.reshape(len(x), -1, x.shape[-1]).max(axis=1))


@computes(nn.UpSample)
def _up_sample(layer: nn.UpSample, params: Mapping[str, Array], x: Array) -> Array:
    shape = layer.out_shape(x.shape[1:])
    for axis in range(1, x.ndim - 1):
        factor = shape[axis - 1] // x.shape[axis]
        if factor > 1:
            nearest = layer.method == "nearest"
            x = np.repeat(x, factor, axis) if nearest else _between(x, factor, axis)
    return x


def _between(x: Array, factor: int, axis: int) -> Array:
    """Linear between the centers of cells; the outermost cells go on."""
    size = x.shape[axis]
    at = (np.arange(size * factor) + 0.5) / factor - 0.5
    low = np.floor(at).astype(int)
    share = (at - low).astype(np.float32).reshape(-1, *(1,) * (x.ndim - axis - 1))
    left, right = (x.take(np.clip(low + step, 0, size - 1), axis) for step in (0, 1))
    return np.asarray((1 - share) * left + share * right)


@computes(nn.Crop)
def _crop(layer: nn.Crop, params: Mapping[str, Array], x: Array) -> Array:
    cut: Sequence[tuple[int, int]] = sides(layer.cells, x.ndim - 2)
    kept = (slice(a, n - b) for (a, b), n in zip(cut, x.shape[1:-1], strict=True))
    return x[(slice(None), *kept)]


@computes(nn.Pad)
def _pad(layer: nn.Pad, params: Mapping[str, Array], x: Array) -> Array:
    mode: Any = MODES[str(layer.mode)]
    return np.pad(x, ((0, 0), *sides(layer.cells, x.ndim - 2), (0, 0)), mode=mode)
