"""The default network and recipe for pictures: convolutions with batch norms, one cycle.

Each block is a convolution, a pooling, a rectifier and a batch norm. The pooling comes first,
so that the others have a quarter of the work. A block halves the sides and doubles the
channels. The head is one dense layer, on all positions of a small map, or on the mean of each
channel of a large one.

At every step the pictures are moved and turned a little. Pictures in color, such as photos, are
also mirrored and change brightness, contrast and saturation. How much is a searched choice, and
in color whether at all. Gray pictures are not mirrored: a letter would become another one.
Where the target is a number, pictures are not moved, since a move may change the number.

Sources: Ioffe and Szegedy, "Batch normalization", ICML 2015; Lin, Chen, Yan, "Network in
network", ICLR 2014, on global pooling; Smith and Topin, "Super-convergence",
arXiv:1708.07120 (2017), on one cycle.
"""

from __future__ import annotations

from math import ceil, prod
from typing import Any

from shoal.augmentation import (
    Augmentation,
    Brightness,
    Contrast,
    Flip,
    Rotation,
    Saturation,
    Scale,
    Shift,
)
from shoal.data import Dataset
from shoal.engine import EarlyStopping, Recipe
from shoal.losses import CrossEntropy, Loss
from shoal.nn import (
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Network,
    Sequential,
    relu,
)
from shoal.optimizers import AdamW
from shoal.schedules import OneCycle
from shoal.space import Choice, Float, Int

CHANNELS = (16, 32, 64, 128, 128)
"""Channels of each block."""

FEWEST_BLOCKS = 3
"""Of pictures however small."""

SMALL_MAP = 12
"""Pictures below this side are looked at once more before they shrink."""

SMALLEST_MAP = 4
"""No map of this side or less is halved."""

LARGE_MAP = 96
"""From this side on the first convolution takes every other place only."""

GLOBAL = 48
"""From this side on the head sees the mean of each channel, and not each place."""

STEPS, SEARCH_STEPS = 1200, 800
"""Optimizer steps that are about enough, of one network and of one of a search: there an
ensemble makes up for what is missing."""

FEWEST_EPOCHS, MOST_EPOCHS = 8, 100
"""Of many pictures and of few."""

BATCHES = ((300, 16), (2000, 32))
"""Rows of training below which a batch has so many, and no more."""

LARGEST_BATCH = 64

BATCH_NUMBERS = 1 << 24
"""Numbers of a batch's pictures, at most: of a network's maps there is then about a gigabyte."""

SMALLEST_BATCH = 4
"""Of pictures however large: a batch norm needs several."""

WORK = 2e12
"""Multiply-adds of a search: some twenty seconds of two processors."""

FEWEST_TRIALS, MOST_TRIALS = 6, 12
"""Of a search, whatever one costs; of small pictures batch norms and moves cost more than what
is counted."""

PEAK = 1e-2
"""Of the learning rate: batch norms bear it, and a third of it is clearly worse."""

SMOOTHING = 0.05
"""Share of a class's probability that is given to all classes alike."""


def image_network(dataset: Dataset, outputs: int, *, ranges: bool) -> Network:
    """The network, or the family of networks, for pictures of this size.

    Args:
        dataset: of pictures.
        outputs: of the last layer.
        ranges: whether its numbers are ranges.
    """
    height, width, _ = map(int, dataset.x.shape[1:])
    side, layers = min(height, width), list[Any]()
    small, large = side < SMALL_MAP, side >= GLOBAL
    for block, channels in enumerate(CHANNELS):
        stride = 2 if block == 0 and side >= LARGE_MAP else 1
        layers.append(Conv(_channels(channels, block, ranges), kernel_size=3, stride=stride))
        side = ceil(side / stride)
        if side > SMALLEST_MAP and not (small and block == 0):
            layers.append(MaxPool(2))
            side //= 2
        layers += [relu, BatchNorm()]
        if side <= SMALLEST_MAP and block + 1 >= FEWEST_BLOCKS:
            break
    rate: Any = Float(0.1, 0.6, default=0.3) if ranges else 0.3
    head = GlobalAvgPool() if large else Flatten()
    return Sequential(*layers, head, Dropout(rate), Dense(outputs))


def image_recipe(
    dataset: Dataset, rows: int, loss: Loss, *, ranges: bool, epochs: int | None
) -> Recipe:
    """One cycle of AdamW on pictures that are moved at every step.

    Args:
        dataset: of pictures.
        rows: of training, about.
        loss: of the task.
        ranges: whether learning rate, weight decay and the strength of the moves are ranges.
        epochs: at most this many; by default by the number of rows.
    """
    usual = next((size for below, size in BATCHES if rows < below), LARGEST_BATCH)
    batch_size = min(usual, largest_batch(dataset.x.shape[1:]))
    wanted = round((SEARCH_STEPS if ranges else STEPS) / ceil(rows / batch_size))
    epochs = epochs or min(max(wanted, FEWEST_EPOCHS), MOST_EPOCHS)
    rate: Any = Float(3e-3, 3e-2, log=True, default=PEAK) if ranges else PEAK
    decay: Any = Float(1e-3, 3e-1, log=True, default=1e-2) if ranges else 1e-2
    return Recipe(
        loss=CrossEntropy(label_smoothing=SMOOTHING) if isinstance(loss, CrossEntropy) else loss,
        optimizer=AdamW(learning_rate=OneCycle(rate), weight_decay=decay),
        batch_size=batch_size,
        epochs=epochs,
        # A cycle is best near its end.
        early_stopping=EarlyStopping(patience=max(5, epochs // 2)),
        augmentation=_augmentation(dataset, ranges=ranges),
    )


def largest_batch(shape: tuple[int, ...]) -> int:
    """Pictures of this shape that memory holds in a batch: a power of two."""
    most = max(BATCH_NUMBERS // prod(shape), 1)
    return max(1 << (most.bit_length() - 1), SMALLEST_BATCH)


def in_color(dataset: Dataset) -> bool:
    """Whether pictures have three channels or more that are not the same."""
    x = dataset.x
    if x.shape[-1] < 3:
        return False
    some = x[:: max(len(x) // 100, 1)]
    return bool((some[..., 0] != some[..., 1]).any() or (some[..., 1] != some[..., 2]).any())


def _augmentation(dataset: Dataset, *, ranges: bool) -> tuple[Augmentation, ...]:
    """Moves that keep what most pictures show; in color also mirroring and another light.

    A number may well be where something is, how large or how far it is turned: then moves are
    for a search to find out about, and are left out where nothing is searched.
    """
    still, color = dataset.task == "regression", in_color(dataset)
    moves: tuple[Augmentation, ...] = (
        Shift(_strength(0.2, 0.0 if still else 0.1, ranges)),
        Rotation(_strength(20.0, 0.0 if still else 10.0, ranges)),
        Scale(_strength(0.3, 0.0 if still else 0.15, ranges)),
    )
    if color:
        usual = 0.0 if still else 0.5
        flips: Any = Choice(0.5, 0.0, name="flips", default=usual) if ranges else usual
        moves = (*moves, Flip(horizontal=flips))
    if still and not ranges:
        moves = ()
    if not color:
        return moves
    light = _strength(0.4, 0.2, ranges)
    return (*moves, Brightness(light), Contrast(light), Saturation(light))


def _strength(high: float, usual: float, ranges: bool) -> Any:
    return Float(0.0, high, default=usual) if ranges else usual


def _channels(usual: int, block: int, ranges: bool) -> Any:
    """The first block sees most places: more channels there cost most and bring least."""
    if not ranges or block == 0:
        return usual
    return Int(usual * 3 // 4, usual * 3 // 2, default=usual)
