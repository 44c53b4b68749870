"""Masks in files: gray pictures, palettes, colors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.encode.mask_coding import (
    SMEARED,
    Form,
    Ignored,
    MaskCoding,
    check_not_smeared,
    describe_shares,
    distinct,
    packed,
)
from shoal.data.encode.masks import IGNORED, MOST_CLASSES, are_whole
from shoal.data.io.image_files import pages_note, size_of
from shoal.data.io.instances import MaskNumbers, are_instances, foreground, instances_note
from shoal.data.io.picture import (
    AnyFile,
    check_undamaged,
    is_gray,
    opened,
    pages_of,
    picture_header,
    upright,
)
from shoal.errors import DataError
from shoal.utils.limits import check_size

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class MaskFile:
    """One mask.

    Attributes:
        values: of shape (height, width): numbers, or colors as red·2^16 + green·2^8 + blue.
        colored: whether they are colors.
        palette: the color of each number, packed alike, where the file has a palette.
        bits: whether there is one bit a pixel.
        lossy: whether the file was compressed in a way that changes numbers.
        pages: how many pages it has; ``values`` are the first.
    """

    path: AnyFile
    values: Array
    colored: bool = False
    palette: Array | None = None
    bits: bool = False
    lossy: bool = False
    pages: int = 1

    @cached_property
    def found(self) -> Array:
        """The different values, ascending."""
        return distinct([self.values])

    @property
    def colors(self) -> Array:
        """The colors that the mask shows, packed, of shape (height, width).

        Raises:
            DataError: its numbers are no levels of gray.
        """
        if self.colored:
            return self.values
        if self.palette is not None:
            shown = np.zeros(256, np.int32)
            shown[: len(self.palette)] = self.palette
            return shown[self.values]
        if self.found[0] < 0 or self.found[-1] > 255:
            raise DataError(
                "masks are all in color or all numbers",
                received="numbers beyond 255 beside masks in color",
                where=str(self.path),
            )
        return self.values.astype(np.int32) * np.int32(0x010101 * (255 if self.bits else 1))


def read_mask_file(path: AnyFile) -> MaskFile:
    """The mask in a file.

    Raises:
        DataError: it is none.
    """
    with opened(path) as picture:
        lossy, pages = picture.format in ("JPEG", "MPO"), pages_of(picture)
        picture.load()
        check_undamaged(path, picture)
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
            return MaskFile(path, _packed(values), colored=True, lossy=lossy, pages=pages)
        values = values[..., 0]
    if values.dtype.kind == "f" and not are_whole(values):
        raise DataError(
            "masks hold whole numbers, the classes",
            received="numbers between them",
            where=str(path),
            hint=SMEARED,
        )
    return MaskFile(path, values, palette=palette, bits=mode == "1", lossy=lossy, pages=pages)


def _packed(colors: Array) -> Array:
    """Red, green and blue of the last axis as one number."""
    packed: Array = colors.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    return packed


@dataclass(frozen=True, eq=False)
class Masks:
    """Masks as they are in files.

    Attributes:
        labels: int32, each mask of shape (height, width).
        classes: names that the labels index, where these are colors; else None.
        notes: remarks on how they were read.
        coding: what the files are.
    """

    labels: list[Array]
    classes: tuple[str, ...] | None
    notes: tuple[str, ...]
    coding: MaskCoding


def read_masks(
    files: Sequence[Sequence[AnyFile]],
    ignored: tuple[Ignored, ...] = (),
    numbers: MaskNumbers | None = None,
) -> Masks:
    """The masks in files; several of one picture, such as one for each object, are united.

    Numbers are labels as they are, those of a palette too. If one mask is in color, or
    palettes give one number several colors, each color is a class, named as in HTML.

    Args:
        files: of each picture.
        ignored: labels or colors of pixels that are of no class.
        numbers: whether numbers, or colors, are classes (semantic) or objects (instance);
            None: judged by what stands there.

    Raises:
        DataError: a file that is no mask, or labels that JPEG or resizing has smeared.
    """
    every = [path for paths in files for path in paths]
    sizes = [picture_header(path).size for path in every]
    pixels = sum(height * width for height, width in sizes)
    # Labels of 32 bits, once more while they become classes.
    check_size(8 * pixels, f"a folder of {len(every)} masks", _place(every[0]))
    masks = [_united([read_mask_file(path) for path in paths]) for paths in files]
    several = sum(len(paths) > 1 for paths in files)
    united = (f"of {several} pictures several masks are united, each an object's",)
    notes = (*_pages(masks), *(united if several else ()))
    if any(mask.colored for mask in masks) or _palettes_differ(masks):
        return _by_color(masks, ignored, numbers, notes)
    _check_lossy(masks)
    white = _white(masks)
    units = [white if mask.bits else 1 for mask in masks]
    labels = [
        mask.values.astype(np.int32) * np.int32(unit)
        for mask, unit in zip(masks, units, strict=True)
    ]
    found = [mask.found * unit for mask, unit in zip(masks, units, strict=True)]
    unwanted = [one for one in ignored if isinstance(one, int)]
    found = [one[~np.isin(one, unwanted)] for one in found]
    known = np.unique(np.concatenate(found))
    if numbers == "instance":
        return _objects(labels, known, ignored, notes, chosen=True)
    codes = [_codes(known, one) for one in labels]
    if len(known) <= MOST_CLASSES:
        _check_not_smeared(masks, codes, len(known))
    if numbers is None and are_instances([np.where(one < 0, IGNORED, m) for one, m in
                                          zip(codes, labels, strict=True)]):  # fmt: skip
        return _objects(labels, known, ignored, notes, chosen=False)
    _check_one_coding(masks, [set(one.tolist()) for one in found])
    form = _form(masks)
    coding = MaskCoding(form, _palette(masks) if form == "palette" else b"", ignored)
    if form == "palette" and known.min(initial=0) >= 0 and len(known) <= MOST_CLASSES:
        notes = (_told_palette(coding.palette, known, labels), *notes)
    return Masks(labels, None, notes, coding)


def _codes(known: Array, labels: Array) -> Array:
    """Labels as places among the known ones; those that are none of them are ignored."""
    places = np.searchsorted(known, labels).astype(np.int32)
    places[~np.isin(labels, known)] = IGNORED
    return places


def _united(masks: Sequence[MaskFile]) -> MaskFile:
    """The masks of one picture as one; where they overlap, the greater number counts."""
    first = masks[0]
    if len(masks) == 1:
        return first
    for mask in masks[1:]:
        if mask.values.shape != first.values.shape or mask.colored or first.colored:
            raise DataError(
                "several masks of one picture are gray and of one size",
                expected=f"{size_of(first.values.shape)}, as {first.path.name} has",
                received="colors" if mask.colored else size_of(mask.values.shape),
                where=str(mask.path),
            )
    values = [mask.values.astype(np.int32) * (255 if mask.bits else 1) for mask in masks]
    return replace(
        first, values=np.max(values, axis=0), bits=False, palette=None,
        lossy=any(mask.lossy for mask in masks), pages=max(mask.pages for mask in masks),
    )  # fmt: skip


def _form(masks: Sequence[MaskFile]) -> Form:
    if all(mask.bits for mask in masks):
        return "bits"
    return "palette" if all(mask.palette is not None for mask in masks) else "gray"


def _palette(masks: Sequence[MaskFile]) -> bytes:
    """The longest palette of the files, with the colors of the numbers that occur."""
    palettes = [mask.palette for mask in masks if mask.palette is not None]
    colors = max(palettes, key=len).copy()
    for mask, palette in zip(masks, palettes, strict=True):
        own = mask.found[mask.found < len(palette)]
        colors[own] = palette[own]
    return b"".join(int(color).to_bytes(3, "big") for color in colors)


def _told_palette(palette: bytes, known: Array, labels: Sequence[Array]) -> str:
    names = [
        f"{n} #{palette[3 * n : 3 * n + 3].hex()}" if 3 * n < len(palette) else str(n)
        for n in known.tolist()
    ]
    told = describe_shares(names, _counted(known, labels))
    return f"masks have a palette: each entry that occurs is a class: {told}"


def _counted(known: Array, labels: Sequence[Array]) -> Array:
    """How many pixels have each of these labels."""
    counts = np.zeros(len(known), np.int64)
    for mask in labels:
        places = _codes(known, mask)
        counts += np.bincount(places[places >= 0].ravel(), minlength=len(known))
    return counts


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


def _by_color(
    masks: Sequence[MaskFile],
    ignored: tuple[Ignored, ...],
    numbers: MaskNumbers | None,
    notes: tuple[str, ...],
) -> Masks:
    """Each color that occurs is a class."""
    _check_lossy(masks)
    colored = [mask.colors for mask in masks]
    known = distinct(colored)
    known = known[~np.isin(known, packed(ignored))]
    names = tuple(f"#{color:06x}" for color in known.tolist())
    labels = [_codes(known, colors) for colors in colored]
    if numbers == "instance":
        return _objects(colored, known, ignored, notes, chosen=True)
    _check_not_smeared(masks, labels, len(known))
    if numbers is None and len(known) > MOST_CLASSES and are_instances(colored):
        return _objects(colored, known, ignored, notes, chosen=False)
    if len(known) > MOST_CLASSES:
        raise DataError(
            "each color in a mask is a class",
            expected=f"at most {MOST_CLASSES} different ones",
            received=len(known),
            where=_richest(masks),
            hint=SMEARED,
        )
    counts = sum(np.bincount(one[one >= 0], minlength=len(known)) for one in labels)
    note = f"masks are in color: each color is a class: {describe_shares(names, np.array(counts))}"
    return Masks(labels, names, (note, *notes), MaskCoding("colors", ignored=ignored))


def _objects(
    labels: Sequence[Array],
    known: Array,
    ignored: tuple[Ignored, ...],
    notes: tuple[str, ...],
    *,
    chosen: bool,
) -> Masks:
    """Objects as 1, what is around them as 0."""
    found = [
        np.where(_codes(known, one) < 0, IGNORED, foreground(one)).astype(np.int32)
        for one in labels
    ]
    told = instances_note(labels, chosen=chosen)
    return Masks(found, None, (told, *notes), MaskCoding("gray", ignored=ignored, instances=True))


def _pages(masks: Sequence[MaskFile]) -> tuple[str, ...]:
    return pages_note([mask.path for mask in masks], [mask.pages for mask in masks])


def _check_not_smeared(masks: Sequence[MaskFile], codes: Sequence[Array], classes: int) -> None:
    """Refuse smeared masks, and say where one best sees it."""
    try:
        check_not_smeared(codes, classes, where=_place(masks[0].path))
    except DataError as error:
        raise error.at(_richest(masks)) from None


def _place(file: AnyFile) -> str:
    """The folder of a mask, or what else it is in."""
    return str(file.parent) if isinstance(file, Path) else str(file)


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
