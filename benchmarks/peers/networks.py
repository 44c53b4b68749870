"""The compared networks in PyTorch. Module calls cost no more than functional ones here."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from benchmarks.workloads import CLASSES, HIDDEN_OF_ONE_MLP


def mlp(inputs: int, widths: Sequence[int], dropout: float) -> nn.Sequential:
    """Two hidden layers with relu and dropout."""
    first, second = widths
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(inputs, first),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(first, second),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(second, CLASSES),
    )


def small_cnn(filters: Sequence[int]) -> nn.Sequential:
    """Two 3×3 convolutions, each with relu and pooling, then one dense layer."""
    first, second = filters
    return nn.Sequential(
        nn.Conv2d(1, first, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(7 * 7 * second, CLASSES),
    )


def large_cnn() -> nn.Sequential:
    """5×5 conv 32, pool 2, 5×5 conv 64, dense 512, dense 10."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(14 * 14 * 64, 512),
        nn.ReLU(),
        nn.Linear(512, CLASSES),
    )


def one_mlp() -> nn.Sequential:
    """784-512-10."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, HIDDEN_OF_ONE_MLP),
        nn.ReLU(),
        nn.Linear(HIDDEN_OF_ONE_MLP, CLASSES),
    )
