"""Writes layers.npz: what PyTorch computes for the layers of maps in one to three directions.

Run by hand when a layer is added; the tests read the file and need no PyTorch::

    pip install torch==2.13.0 numpy
    python tests/reference/make_layers.py

Everything is computed in float64 from inputs that are exact in float32, and
rounded once when it is stored. Arrays are in shoal's order: channels last,
filters (…, in / groups, out), those of a transposed convolution (…, out, in).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # PyTorch's own habit
from torch import Tensor

RNG = np.random.default_rng(20240307)
FOUND: dict[str, np.ndarray] = {}
SIZES = {1: (9,), 2: (7, 6), 3: (5, 4, 6)}
CONVS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
MAX_POOLS = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVG_POOLS = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def draw(*shape: int) -> Tensor:
    values = RNG.standard_normal(shape).astype(np.float32)
    return torch.tensor(values.astype(np.float64), requires_grad=True)


def store(kind: str, fields: dict, function: Callable[..., Tensor], **arrays: Tensor) -> None:
    """A case: inputs x, x2 and parameters by name, the value, and all gradients."""
    y = function(*arrays.values())
    cotangent = draw(*y.shape).detach()
    (y * cotangent).sum().backward()
    number = sum(1 for key in FOUND if key.startswith(f"layer/{kind}-") and key.endswith("/spec"))
    case = f"layer/{kind}-{number}"
    FOUND[f"{case}/spec"] = np.asarray(json.dumps({"kind": kind, "fields": fields}))
    gradients = {f"d_{name}": value.grad for name, value in arrays.items()}
    for name, value in {**arrays, **gradients, "y": y, "cotangent": cotangent}.items():
        array = value.detach().numpy().astype(np.float32)
        FOUND[f"{case}/{name}"] = np.array(array, order="C")


def first(x: Tensor) -> Tensor:
    """Channels first."""
    return x.movedim(-1, 1)


def last(x: Tensor) -> Tensor:
    return x.movedim(1, -1)


def each(value: object, directions: int) -> list[int]:
    return list(value) if isinstance(value, list | tuple) else [value] * directions


def sides(fields: dict, size: tuple[int, ...], window: list[int]) -> list[tuple[int, int]]:
    """Padding before and after; SAME as TensorFlow defines it."""
    padding = fields.get("padding", "same")
    if padding == "valid":
        return [(0, 0)] * len(size)
    if padding != "same":
        return [(padding, padding)] * len(size)
    found = []
    stride = each(fields.get("stride", 1), len(size))
    dilation = each(fields.get("dilation", 1), len(size))
    for n, k, s, d in zip(size, window, stride, dilation, strict=True):
        total = max(d * (k - 1) + 1 - (n % s or s), 0)
        found.append((total // 2, total - total // 2))
    return found


def pad(x: Tensor, around: list[tuple[int, int]], **how: object) -> Tensor:
    return F.pad(x, list(chain.from_iterable(reversed(around))), **how)


def convolved(fields: dict, x: Tensor, weight: Tensor, bias: Tensor, groups: int) -> Tensor:
    directions = x.ndim - 2
    maps = pad(first(x), sides(fields, x.shape[1:-1], list(weight.shape[:-2])))
    filters = weight.movedim((-1, -2), (0, 1))
    stride, dilation = (each(fields.get(name, 1), directions) for name in ("stride", "dilation"))
    return last(CONVS[directions](maps, filters, bias, stride, 0, dilation, groups))


def conv() -> None:
    cases = [
        (1, {"kernel_size": 3}),
        (1, {"kernel_size": [4], "stride": 2, "padding": "valid", "dilation": 2}),
        (2, {"kernel_size": 3, "dilation": 2}),
        (2, {"kernel_size": [2, 3], "stride": [2, 1], "dilation": [1, 2], "padding": 1}),
        (2, {"kernel_size": 3, "groups": 2}),
        (2, {"kernel_size": 3, "stride": 2, "groups": 4, "dilation": 2}),
        (3, {"kernel_size": 3}),
        (3, {"kernel_size": [2, 3, 1], "stride": [2, 1, 3], "padding": "valid"}),
        (3, {"kernel_size": 2, "stride": 2, "dilation": [2, 1, 2], "padding": 1, "groups": 2}),
    ]
    for directions, fields in cases:
        groups = fields.get("groups", 1)
        weight = draw(*each(fields["kernel_size"], directions), 4 // groups, 8)
        store(
            "conv", {"channels": 8, **fields},
            lambda x, w, b, f=fields, g=groups: convolved(f, x, w, b, g),
            x=draw(2, *SIZES[directions], 4), weight=weight, bias=draw(8),
        )  # fmt: skip


def depthwise_conv() -> None:
    cases = [
        (1, {"kernel_size": 3, "multiplier": 2}),
        (2, {}),
        (2, {"kernel_size": [2, 3], "stride": 2, "dilation": [2, 1], "padding": 1,
             "multiplier": 3}),
        (3, {"kernel_size": [3, 2, 1], "padding": "valid", "stride": [1, 2, 1]}),
    ]  # fmt: skip
    for directions, fields in cases:
        filters = 3 * fields.get("multiplier", 1)
        weight = draw(*each(fields.get("kernel_size", 3), directions), 1, filters)
        store(
            "depthwise_conv", fields, lambda x, w, b, f=fields: convolved(f, x, w, b, 3),
            x=draw(2, *SIZES[directions], 3), weight=weight, bias=draw(filters),
        )  # fmt: skip


def transposed(fields: dict, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    directions = x.ndim - 2
    stride, dilation = (each(fields.get(name, 1), directions) for name in ("stride", "dilation"))
    filters = weight.movedim((-1, -2), (0, 1))
    full = TRANSPOSED[directions](first(x), filters, None, stride, 0, 0, 1, dilation)
    if fields.get("padding", "same") == "same":
        size = [n * s for n, s in zip(x.shape[1:-1], stride, strict=True)]
        before = [a for a, _ in sides(fields, tuple(size), list(weight.shape[:-2]))]
    else:
        cut = 0 if fields["padding"] == "valid" else fields["padding"]
        size, before = [n - 2 * cut for n in full.shape[2:]], [cut] * directions
    # Where nothing is laid down the bias stands alone.
    more = [(0, max(0, a + n - m)) for a, n, m in zip(before, size, full.shape[2:], strict=True)]
    full = pad(full, more)
    for axis, (a, n) in enumerate(zip(before, size, strict=True), start=2):
        full = full.narrow(axis, a, n)
    return last(full) + bias


def conv_transpose() -> None:
    cases = [
        (1, {"kernel_size": 3, "stride": 2}),
        (1, {"kernel_size": 4, "stride": 3, "padding": 2, "dilation": 2}),
        (2, {"kernel_size": 2, "stride": 2}),
        (2, {"kernel_size": [3, 4], "stride": [2, 1], "padding": "valid"}),
        (2, {"kernel_size": 4, "stride": 2, "padding": 1}),
        (2, {"kernel_size": 2, "stride": 3, "dilation": [1, 2]}),
        (3, {"kernel_size": 3, "stride": 2}),
        (3, {"kernel_size": [2, 3, 3], "stride": [1, 2, 1], "dilation": [2, 1, 1], "padding": 1}),
    ]
    for directions, fields in cases:
        store(
            "conv_transpose", {"channels": 5, **fields},
            lambda x, w, b, f=fields: transposed(f, x, w, b),
            x=draw(2, *(n // 2 + 1 for n in SIZES[directions]), 3),
            weight=draw(*each(fields["kernel_size"], directions), 5, 3), bias=draw(5),
        )  # fmt: skip


def pooled(kind: str, fields: dict, x: Tensor) -> Tensor:
    directions = x.ndim - 2
    window = each(fields["pool_size"], directions)
    stride = each(fields.get("stride", fields["pool_size"]), directions)
    around = sides({"padding": "valid", **fields, "stride": stride}, x.shape[1:-1], window)
    if kind == "max_pool":
        maps = pad(first(x), around, value=float("-inf"))
        return last(MAX_POOLS[directions](maps, window, stride))
    call = AVG_POOLS[directions]
    counted = call(pad(torch.ones_like(first(x)), around), window, stride)
    return last(call(pad(first(x), around), window, stride) / counted)


def pools() -> None:
    cases = [
        (1, {"pool_size": 2}),
        (1, {"pool_size": [3], "stride": 2, "padding": "same"}),
        (2, {"pool_size": 2}),
        (2, {"pool_size": 3, "stride": 2, "padding": "same"}),
        (2, {"pool_size": [2, 3], "stride": [1, 2], "padding": 1}),
        (3, {"pool_size": 2}),
        (3, {"pool_size": [3, 2, 3], "stride": [1, 2, 2], "padding": 1}),
    ]
    for kind in ("max_pool", "avg_pool"):
        for directions, fields in cases:
            x = draw(2, *SIZES[directions], 3)
            store(kind, fields, lambda x, f=fields, k=kind: pooled(k, f, x), x=x)
    for directions in (1, 2, 3):
        middle = tuple(range(1, directions + 1))
        for kind, function in (
            ("global_avg_pool", lambda x, m=middle: x.mean(m)),
            ("global_max_pool", lambda x, m=middle: x.amax(m)),
        ):
            store(kind, {}, function, x=draw(2, *SIZES[directions], 3))


def up_sample() -> None:
    linear = {1: "linear", 2: "bilinear", 3: "trilinear"}
    cases = [(1, 3), (2, 2), (2, [1, 3]), (3, [2, 1, 4])]
    for directions, factor in cases:
        for method in ("nearest", "bilinear"):
            how = {"mode": "nearest"}
            if method == "bilinear":
                how = {"mode": linear[directions], "align_corners": False}
            scale = [float(f) for f in each(factor, directions)]
            store(
                "up_sample", {"factor": factor, "method": method},
                lambda x, s=scale, h=how: last(F.interpolate(first(x), scale_factor=s, **h)),
                x=draw(2, *(n // 2 + 1 for n in SIZES[directions]), 3),
            )  # fmt: skip


def rims() -> None:
    modes = {"zero": "constant", "edge": "replicate", "reflect": "reflect"}
    for directions, cells in [(1, [[2, 1]]), (2, [1, [0, 3]]), (3, [[1, 2], 0, 1])]:
        around = [tuple(c) if isinstance(c, list) else (c, c) for c in cells]
        for mode, name in modes.items():
            store(
                "pad", {"cells": cells, "mode": mode},
                lambda x, a=around, m=name: last(pad(first(x), a, mode=m)),
                x=draw(2, *SIZES[directions], 2),
            )  # fmt: skip
        cut = [(-a, -b) for a, b in around]
        store(
            "crop", {"cells": cells}, lambda x, a=cut: last(pad(first(x), a)),
            x=draw(2, *SIZES[directions], 2),
        )  # fmt: skip


def others() -> None:
    store("reshape", {"shape": [4, -1]}, lambda x: x.reshape(2, 4, -1), x=draw(2, 2, 4, 3))
    maps = (2, 3, 4, 5)
    store("multiply", {}, lambda x, x2: x * x2, x=draw(*maps), x2=draw(*maps))
    store("multiply", {}, lambda x, x2: x * x2[:, None, None], x=draw(*maps), x2=draw(2, 5))


def main() -> None:
    for part in (conv, depthwise_conv, conv_transpose, pools, up_sample, rims, others):
        part()
    path = Path(__file__).with_name("layers.npz")
    np.savez_compressed(path, **FOUND)
    print(f"{path.name}: {len(FOUND)} arrays, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
