"""The network for segmentation when nobody says which: U-shaped, as deep as the pictures allow.

On the way down maps get smaller and channels more, on the way up the other way
round; what each size saw on the way down is put beside what comes up, so that
borders stay sharp.

Source: Ronneberger, Fischer and Brox, "U-Net: convolutional networks for
biomedical image segmentation", MICCAI 2015; with fewer channels, one convolution
a size on the way up, sampling up in place of transposed convolutions, and a batch
norm after each convolution.
"""

from __future__ import annotations

from collections.abc import Callable

from shoal.network import (
    BatchNorm,
    Concat,
    Conv,
    Crop,
    Input,
    MaxPool,
    Network,
    Pad,
    Symbol,
    UpSample,
    relu,
)
from shoal.space import Int

CHANNELS = ((4, 8, 8), (8, 16, 12), (12, 24, 16), (16, 32, 24))
"""Channels at each size, the largest first: lowest, highest, and where there are no ranges."""

_SMALLEST_MAP = 6
"""No map is halved below this."""

_LARGE_MAP = 128
"""From this side on everything happens at half the size: a convolution with stride
goes in, and the scores of the classes are interpolated at the end."""

Width = Callable[[int, int, int], int | Int]


def mask_network(height: int, width: int, channels: int, classes: int, pick: Width) -> Network:
    """A U-shaped network for pictures of this size.

    Args:
        height: of the pictures; a size that cannot be halved often enough is padded,
            and the padding cut off at the end.
        width: of the pictures, likewise.
        channels: of the pictures.
        classes: outputs at each pixel.
        pick: from the lowest, the highest and the usual number of channels to
            what stands in the network.
    """
    side = min(height, width)
    large = side >= _LARGE_MAP
    halvings = 0
    while halvings < len(CHANNELS) - 1 and side // (2 << (halvings + large)) >= _SMALLEST_MAP:
        halvings += 1
    step = 1 << (halvings + large)
    missing = ((0, -height % step), (0, -width % step))
    x = Input((height, width, channels))
    h = Pad(missing, mode="edge")(x) if any(map(any, missing)) else x
    h = _down_and_up(h, halvings, large, pick)
    h = Conv(classes, kernel_size=1)(h)
    if large:
        h = UpSample(2, method="bilinear")(h)
    return Network(Crop(missing)(h) if any(map(any, missing)) else h)


def _down_and_up(h: Symbol, halvings: int, large: bool, pick: Width) -> Symbol:
    # One range a size: what goes down and what comes up have as many channels.
    widths = [pick(*CHANNELS[level]) for level in range(halvings + 1)]
    seen: list[Symbol] = []
    for level, channels in enumerate(widths):
        stride = 2 if level == 0 and large else 1
        h = _convolved(_convolved(h, channels, stride), channels)
        if level < halvings:
            seen.append(h)
            h = MaxPool(2)(h)
    for level in reversed(range(halvings)):
        h = Concat()(UpSample(2)(h), seen[level])
        h = _convolved(h, widths[level])
    return h


def _convolved(h: Symbol, channels: int | Int, stride: int = 1) -> Symbol:
    return relu(BatchNorm()(Conv(channels, kernel_size=3, stride=stride)(h)))
