"""A folder with IDX files of images and labels, named as MNIST names them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.channels import Channels
from shoal.data.dataset import Dataset, Task
from shoal.data.folder_entries import files_in, visible
from shoal.data.idx import read_idx
from shoal.data.other_formats import way_out_of_folder
from shoal.data.repeats import repeat_notes
from shoal.errors import DataError

Array = npt.NDArray[Any]

_ROLES = {
    "train": ("train-images", "train-labels"),
    "test": ("(?:t10k|test)-images", "(?:t10k|test)-labels"),
}

_NAME = r"(^|[-_.]){}[-_.]?idx\d?([-_.]?ubyte)?(\.gz)?$"


def is_idx_folder(folder: Path) -> bool:
    """Whether a folder holds a file that is named as IDX files of images are."""
    patterns = [re.compile(_NAME.format(images)) for images, _ in _ROLES.values()]
    return any(p.search(path.name) for path in files_in(folder) for p in patterns)


def load_idx_folder(
    folder: Path, *, need_target: bool, task: Task | None = None, name: str | None = None,
    channels: Channels | None = None,
) -> Dataset:  # fmt: skip
    """Images and labels from ``train-images…``, ``train-labels…`` and the ``t10k-`` pair.

    Labels are classes unless another task is given. The t10k rows come last and are the
    data set's canonical test rows.

    Raises:
        DataError: if files are missing, damaged, or do not fit each other.
    """
    parts = {
        role: _pair(folder, *patterns, need_target=need_target) for role, patterns in _ROLES.items()
    }
    there = [pair for pair in parts.values() if pair is not None]
    if not there:
        raise _nothing(folder)
    shapes = {images.shape[1:] for images, _ in there}
    if len(shapes) > 1:
        raise DataError(
            "training and test images have one shape",
            received=" and ".join(map(str, sorted(shapes))),
            where=str(folder),
        )
    types = {images.dtype.name for images, _ in there}
    if len(types) > 1:
        raise DataError(
            "training and test images count alike",
            received=" and ".join(sorted(types)),
            where=str(folder),
        )
    labels = [label for _, label in there]
    known = [label for label in labels if label is not None]
    y = np.concatenate(known) if len(known) == len(labels) else None
    dataset = Dataset.from_arrays(
        np.concatenate([images for images, _ in there]), y, task=task or "classification",
        channels=channels,
        name=name or str(folder),
    )  # fmt: skip
    if parts["train"] is None or parts["test"] is None:
        return dataset
    rows = np.arange(len(parts["train"][0]), len(dataset), dtype=np.int64)
    dataset = replace(dataset, fixed_test=rows, notes=())
    return dataset if y is None else replace(dataset, notes=repeat_notes(dataset))


def _nothing(folder: Path) -> DataError:
    held = [path.name for path in visible(folder)][:8]
    return DataError(
        "a folder holds IDX files, images/ and masks/, or a folder of pictures or texts for "
        "each class",
        expected="train-images-idx3-ubyte and train-labels-idx1-ubyte, or the same with .gz",
        received=", ".join(held) or "an empty folder",
        where=str(folder),
        hint=way_out_of_folder(folder),
    )


def _pair(
    folder: Path, images: str, labels: str, *, need_target: bool
) -> tuple[Array, Array | None] | None:
    image_file, label_file = _find(folder, images), _find(folder, labels)
    if image_file is None:
        return None
    x = read_idx(image_file)
    if x.ndim not in (3, 4):
        raise DataError(
            "a file of images has three dimensions, or four with channels",
            received=f"shape {x.shape}",
            where=str(image_file),
        )
    if label_file is None:
        if not need_target:
            return x, None
        raise DataError(
            "a file of images comes with its labels",
            expected=image_file.name.replace("images-idx3", "labels-idx1"),
            received="no such file",
            where=str(folder),
        )
    y = read_idx(label_file)
    if y.ndim != 1 or len(y) != len(x):
        raise DataError(
            "there is one label for each image",
            expected=f"{len(x)} labels for {image_file.name}",
            received=f"shape {y.shape}",
            where=str(label_file),
        )
    return x, y


def _find(folder: Path, pattern: str) -> Path | None:
    """The file whose name has the pattern and ``idx``; the unpacked one if both are there."""
    wanted = re.compile(_NAME.format(pattern))
    found = sorted(
        (p for p in files_in(folder) if wanted.search(p.name)),
        key=lambda p: (p.suffix == ".gz", p.name),
    )
    stems = {p.name.removesuffix(".gz") for p in found}
    if len(stems) > 1:
        raise DataError(
            "a folder holds one data set",
            received=", ".join(sorted(stems)),
            where=str(folder),
            hint="Put each data set in a folder of its own.",
        )
    return found[0] if found else None
