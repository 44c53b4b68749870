"""The default network and recipe for tables: a perceptron on bins of the numbers.

Columns of more than 64 categories become learned vectors, others are one-hot.
`benchmarks/README.md` has the tables on which this was chosen, and what each part brings.
"""

from __future__ import annotations

from math import ceil
from typing import Any

from shoal.data import Dataset
from shoal.data.columns.categories import FEW_CATEGORIES
from shoal.data.io.arrays import is_frame
from shoal.engine import EarlyStopping, Recipe
from shoal.losses import Loss
from shoal.nn import (
    CategoryEmbedding,
    Dense,
    Dropout,
    Flatten,
    Network,
    PBLDEmbedding,
    PiecewiseLinearEmbedding,
    Sequential,
    identity,
    relu,
)
from shoal.optimizers import AdamW
from shoal.schedules import OneCycle
from shoal.space import Choice, Float, Int

STEPS = 6000
"""Optimizer steps of a training: with bins more of them change little, without they help."""

FEWEST_EPOCHS, MOST_EPOCHS = 40, 400
"""Of large tables and of small ones."""

MOST_STEPS = 30_000
"""Beyond which very large tables have fewer epochs."""

BATCHES = ((100, 16), (400, 32), (20_000, 64), (60_000, 128))
"""Rows of training below which a batch has so many, and no more."""

LARGEST_BATCH = 256

BINS, FEWEST_BINS = 32, 4
"""Of each number, at most and at least."""

MOST_BINS = 512
"""Of all numbers together: the time of a step grows with them."""

UNITS = 128
"""Of a hidden layer."""

LARGE = 10_000
"""Rows from which on wider layers are worth their time."""

LOOKED_AT = 1 << 16
"""Rows in which the categories of a column are counted."""


def table_network(dataset: Dataset, outputs: int, *, ranges: bool, options: bool) -> Network:
    """A perceptron of two hidden layers on the numbers' bins.

    Args:
        dataset: whose network it is.
        outputs: of the last layer.
        ranges: whether its numbers are ranges.
        options: whether numbers may also come by waves (`PBLDEmbedding`) or as they are: on
            tables of few rows and on sums of smooth effects one of these is better, and no
            rule tells.
    """
    first = _numbers(dataset.x.shape[1], ranges, options) if dataset.x.ndim == 2 else Flatten()
    categories = [CategoryEmbedding()] if _has_many_categories(dataset) else []
    large = len(dataset) >= LARGE
    hidden = (*_hidden(ranges, large), *_hidden(ranges, large))
    return Sequential(first, *categories, *hidden, Dense(outputs))


def table_recipe(rows: int, loss: Loss, *, ranges: bool, epochs: int | None) -> Recipe:
    """One cycle of AdamW.

    Args:
        rows: of training, about.
        loss: of the task.
        ranges: whether learning rate and weight decay are ranges.
        epochs: at most this many; by default by the number of rows.
    """
    batch_size = next((size for below, size in BATCHES if rows < below), LARGEST_BATCH)
    steps = ceil(rows / batch_size)
    fewest = min(FEWEST_EPOCHS, max(round(MOST_STEPS / steps), 1))
    epochs = epochs or min(max(round(STEPS / steps), fewest), MOST_EPOCHS)
    rate: Any = Float(1e-3, 1e-2, log=True, default=5e-3) if ranges else 5e-3
    decay: Any = Float(1e-3, 1.0, log=True, default=1e-2) if ranges else 1e-2
    return Recipe(
        loss=loss,
        # Short memories of squared gradients suit cycles (RealMLP has 0.95 as well).
        optimizer=AdamW(learning_rate=OneCycle(rate), weight_decay=decay, beta2=0.95),
        batch_size=batch_size,
        epochs=epochs,
        # A cycle is best at its end, unless there are so few rows that it is at its beginning.
        early_stopping=EarlyStopping(patience=max(epochs // 2, 5)),
    )


def _numbers(columns: int, ranges: bool, options: bool) -> Any:
    """What the network makes of a table's numbers first.

    The number of bins is no range: half or twice as many change little, and a program is
    as wide as its widest lane.
    """
    bins = PiecewiseLinearEmbedding(min(max(MOST_BINS // max(columns, 1), FEWEST_BINS), BINS))
    if not options:
        return bins
    deviation: Any = Float(0.05, 2.0, log=True, default=0.3) if ranges else 0.3
    waves = PBLDEmbedding(deviation=deviation)
    return Choice(bins, waves, identity, name="numbers", default=bins)


def _has_many_categories(dataset: Dataset) -> bool:
    """Whether some column of text has more categories than stay one-hot."""
    if not is_frame(dataset.x):
        return False
    from shoal.data.io.frames import column_values

    rows = dataset.x.iloc[:LOOKED_AT]
    for place in range(rows.shape[1]):
        holding, values = column_values(rows.iloc[:, place], where=dataset.name)
        if holding == "text" and len(set(values.tolist()) - {None}) > FEW_CATEGORIES:
            return True
    return False


def _hidden(ranges: bool, large: bool) -> tuple[Any, ...]:
    """A hidden layer: units, rectifier, dropout."""
    low, high = (64, 256) if large else (32, 128)
    units: Any = Int(low, high, log=True, default=UNITS) if ranges else UNITS
    rate: Any = Float(0.0, 0.5, default=0.1) if ranges else 0.1
    return Dense(units), relu, Dropout(rate)
