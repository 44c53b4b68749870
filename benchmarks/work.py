r"""The arithmetic that training cannot do without.

A layer with $m$ multiply-accumulates an example costs $2m$ operations forward,
$2m$ for its weights' gradient and $2m$ for its input's gradient, which the
first layer does not need:

$$ F = 2 \left(3 \sum_i m_i - m_1\right) \text{ per example.} $$

Activations, the optimizer, validation and whatever padding a program adds are
left out: they are time spent, not work asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from benchmarks.workloads import (
    BATCH_SIZE,
    CLASSES,
    HIDDEN_OF_ONE_MLP,
    PICTURE_CLASSES,
    PICTURE_FILTERS,
    SingleWorkload,
)


def training_flops(macs: Sequence[int]) -> int:
    """Operations to train on one example a network of layers with these MACs."""
    return 2 * (3 * sum(macs) - macs[0])


def mlp_macs(inputs: int, widths: Sequence[int], outputs: int = CLASSES) -> list[int]:
    """MACs of each layer of a multilayer perceptron, per example."""
    sizes = [inputs, *widths, outputs]
    return [before * after for before, after in itertools.pairwise(sizes)]


def conv_macs(side: int, kernel: int, channels: int, filters: int) -> int:
    """MACs of a same-padded convolution over a square map, per example."""
    return side * side * kernel * kernel * channels * filters


def small_cnn_macs(filters: Sequence[int]) -> list[int]:
    """The searched network: 3×3 conv, pool 2, 3×3 conv, pool 2, dense, on 28×28."""
    first, second = filters
    return [
        conv_macs(28, 3, 1, first),
        conv_macs(14, 3, first, second),
        7 * 7 * second * CLASSES,
    ]


def normed_cnn_macs(side: int, channels: int, filters: Sequence[int]) -> list[int]:
    """3×3 convolutions, pool 2 after each, the mean over places, dense; batch norms left out."""
    before = [channels, *filters[:-1]]
    maps = [
        conv_macs(side >> level, 3, *pair)
        for level, pair in enumerate(zip(before, filters, strict=True))
    ]
    return [*maps, filters[-1] * CLASSES]


def unet_macs(side: int, channels: int, widths: Sequence[int], classes: int = 2) -> list[int]:
    """Two 3×3 convolutions a level on the way down, one on the way up, 1×1 at the end."""
    macs, before = [], channels
    for level, width in enumerate(widths):
        macs += [conv_macs(side >> level, 3, c, width) for c in (before, width)]
        before = width
    for level, width in reversed([*enumerate(widths[:-1])]):
        macs.append(conv_macs(side >> level, 3, before + width, width))
        before = width
    return [*macs, conv_macs(side, 1, before, classes)]


def large_cnn_macs() -> list[int]:
    """5×5 conv 32, pool 2, 5×5 conv 64, dense 512, dense 10, on 28×28."""
    return [
        conv_macs(28, 5, 1, 32),
        conv_macs(14, 5, 32, 64),
        14 * 14 * 64 * 512,
        512 * CLASSES,
    ]


def mnist_cnn_macs() -> list[int]:
    """3×3 conv 32, 64 and 128, pool 2 after each, dense 128, dense 10, on 28×28."""
    return [
        conv_macs(28, 3, 1, 32),
        conv_macs(14, 3, 32, 64),
        conv_macs(7, 3, 64, 128),
        3 * 3 * 128 * 128,
        128 * CLASSES,
    ]


def picture_cnn_macs(side: int) -> list[int]:
    """3×3 conv 16, 32 and 32, pool 2 after each, the mean of each map, dense."""
    first, second, third = PICTURE_FILTERS
    return [
        conv_macs(side, 3, 3, first),
        conv_macs(side // 2, 3, first, second),
        conv_macs(side // 4, 3, second, third),
        third * PICTURE_CLASSES,
    ]


def one_mlp_macs() -> list[int]:
    """784-512-10."""
    return mlp_macs(784, [HIDDEN_OF_ONE_MLP])


def units_per_epoch(workload: SingleWorkload, rows: int) -> int:
    """What the row counts in one pass over the training rows: one epoch, or its steps."""
    return 1 if workload.unit == "epoch" else -(-rows // BATCH_SIZE)
