"""Masks in files: gray pictures and palettes hold numbers, pictures in color a color a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.image_files import listed, pages_note
from shoal.data.limits import check_size
from shoal.data.mask_file import MaskFile, read_mask_file
from shoal.data.masks import MOST_CLASSES
from shoal.data.picture import picture_header
from shoal.data.smeared import SMEARED, check_not_smeared, distinct
from shoal.errors import DataError

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Masks:
    """Masks as they are in files.

    Attributes:
        labels: int32, each mask of shape (height, width).
        classes: names that the labels index, where these are colors; else None.
        notes: remarks on how they were read.
    """

    labels: list[Array]
    classes: tuple[str, ...] | None
    notes: tuple[str, ...]


def read_masks(files: Sequence[Path]) -> Masks:
    """The masks in files.

    Numbers are labels as they are, those of a palette too. If one mask is in color, or
    palettes give one number several colors, each color is a class, named as in HTML.

    Raises:
        DataError: a file that is no mask, or labels that JPEG or resizing has smeared.
    """
    sizes = [picture_header(path).size for path in files]
    pixels = sum(height * width for height, width in sizes)
    # Labels of 32 bits, once more while they become classes.
    check_size(8 * pixels, f"a folder of {len(files)} masks", str(files[0].parent))
    masks = [read_mask_file(path) for path in files]
    if any(mask.colored for mask in masks) or _palettes_differ(masks):
        return _by_color(masks)
    _check_lossy(masks)
    white = _white(masks)
    units = [white if mask.bits else 1 for mask in masks]
    labels = [
        mask.values.astype(np.int32) * np.int32(unit)
        for mask, unit in zip(masks, units, strict=True)
    ]
    found = [mask.found * unit for mask, unit in zip(masks, units, strict=True)]
    known = np.unique(np.concatenate(found))
    if len(known) <= MOST_CLASSES:
        _check_not_smeared(masks, [np.searchsorted(known, label) for label in labels], len(known))
    _check_one_coding(masks, [set(numbers.tolist()) for numbers in found])
    return Masks(labels, None, _pages(masks))


def _palettes_differ(masks: Sequence[MaskFile]) -> bool:
    """Whether a number that occurs has one color in one file and another in another."""
    known: dict[int, int] = {}
    for mask in masks:
        if mask.palette is None:
            continue
        for number in mask.found.tolist():
            color = int(mask.palette[number]) if number < len(mask.palette) else number
            if known.setdefault(number, color) != color:
                return True
    return False


def _by_color(masks: Sequence[MaskFile]) -> Masks:
    """Each color that occurs is a class."""
    _check_lossy(masks)
    colored = [mask.colors for mask in masks]
    known = distinct(colored)
    names = tuple(f"#{color:06x}" for color in known.tolist())
    labels = [np.searchsorted(known, colors).astype(np.int32) for colors in colored]
    _check_not_smeared(masks, labels, len(known))
    if len(known) > MOST_CLASSES:
        raise DataError(
            "each color in a mask is a class",
            expected=f"at most {MOST_CLASSES} different ones",
            received=len(known),
            where=_richest(masks),
            hint=SMEARED,
        )
    note = f"masks are in color: each color is a class: {listed(names)}"
    return Masks(labels, names, (note, *_pages(masks)))


def _pages(masks: Sequence[MaskFile]) -> tuple[str, ...]:
    return pages_note([mask.path for mask in masks], [mask.pages for mask in masks])


def _check_not_smeared(masks: Sequence[MaskFile], codes: Sequence[Array], classes: int) -> None:
    """Refuse smeared masks, and say where one best sees it."""
    try:
        check_not_smeared(codes, classes, where=str(masks[0].path.parent))
    except DataError as error:
        raise error.at(_richest(masks)) from None


def _richest(masks: Sequence[MaskFile]) -> str:
    """The file with the most different numbers, where one best sees what is wrong."""
    return str(max(masks, key=lambda mask: len(mask.found)).path)


def _white(masks: Sequence[MaskFile]) -> int:
    """The number of a set bit: 255 beside masks that count so, else 1."""
    found = {number for mask in masks if not mask.bits for number in mask.found.tolist()}
    return 255 if 255 in found and 1 not in found else 1


def _check_lossy(masks: Sequence[MaskFile]) -> None:
    """Refuse masks of which a lossy compression has made more labels than two."""
    found = {number for mask in masks if mask.lossy for number in mask.found.tolist()}
    if len(found) > 2:
        raise DataError(
            "each number in a mask is a class",
            received=f"{len(found)} different ones in masks saved as JPEG, which changes numbers",
            where=_richest([mask for mask in masks if mask.lossy]),
            hint=SMEARED,
        )


def _check_one_coding(masks: Sequence[MaskFile], found: Sequence[set[int]]) -> None:
    """Refuse masks of which some count 0 and 1 and the others 0 and 255."""
    if set().union(*found) != {0, 1, 255} or any({1, 255} <= labels for labels in found):
        return
    ones = next(m.path.name for m, label in zip(masks, found, strict=True) if 1 in label)
    whites = next(m.path for m, label in zip(masks, found, strict=True) if 255 in label)
    raise DataError(
        "the masks of a data set count alike",
        expected=f"0 and 1, as in {ones}",
        received="0 and 255",
        where=str(whites),
        hint="Write one number for each class into all masks.",
    )
