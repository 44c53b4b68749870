"""The default network and recipe for segmentation.

The network is U-shaped, as deep as the pictures allow. On the way down maps get smaller and
channels more, on the way up the other way round. The map of each size on the way down is put
beside the map of this size on the way up, so that borders stay sharp.

It trains on whole pictures, or on tiles drawn at random from large ones. Steps, batches and
patience follow from how many pictures there are: a few large ones have millions of pixels to
learn from.

Source: Ronneberger, Fischer and Brox, "U-Net: convolutional networks for
biomedical image segmentation", MICCAI 2015; with fewer channels, one convolution
a size on the way up, sampling up in place of transposed convolutions, and a batch
norm after each convolution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

from shoal.augmentation import Augmentation, Brightness, Contrast, Flip, RandomCrop
from shoal.data import Dataset
from shoal.engine import EarlyStopping, Recipe
from shoal.engine.tiling import tiles_a_picture
from shoal.losses import Loss
from shoal.nn import (
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
from shoal.optimizers import AdamW
from shoal.schedules import OneCycle
from shoal.space import Choice, Float, Int

CHANNELS = ((4, 8, 8), (8, 16, 12), (12, 24, 16), (16, 32, 24))
"""Channels at each size, the largest first: lowest, highest, and where there are no ranges."""

_SMALLEST_MAP = 6
"""No map is halved below this."""

_LARGE_MAP = 128
"""From this side on everything happens at half the size: a convolution with stride
goes in, and the scores of the classes are interpolated at the end."""

TILE = 256
"""Pictures with a longer side are trained on in tiles of this side."""

STEPS = 500
"""Optimizer steps that are about enough, however few the pictures."""

WORK, FEWEST_TRIALS = 1.2e12, 6
"""Multiply-adds of a search: about what one network in a usual framework takes; and trials of
one, whatever they cost."""

LIGHT = 0.2
"""How much brighter or darker a picture may become, and how much flatter or steeper."""

PIXELS = 1 << 16
"""Pixels of a batch, about."""

LEAST_BATCH, MOST_BATCH = 2, 16
"""Pictures or tiles of a batch: batch norms want two, and 16 small ones are enough."""

LEAST_EPOCHS, MOST_EPOCHS = 12, 200
"""Looks at the validation pictures: enough to find the best, few enough to cost little."""

WARM_UP = 0.3
"""Share of the training in which the learning rate rises."""

TileSide = int | Literal["auto"] | None
"""Of the tiles: pixels, as the data ask for, or whole pictures."""

Width = Callable[[int, int, int], int | Int]


def default_tile(dataset: Dataset, tile: TileSide = "auto") -> int | None:
    """The side of the tiles that these pictures are trained on in; None: they stay whole.

    Args:
        dataset: with pictures.
        tile: as asked for; a tile no smaller than the pictures is none.
    """
    longer = max(int(side) for side in dataset.x.shape[1:3])
    side = TILE if tile == "auto" else tile
    return None if side is None or side >= longer else side


def mask_input(dataset: Dataset, tile: TileSide = "auto") -> tuple[int, int]:
    """Height and width of what the network sees at a time."""
    height, width = (int(side) for side in dataset.x.shape[1:3])
    side = default_tile(dataset, tile)
    return (height, width) if side is None else (min(side, height), min(side, width))


def mask_recipe(
    dataset: Dataset,
    rows: int,
    loss: Loss,
    *,
    ranges: bool,
    epochs: int | None = None,
    tile: TileSide = "auto",
) -> Recipe:
    """How to train on these pictures and masks.

    Args:
        dataset: a segmentation.
        rows: pictures of training, about.
        loss: what is minimized.
        ranges: whether learning rate, weight decay and augmentation have ranges.
        epochs: at most this many; by default by the number of pictures.
        tile: side of the tiles.
    """
    course = TrainingLength.of(dataset, rows, mask_input(dataset, tile))
    epochs = epochs or course.epochs
    rate: Any = Float(3e-3, 3e-2, log=True, default=1.2e-2) if ranges else 1.2e-2
    decay: Any = Float(1e-4, 1e-1, log=True, default=1e-2) if ranges else 1e-2
    flips: Any = Choice(0.5, 0.0, name="flips", default=0.5) if ranges else 0.5
    light: Any = Float(0.0, 2 * LIGHT, name="light", default=LIGHT) if ranges else LIGHT
    side = default_tile(dataset, tile)
    crop: tuple[Augmentation, ...] = () if side is None else (RandomCrop(side),)
    return Recipe(
        loss=loss,
        # Fast, then slow: as many epochs make far better masks.
        optimizer=AdamW(learning_rate=OneCycle(rate, warm_up=WARM_UP), weight_decay=decay),
        batch_size=course.batch_size,
        epochs=epochs,
        early_stopping=EarlyStopping(patience=patience_of(epochs)),
        augmentation=(*crop, Flip(flips, flips), Brightness(light), Contrast(light)),
    )


def patience_of(epochs: int) -> int:
    """Epochs without improvement after which a training is stopped: half of all, at least 5.

    While the learning rate rises (`WARM_UP` of the epochs) masks often get no better, and
    most is gained when it has fallen.
    """
    return max(5, ceil(epochs / 2))


@dataclass(frozen=True)
class TrainingLength:
    """How long is trained, in batches of how many.

    Attributes:
        batch_size: pictures or tiles a step.
        epochs: times that training goes through them.
    """

    batch_size: int
    epochs: int

    @classmethod
    def of(cls, dataset: Dataset, pictures: int, seen: tuple[int, int]) -> TrainingLength:
        """For these pictures, of which the network sees so many pixels at a time.

        Args:
            dataset: a segmentation.
            pictures: of training, about.
            seen: height and width of a picture or tile.
        """
        tiles = tiles_a_picture(dataset.x.shape, dataset.sizes, (*seen, dataset.x.shape[-1]))
        batch = PIXELS // (seen[0] * seen[1])
        batch = min(max(batch, LEAST_BATCH), MOST_BATCH, max(pictures * tiles // 2, 1))
        steps = ceil(pictures * tiles / batch)
        return cls(batch, min(max(round(STEPS / steps), LEAST_EPOCHS), MOST_EPOCHS))


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
