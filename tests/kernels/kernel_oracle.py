"""The operations from their definitions, in float64 NumPy, with gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np

F64 = np.ndarray


def close(actual, wanted) -> None:
    """To 1e-5 of the largest element."""
    wanted = np.asarray(wanted, np.float64)
    scale = max(1.0, float(np.abs(wanted).max(initial=0.0)))
    np.testing.assert_allclose(np.asarray(actual, np.float64), wanted, rtol=1e-5, atol=1e-5 * scale)


def value_and_pull(call: Callable, cotangent: np.ndarray, *operands: np.ndarray) -> list:
    """The result of a call and its gradients for one cotangent, compiled once."""

    def both(cotangent, *operands):
        y, pull = jax.vjp(call, *operands)
        return y, *pull(cotangent)

    return list(jax.jit(both)(cotangent, *operands))


class Geometry(NamedTuple):
    """Of a sliding window: what `shoal.kernels.conv` takes, by its names."""

    stride: tuple[int, int] = (1, 1)
    padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1


def dense(x: F64, weight: F64, bias: F64) -> F64:
    return x @ weight + bias


def dense_grads(x: F64, weight: F64, dy: F64) -> tuple[F64, F64, F64]:
    return dy @ weight.T, x.T @ dy, dy.sum(0)


def _places(size: int, window: int, axis: int, g: Geometry) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each tap: the outputs that it reaches and the inputs it reads for them."""
    before, after = g.padding[axis]
    span = (window - 1) * g.dilation[axis] + 1
    outputs = np.arange(max(0, (size + before + after - span) // g.stride[axis] + 1))
    places = []
    for tap in range(window):
        inputs = outputs * g.stride[axis] - before + tap * g.dilation[axis]
        inside = (inputs >= 0) & (inputs < size)
        places.append((outputs[inside], inputs[inside]))
    return places


def out_size(size: int, window: int, axis: int, g: Geometry) -> int:
    span = (window - 1) * g.dilation[axis] + 1
    return max(0, (size + sum(g.padding[axis]) - span) // g.stride[axis] + 1)


def _taps(x: F64, window: tuple[int, int], g: Geometry):
    rows = _places(x.shape[1], window[0], 0, g)
    columns = _places(x.shape[2], window[1], 1, g)
    for i, (out_rows, in_rows) in enumerate(rows):
        for j, (out_columns, in_columns) in enumerate(columns):
            yield i, j, np.ix_(out_rows, out_columns), np.ix_(in_rows, in_columns)


def _by_group(weight: F64, groups: int) -> list[tuple[slice, slice]]:
    channels, filters = weight.shape[2], weight.shape[3] // groups
    return [
        (slice(k * channels, (k + 1) * channels), slice(k * filters, (k + 1) * filters))
        for k in range(groups)
    ]


def conv(x: F64, weight: F64, bias: F64, g: Geometry) -> F64:
    height = out_size(x.shape[1], weight.shape[0], 0, g)
    width = out_size(x.shape[2], weight.shape[1], 1, g)
    y = np.zeros((x.shape[0], height, width, weight.shape[3])) + bias
    for b in range(x.shape[0]):
        for i, j, out, come in _taps(x, weight.shape[:2], g):
            for channels, filters in _by_group(weight, g.groups):
                y[b][..., filters][out] += x[b][..., channels][come] @ weight[i, j][:, filters]
    return y


def conv_grads(x: F64, weight: F64, dy: F64, g: Geometry) -> tuple[F64, F64, F64]:
    dx, dw = np.zeros_like(x), np.zeros_like(weight)
    for b in range(x.shape[0]):
        for i, j, out, come in _taps(x, weight.shape[:2], g):
            for channels, filters in _by_group(weight, g.groups):
                seen, gradient = x[b][..., channels][come], dy[b][..., filters][out]
                dx[b][..., channels][come] += gradient @ weight[i, j][:, filters].T
                dw[i, j][:, filters] += np.einsum("hwc,hwn->cn", seen, gradient)
    return dx, dw, dy.sum((0, 1, 2))


def pool(x: F64, window: tuple[int, int], g: Geometry) -> tuple[F64, F64]:
    """Maxima and means."""
    shape = [x.shape[0], *(out_size(x.shape[1 + a], window[a], a, g) for a in (0, 1)), x.shape[3]]
    best, total, count = np.full(shape, -np.inf), np.zeros(shape), np.zeros(shape)
    for _, _, out, come in _taps(x, window, g):
        for b in range(x.shape[0]):
            best[b][out] = np.maximum(best[b][out], x[b][come])
            total[b][out] += x[b][come]
            count[b][out] += 1
    return best, total / np.maximum(count, 1)


def pool_grads(x: F64, dy: F64, window: tuple[int, int], g: Geometry) -> tuple[F64, F64]:
    """Of the maxima (to the first of equals) and of the means."""
    best, _ = pool(x, window, g)
    dmax, dmean, count = np.zeros_like(x), np.zeros_like(x), np.zeros_like(dy)
    given = np.zeros(dy.shape, bool)
    taps = list(_taps(x, window, g))
    for b in range(x.shape[0]):
        for _, _, out, come in taps:
            first = (x[b][come] == best[b][out]) & ~given[b][out]
            given[b][out] |= first
            dmax[b][come] += np.where(first, dy[b][out], 0)
            count[b][out] += 1
    for b in range(x.shape[0]):
        for _, _, out, come in taps:
            dmean[b][come] += dy[b][out] / count[b][out]
    return dmax, dmean
