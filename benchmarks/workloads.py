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
class SingleWorkload:
    """One network of 28×28 pixels, trained for `epochs` passes over a data set.

    The shares of the rows that validate and test are as in a search where the
    row is an epoch's; a step's row leaves next to nothing for them.
    """

    name: str
    network: str
    data: str
    epochs: int
    unit: str
    validation: float = 0.2
    test: float = 0.2


SEARCHES = {
    "search-mlp-digits": SearchWorkload("search-mlp-digits", "mlp", "digits", 20, 128, 16),
    "search-cnn-mnist-5k": SearchWorkload("search-cnn-mnist-5k", "cnn", "mnist-5k", 4, 64, 8),
}


@dataclass(frozen=True)
class PictureWorkload:
    """Networks of color pictures, trained in lanes by shoal and one by one by the peer.

    Attributes:
        name: of the row, which is that of the networks.
        data: pictures of noise: time does not depend on what they show.
        side: of the pictures.
        widths: from which each level's filters are drawn, uniformly.
        batch_size: examples a step.
        epochs: of each.
        trials: networks.
        quick_trials: the same for a smoke test.
    """

    name: str
    data: str
    side: int
    widths: tuple[tuple[int, int], ...]
    batch_size: int
    epochs: int
    trials: int
    quick_trials: int


COLORS = 3
"""Channels of these pictures."""

PICTURE_RATE = (1e-4, 1e-2)
"""Learning rates of these networks, drawn log-uniformly."""

PICTURES = {
    "cnn-64": PictureWorkload(
        "cnn-64", "noise:1000x64x3", 64, ((8, 16), (16, 32), (32, 64)), 64, 2, 16, 2
    ),
    "unet-128": PictureWorkload(
        "unet-128", "masks:160x128x3", 128, ((4, 8), (8, 16), (16, 32)), 8, 2, 8, 2
    ),
}
"""A small CNN with batch norms, and a U-shaped network with batch norms."""


@dataclass(frozen=True)
class QualityWorkload:
    """A search that is asked how soon it is as good as the peer's is in the end.

    Attributes:
        search: the row whose networks, data and epochs it takes.
        peer_trials: after which the peer has found what it finds.
        most: trials after which shoal gives up.
    """

    search: str
    peer_trials: int
    most: int


QUALITIES = {
    "time-to-quality-digits": QualityWorkload("search-mlp-digits", 100, 2000),
    "time-to-quality-mnist-5k": QualityWorkload("search-cnn-mnist-5k", 100, 400),
}
QUICK_QUALITY = {"peer_trials": 4, "most": 32}
"""What a smoke test does less of."""

# Images of noise make a data set of any length: here 100 and 120 steps an epoch.
SINGLES = {
    "mlp-epoch": SingleWorkload("mlp-epoch", "mlp", "mnist-5k", 10, "epoch"),
    "mlp-step": SingleWorkload("mlp-step", "mlp", "noise:6740", 10, "step", 0.05, 0.0),
    "cnn-step": SingleWorkload("cnn-step", "cnn", "noise:8080", 2, "step", 0.05, 0.0),
}

HIDDEN_OF_ONE_MLP = 512

MNIST_VALIDATION = 5_000 / 60_000
"""The share of MNIST's training digits that tells which epoch was best."""


@dataclass(frozen=True)
class StorageWorkload:
    """A study of the multilayer perceptron's search that is written, and nothing trained.

    Attributes:
        epochs: of each trial; each is written with its validation metrics.
        lanes: trials that run side by side, and whose epochs are one round.
        sizes: numbers of trials at which time is told.
        quick_sizes: the same for a smoke test.
        most: by storage, trials up to which it is asked; what takes minutes tells no more.
    """

    epochs: int
    lanes: int
    sizes: tuple[int, ...]
    quick_sizes: tuple[int, ...]
    most: dict[str, int]


STORAGE = StorageWorkload(
    epochs=5,
    lanes=32,
    sizes=(100, 1_000, 10_000, 100_000),
    quick_sizes=(50, 200),
    most={"shoal": 100_000, "sqlite": 1_000, "journal": 1_000},
)


@dataclass(frozen=True)
class TableWorkload:
    """A table that is read, trained on and predicted.

    Attributes:
        sizes: numbers of rows.
        quick_sizes: the same for a smoke test.
        epochs: of training.
    """

    sizes: tuple[int, ...]
    quick_sizes: tuple[int, ...]
    epochs: int


LARGE_TABLE = TableWorkload((50_000, 1_000_000), (500, 2_000), 2)


@dataclass(frozen=True)
class PictureEpochWorkload:
    """Epochs of one small convolutional network on JPEG files of noise, three channels.

    Attributes:
        side: of the pictures, in pixels.
        pictures: number of files; three fifths train, a fifth validates.
        epochs: of each run.
        lanes: networks that shoal trains side by side.
    """

    side: int
    pictures: int
    epochs: int
    lanes: int


PICTURE_EPOCHS = {
    "picture-epoch-64": PictureEpochWorkload(64, 2_000, 2, 8),
    "picture-epoch-224": PictureEpochWorkload(224, 400, 2, 4),
}
QUICK_EPOCH_PICTURES = 80
"""Files of a smoke test."""

PICTURE_CLASSES = 4
PICTURE_FILTERS = (16, 32, 32)
PICTURE_BATCH = 32
