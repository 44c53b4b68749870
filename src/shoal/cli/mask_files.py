"""Predicted masks as files: a PNG for each picture, or all in one npz."""

from __future__ import annotations

import colorsys
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.cli.places import check_free, check_writable, umask
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data import Dataset
    from shoal.ensemble import Ensemble
    from shoal.model import Model

_COLOR = re.compile("#[0-9a-f]{6}")

_GOLDEN = 0.618034
"""A step around the circle of hues after which no two soon come near each other."""


def check_mask_place(out: Path, *, force: bool = False) -> None:
    """Raise DataError unless masks can be written there.

    They go to an npz file, which is replaced if that is asked for, or to a folder that is
    new or empty: no picture of the user's is ever written over.
    """
    if out.suffix.lower() == ".npz":
        check_free(out, "--out", DataError, force=force)
        return
    if out.is_dir() and not any(out.iterdir()):
        return
    if os.path.lexists(out):
        raise DataError(
            "masks go to a new folder, or to an .npz file",
            received="a folder with files in it" if out.is_dir() else "a file",
            where=str(out),
            hint="Give another --out.",
        )
    check_writable(out, "--out", DataError)


def write_masks(out: Path, model: Model | Ensemble, dataset: Dataset) -> None:
    """Predict a mask for each picture and write them all, or none.

    A pixel's number is its label in the training masks; where classes have names
    that are no numbers up to 255, it is the class's place among them, from 0. Where
    they are colors, pictures have these colors.

    Raises:
        DataError: they cannot be written.
    """
    npz, sizes = out.suffix.lower() == ".npz", dataset.sizes
    if npz and sizes is not None:
        raise DataError(
            "masks of unlike sizes are no one array",
            where=str(out),
            hint="Give a folder to write them to, as PNG.",
        )
    places = class_places(model, model.predict(dataset))
    colors = class_colors(model)
    try:
        if npz:
            _write_npz(out, label_values(model)[places])
        else:
            shown = label_values(model) if colors is None else colors
            masks = list(shown[places])
            if sizes is not None:
                each = zip(masks, sizes.tolist(), strict=True)
                masks = [mask[:height, :width] for mask, (height, width) in each]
            _write_folder(out, masks, dataset.example_names)
    except OSError as error:
        raise DataError(
            "masks can be written", where=str(out), received=error.strerror or str(error)
        ) from None


def class_places(model: Model | Ensemble, masks: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Predicted masks as the places of their labels among the model's classes."""
    labels = model.preprocessing.mask_labels
    order = np.argsort(labels)
    return order[np.searchsorted(labels[order], masks)].astype(np.uint8)


def label_values(model: Model | Ensemble) -> npt.NDArray[np.uint8]:
    """The number that stands for each class in a picture: its label, or from 256 on its place."""
    labels = model.preprocessing.mask_labels
    fit = labels.min() >= 0 and labels.max() <= 255
    return (labels if fit else np.arange(len(labels))).astype(np.uint8)


def class_colors(model: Model | Ensemble) -> npt.NDArray[np.uint8] | None:
    """The color that each class had in the training masks, of shape (classes, 3), if it had one."""
    names = model.preprocessing.classes
    if not all(_COLOR.fullmatch(name) for name in names):
        return None
    return np.array([list(bytes.fromhex(name[1:])) for name in names], np.uint8)


def _write_npz(out: Path, masks: npt.NDArray[Any]) -> None:
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        np.savez_compressed(Path(folder) / "masks.npz", y=masks)
        os.replace(Path(folder) / "masks.npz", out)


def _write_folder(out: Path, masks: Sequence[npt.NDArray[Any]], names: tuple[str, ...]) -> None:
    from PIL import Image

    digits = len(str(len(masks) - 1))
    names = names or tuple(f"{i:0{digits}}" for i in range(len(masks)))
    temporary = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        for name, mask in zip(names, masks, strict=True):
            picture = Image.fromarray(mask)
            if mask.ndim == 2:
                picture.putpalette(_palette())
            path = temporary / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)  # of pictures in folders of classes
            picture.save(path)
        temporary.chmod(0o777 & ~umask())
        os.replace(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _palette() -> list[int]:
    """Colors that tell labels apart by eye: 0 is black, 255 white."""
    colors = [colorsys.hsv_to_rgb((i * _GOLDEN) % 1.0, 0.75, 1.0) for i in range(1, 255)]
    levels = [(0.0, 0.0, 0.0), *colors, (1.0, 1.0, 1.0)]
    return [round(255 * level) for color in levels for level in color]
