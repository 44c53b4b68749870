"""Predicted masks as files: a PNG for each picture, or all in one npz."""

from __future__ import annotations

import colorsys
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.cli.files import check_free, check_writable, umask
from shoal.data.encode.resizing import restored
from shoal.data.encode.sizes import resizing_of_masks
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data import Dataset
    from shoal.models.ensemble import Ensemble
    from shoal.models.model import Model


_COLOR = re.compile("#[0-9a-f]{6}")

_GOLDEN = 0.618034
"""A step around the circle of hues after which no two soon come near each other."""


def check_mask_path(out: Path, *, force: bool = False) -> None:
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


def write_masks(out: Path, model: Model | Ensemble, pieces: Iterable[Dataset]) -> int:
    """Predict a mask for each picture and write them all, or none; how many there are.

    Masks are written as those of training were: gray, one bit a pixel, with their palette, or in
    their colors; and as large as the pictures are in their files. A pixel's number is its label;
    where classes have names that are no numbers up to 65,535, it is the class's place among
    them, from 0. Masks that came as arrays have a palette that tells labels apart.

    Args:
        out: a folder or an npz file. In a folder each mask is written as it is predicted.
        model: the model.
        pieces: of the pictures.

    Raises:
        DataError: they cannot be written.
    """
    masks = _predicted(model, pieces)
    try:
        if out.suffix.lower() == ".npz":
            return _write_npz(out, model, [mask for _, mask in masks])
        return _write_folder(out, _drawing(model), masks)
    except OSError as error:
        raise DataError(
            "masks can be written", where=str(out), received=error.strerror or str(error)
        ) from None


_Named = tuple[str | None, npt.NDArray[np.uint8]]
"""What a picture is called, if it is called anything, and its mask."""


def _predicted(model: Model | Ensemble, pieces: Iterable[Dataset]) -> Iterator[_Named]:
    """Masks at the sizes of their pictures, one after another."""
    for dataset in pieces:
        masks = _at_own_sizes(class_places(model, model.predict(dataset)), model, dataset)
        yield from zip(dataset.example_names or (None,) * len(masks), masks, strict=True)


def _at_own_sizes(
    masks: npt.NDArray[np.uint8], model: Model | Ensemble, dataset: Dataset
) -> list[npt.NDArray[np.uint8]]:
    """The masks at the sizes of their pictures."""
    sizes, to = dataset.sizes, resizing_of_masks(model.preprocessing)
    if sizes is not None:
        each = zip(masks, sizes.tolist(), strict=True)
        return [mask[:height, :width] for mask, (height, width) in each]
    if dataset.file_sizes is None or to is None:
        return list(masks)
    return [
        restored(mask, to, (height, width))
        for mask, (height, width) in zip(masks, dataset.file_sizes.tolist(), strict=True)
    ]


def class_places(model: Model | Ensemble, masks: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Predicted masks as the places of their labels among the model's classes."""
    labels = model.preprocessing.mask_labels
    order = np.argsort(labels)
    found = np.empty(masks.shape, np.uint8)
    for place, mask in zip(found, masks, strict=True):  # of all at once much memory is taken
        places = np.searchsorted(labels[order], mask)  # outside of a picture stands -1
        place[...] = order[np.minimum(places, len(labels) - 1)]
    return found


def label_values(model: Model | Ensemble) -> npt.NDArray[np.uint8 | np.uint16]:
    """The number that stands for each class in a picture: its label, if that fits, or its place."""
    labels = model.preprocessing.mask_labels
    fit = labels.min() >= 0 and labels.max() <= 65535
    values = labels if fit else np.arange(len(labels))
    return values.astype(np.uint8 if values.max() <= 255 else np.uint16)


def class_colors(model: Model | Ensemble) -> npt.NDArray[np.uint8] | None:
    """The color that each class had in the training masks, of shape (classes, 3), if it had one."""
    names = model.preprocessing.class_labels or model.preprocessing.classes
    if not all(_COLOR.fullmatch(name) for name in names):
        return None
    return np.array([list(bytes.fromhex(name[1:])) for name in names], np.uint8)


def _drawing(model: Model | Ensemble) -> Callable[[npt.NDArray[np.uint8]], Any]:
    """From places of classes to Pillow's picture of a mask, of the kind of those of training."""
    from PIL import Image

    coding, colors = model.preprocessing.coding, class_colors(model)
    values = label_values(model) if colors is None else colors
    form = None if coding is None else coding.form
    palette = list(coding.palette) if coding is not None and form == "palette" else _palette()

    def draw(places: npt.NDArray[np.uint8]) -> Any:
        if form == "bits" and colors is None:
            return Image.fromarray(values[places] > 0)
        picture = Image.fromarray(values[places])
        if colors is None and form != "gray" and values.dtype == np.uint8:
            picture.putpalette(palette)
        return picture

    return draw


def _write_npz(out: Path, model: Model | Ensemble, masks: Sequence[npt.NDArray[np.uint8]]) -> int:
    if len({mask.shape for mask in masks}) > 1:
        raise DataError(
            "masks of unlike sizes are no one array",
            where=str(out),
            hint="Give a folder to write them to, as PNG.",
        )
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        np.savez_compressed(Path(folder) / "masks.npz", y=label_values(model)[np.stack(masks)])
        os.replace(Path(folder) / "masks.npz", out)
    return len(masks)


def _write_folder(
    out: Path, drawn: Callable[[npt.NDArray[np.uint8]], Any], masks: Iterable[_Named]
) -> int:
    """Write beside the folder, then rename: it is there with all masks, or not at all."""
    temporary = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    unnamed: list[Path] = []
    count = 0
    try:
        for count, (name, mask) in enumerate(masks, start=1):
            path = temporary / f"{count - 1 if name is None else name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)  # of pictures in folders of classes
            drawn(mask).save(path)
            unnamed += [path] if name is None else []
        digits = len(str(len(unnamed) - 1))
        for number, path in enumerate(unnamed):
            path.rename(path.with_name(f"{number:0{digits}}.png"))
        temporary.chmod(0o777 & ~umask())
        os.replace(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return count


def _palette() -> list[int]:
    """Colors that tell labels apart by eye: 0 is black, 255 white."""
    colors = [colorsys.hsv_to_rgb((i * _GOLDEN) % 1.0, 0.75, 1.0) for i in range(1, 255)]
    levels = [(0.0, 0.0, 0.0), *colors, (1.0, 1.0, 1.0)]
    return [round(255 * level) for color in levels for level in color]
