"""What to train when nobody says what: a network and a recipe for the data at hand.

For images a small convolutional network, scaled to the size of the map; for
masks a U-shaped one (`default_masks.py`); for texts one on vectors of tokens
(`default_texts.py`); for tables a multilayer perceptron (`default_tables.py`). With
``ranges=True`` the same network and recipe have ranges where their numbers matter
most: a family to search.
"""

from __future__ import annotations

from math import ceil
from typing import Any

from shoal.data import Dataset
from shoal.default_masks import mask_network
from shoal.default_tables import table_network, table_recipe
from shoal.default_texts import text_network, text_recipe
from shoal.network import Conv, Dense, Dropout, Flatten, MaxPool, Network, Sequential, relu
from shoal.space import Choice, Float, Int
from shoal.training import EarlyStopping, Recipe
from shoal.training.augmentation import Flip
from shoal.training.losses import BinaryCrossEntropy, CrossEntropy, Dice, Loss, SquaredError
from shoal.training.optimizers import AdamW
from shoal.training.schedules import OneCycle

_SMALLEST_MAP = 7
"""A map of this side or less is flat enough for a dense layer."""

_SMALL_MAP = 12
"""Below it a filter has 3×3 places, above it 5×5; a picture below it is looked at twice."""

_MOST_BLOCKS = 4
"""Convolutions, at most."""

_CHANNELS = ((6, 10, 8), (10, 20, 16), (16, 32, 24), (24, 48, 32))
"""Channels of each convolution: lowest, highest, and where there are no ranges."""

_CHANNELS_SMALL = ((8, 16, 16), (16, 32, 24), (16, 32, 32), (16, 32, 32))
"""The same for small pictures, where a channel costs little."""

_LARGE_MAP = 64
"""From here on the first convolution takes every other place only."""

_STEPS = {"image": (420, 8, 40)}
"""Optimizer steps that are about enough, and the fewest and most epochs for them."""

_TRAIN_SHARE = 0.6
"""Share of the rows that training sees, roughly: the rest validates and tests."""


def default_network(dataset: Dataset, *, ranges: bool, options: bool | None = None) -> Network:
    """The network, or the family of networks, for these data.

    Args:
        dataset: with targets.
        ranges: whether its numbers are ranges.
        options: whether a table's numbers may come in several ways; None: where there are
            ranges.
    """
    outputs = _outputs(dataset)
    if dataset.kind == "image":
        height, width, channels = map(int, dataset.x.shape[1:])
        if dataset.task == "segmentation":
            return mask_network(
                height, width, channels, outputs,
                lambda low, high, fixed: _int(low, high, ranges, fixed),
            )  # fmt: skip
        return _image_network(height, width, outputs, ranges)
    if dataset.tokenization is not None:
        return text_network(dataset, outputs, ranges=ranges)
    options = ranges if options is None else options
    return table_network(dataset, outputs, ranges=ranges, options=options)


def default_recipe(dataset: Dataset, *, ranges: bool, epochs: int | None = None) -> Recipe:
    """How to train these data.

    Args:
        dataset: with targets.
        ranges: whether learning rate and weight decay are ranges.
        epochs: at most this many; by default by the number of rows.
    """
    rows = max(int(len(dataset) * _TRAIN_SHARE), 1)
    if dataset.kind == "table":
        return table_recipe(rows, default_loss(dataset), ranges=ranges, epochs=epochs)
    if dataset.kind == "text":
        return text_recipe(rows, default_loss(dataset), ranges=ranges, epochs=epochs)
    batch_size = 64 if rows >= 2000 else 32 if rows >= 200 else 16
    masks = dataset.task == "segmentation"
    if masks:
        batch_size = min(batch_size, 16)  # every pixel is an example
    epochs = epochs or _epochs(dataset, ceil(rows / batch_size))
    rate = _log(1e-3, 1e-2, ranges, fixed=2e-3)
    flips: Any = Choice(0.5, 0.0, name="flips", default=0.5) if ranges else 0.5
    return Recipe(
        loss=default_loss(dataset),
        optimizer=AdamW(
            # Fast, then slow: as many epochs make far better masks.
            learning_rate=OneCycle(_log(3e-3, 3e-2, ranges, fixed=1.2e-2)) if masks else rate,
            weight_decay=_log(1e-4, 1e-1, ranges, fixed=1e-2),
        ),
        batch_size=batch_size,
        epochs=epochs,
        early_stopping=EarlyStopping(patience=max(5, epochs // 4)),
        augmentation=(Flip(flips, flips),) if masks else (),
    )


def default_loss(dataset: Dataset) -> Loss:
    """Cross entropy for classes and labels, with Dice's for masks; squared error for numbers."""
    if dataset.task == "segmentation":
        return CrossEntropy() + Dice()
    if dataset.task == "multi-label":
        return BinaryCrossEntropy()
    return CrossEntropy() if dataset.task == "classification" else SquaredError()


def _image_network(height: int, width: int, outputs: int, ranges: bool) -> Network:
    """Convolutions and poolings until the map is small, then one dense layer."""
    layers: list[Any] = []
    side = min(height, width)
    small = side < _SMALL_MAP
    for block in range(_MOST_BLOCKS):
        low, high, fixed = _CHANNELS_SMALL[block] if small else _CHANNELS[block]
        stride = 2 if block == 0 and side > _LARGE_MAP else 1
        size = 3 if side < _SMALL_MAP else 5
        layers += [Conv(_int(low, high, ranges, fixed), kernel_size=size, stride=stride), relu]
        side = ceil(side / stride)
        if small and block == 0:
            continue  # a small map is worth two looks before it shrinks
        if side >= 2:
            layers.append(MaxPool(2))
            side //= 2
        if side <= _SMALLEST_MAP:
            break
    return Sequential(
        *layers,
        Flatten(),
        Dropout(_real(0.2, 0.6, ranges, fixed=0.4)),
        Dense(_int(32, 128, ranges, fixed=64, log=True)),
        relu,
        Dropout(_real(0.0, 0.5, ranges, fixed=0.3)),
        Dense(outputs),
    )


def _epochs(dataset: Dataset, steps: int) -> int:
    """Epochs so that small data get enough optimizer steps and large data not too many."""
    wanted, least, most = _STEPS[dataset.kind]
    return min(max(round(wanted / steps), least), most)


def _outputs(dataset: Dataset) -> int:
    if dataset.task != "regression":
        return max(len(dataset.classes), 1)
    return 1 if dataset.y is None or dataset.y.ndim == 1 else int(dataset.y.shape[1])


def _int(low: int, high: int, ranges: bool, fixed: int, *, log: bool = False) -> int | Int:
    return Int(low, high, log=log, default=fixed) if ranges else fixed


def _real(low: float, high: float, ranges: bool, *, fixed: float) -> float | Float:
    return Float(low, high, default=fixed) if ranges else fixed


def _log(low: float, high: float, ranges: bool, *, fixed: float) -> float | Float:
    return Float(low, high, log=True, default=fixed) if ranges else fixed
