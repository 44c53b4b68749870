"""What both sides of a comparison are asked to do, as plain data.

Ranges are `(low, high)`; learning rate, weight decay and the multilayer
perceptron's widths are drawn log-uniformly, filters and dropout uniformly.
"""

from __future__ import annotations

from dataclasses import dataclass

LEARNING_RATE = (1e-4, 1e-1)
WEIGHT_DECAY = (1e-6, 1e-2)
DROPOUT = (0.0, 0.5)
WIDTH = (8, 128)
FILTERS = (4, 16)
CLASSES = 10
BATCH_SIZE = 64


@dataclass(frozen=True)
class SearchWorkload:
    """A random search: which networks, on which data, how many and how long."""

    name: str
    network: str
    data: str
    epochs: int
    trials: int
    quick_trials: int


@dataclass(frozen=True)
class StepWorkload:
    """One network trained for `epochs` passes over `rows` examples of 28×28 pixels."""

    name: str
    network: str
    rows: int
    epochs: int


SEARCHES = {
    "search-mlp-digits": SearchWorkload("search-mlp-digits", "mlp", "digits", 20, 128, 16),
    "search-cnn-mnist-5k": SearchWorkload("search-cnn-mnist-5k", "cnn", "mnist-5k", 4, 64, 8),
}

# The large convolutional network takes tens of milliseconds a step.
STEPS = {
    "mlp-step": StepWorkload("mlp-step", "mlp", 6400, 10),
    "cnn-step": StepWorkload("cnn-step", "cnn", 1920, 2),
}

# One pass over the training split of mnist-5k, measured over this many.
EPOCHS_OF_ONE_MLP = 10
HIDDEN_OF_ONE_MLP = 512
