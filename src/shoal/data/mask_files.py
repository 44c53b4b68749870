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
from shoal.data.masks import MOST_CLASSES, are_whole
from shoal.data.picture import is_gray, opened, pages_of, picture_header, upright
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


@dataclass(frozen=True, eq=False)
class _File:
    """One mask.

    Attributes:
        values: of shape (height, width): numbers, or colors as red·2^16 + green·2^8 + blue.
        colored: whether they are colors.
        palette: the color of each number, packed alike, where the file has a palette.
        bits: whether there is one bit a pixel.
        lossy: whether the file was compressed in a way that changes numbers.
        pages: how many pages it has; ``values`` are the first.
    """

    path: Path
    values: Array
    colored: bool = False
    palette: Array | None = None
    bits: bool = False
    lossy: bool = False
    pages: int = 1


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
    masks = [_read(path) for path in files]
    if any(mask.colored for mask in masks) or _palettes_differ(masks):
        return _by_color(masks)
    labels = [mask.values.astype(np.int32) for mask in masks]
    white = _white(masks)
    labels = [
        label * np.int32(white if mask.bits else 1)
        for mask, label in zip(masks, labels, strict=True)
    ]
    _check_lossy(masks, labels)
    known = distinct(labels)
    if len(known) <= MOST_CLASSES:
        _check_not_smeared(masks, [np.searchsorted(known, label) for label in labels], len(known))
    _check_one_coding(masks, labels)
    return Masks(labels, None, _pages(masks))


def _read(path: Path) -> _File:
    with opened(path) as picture:
        lossy, pages = picture.format in ("JPEG", "MPO"), pages_of(picture)
        picture.load()
        mode = picture.mode
        palette = None
        if mode in ("P", "PA") and picture.palette is not None:
            # Three bytes a color, as many colors as the palette has.
            colors = np.frombuffer(bytes(picture.getpalette("RGB") or []), np.uint8)
            palette = _packed(colors.reshape(-1, 3))
        if mode in ("1", "L", "P", "I", "F") or mode.startswith("I;16"):
            values = np.asarray(picture)
        elif mode in ("LA", "La", "PA"):
            values = np.asarray(picture)[..., 0]
        else:
            clear = mode in ("RGBA", "RGBa") or "transparency" in picture.info
            values = np.asarray(picture.convert("RGBA" if clear else "RGB"))
            if clear:  # nothing is drawn there
                values = np.where(values[..., 3:] == 0, np.uint8(0), values[..., :3])
        values = upright(values, picture)
    if values.ndim == 3:
        if not is_gray(values):
            return _File(path, _packed(values), colored=True, lossy=lossy, pages=pages)
        values = values[..., 0]
    if values.dtype.kind == "f" and not are_whole(values):
        raise DataError(
            "masks hold whole numbers, the classes",
            received="numbers between them",
            where=str(path),
            hint=SMEARED,
        )
    return _File(path, values, palette=palette, bits=mode == "1", lossy=lossy, pages=pages)


def _packed(colors: Array) -> Array:
    """Red, green and blue of the last axis as one number."""
    packed: Array = colors.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    return packed


def _palettes_differ(masks: Sequence[_File]) -> bool:
    """Whether a number that occurs has one color in one file and another in another."""
    known: dict[int, int] = {}
    for mask in masks:
        if mask.palette is None:
            continue
        for number in distinct([mask.values]).tolist():
            color = int(mask.palette[number]) if number < len(mask.palette) else number
            if known.setdefault(number, color) != color:
                return True
    return False


def _by_color(masks: Sequence[_File]) -> Masks:
    """Each color that occurs is a class."""
    colored = [_colors(mask) for mask in masks]
    known = np.unique(np.concatenate([np.unique(colors) for colors in colored]))
    names = tuple(f"#{color:06x}" for color in known.tolist())
    labels = [np.searchsorted(known, colors).astype(np.int32) for colors in colored]
    _check_lossy(masks, labels)
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


def _pages(masks: Sequence[_File]) -> tuple[str, ...]:
    return pages_note([mask.path for mask in masks], [mask.pages for mask in masks])


def _check_not_smeared(masks: Sequence[_File], codes: Sequence[Array], classes: int) -> None:
    """Refuse smeared masks, and say where one best sees it."""
    try:
        check_not_smeared(codes, classes, where=str(masks[0].path.parent))
    except DataError as error:
        raise error.at(_richest(masks)) from None


def _colors(mask: _File) -> Array:
    """The colors that a mask shows, packed."""
    if mask.colored:
        return mask.values
    if mask.palette is not None:
        shown = np.zeros(256, np.int32)
        shown[: len(mask.palette)] = mask.palette
        return shown[mask.values]
    values = mask.values.astype(np.int64) * (255 if mask.bits else 1)
    if values.min() < 0 or values.max() > 255:
        raise DataError(
            "masks are all in color or all numbers",
            received="numbers beyond 255 beside masks in color",
            where=str(mask.path),
        )
    return (values * 0x010101).astype(np.int32)


def _richest(masks: Sequence[_File]) -> str:
    """The file with the most different numbers, where one best sees what is wrong."""
    return str(max(masks, key=lambda mask: len(np.unique(mask.values))).path)


def _white(masks: Sequence[_File]) -> int:
    """The number of a set bit: 255 beside masks that count so, else 1."""
    others = [mask.values for mask in masks if not mask.bits]
    found = [number for number in (1, 255) if any((other == number).any() for other in others)]
    return 255 if found == [255] else 1


def _check_lossy(masks: Sequence[_File], labels: Sequence[Array]) -> None:
    """Refuse masks of which a lossy compression has made more labels than two."""
    pairs = zip(masks, labels, strict=True)
    found = {n for mask, label in pairs if mask.lossy for n in distinct([label]).tolist()}
    if len(found) > 2:
        raise DataError(
            "each number in a mask is a class",
            received=f"{len(found)} different ones in masks saved as JPEG, which changes numbers",
            where=_richest([mask for mask in masks if mask.lossy]),
            hint=SMEARED,
        )


def _check_one_coding(masks: Sequence[_File], labels: Sequence[Array]) -> None:
    """Refuse masks of which some count 0 and 1 and the others 0 and 255."""
    found = [set(distinct([label]).tolist()) for label in labels]
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
