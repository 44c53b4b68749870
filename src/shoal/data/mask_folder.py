"""A segmentation out of files: pictures, and for each a mask that is called like it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from shoal.data.dataset import Dataset
from shoal.data.folder_entries import files_in, folders_in, image_files
from shoal.data.image_files import HowRead, left_out, listed, read_pictures, size_of
from shoal.data.mask_coding import Ignored
from shoal.data.mask_file import read_mask_file
from shoal.data.mask_files import Masks, read_masks
from shoal.data.mask_pairs import (
    PLACES,
    Pair,
    Pairs,
    Place,
    check_pairs,
    find_pairs,
    mask_places,
    plain_name,
)
from shoal.data.masks import IGNORED
from shoal.data.mirrored import worth_filling
from shoal.data.parts import PART_NAMES, parts_told
from shoal.data.picture import picture_header
from shoal.data.picture_tree import pictures_below
from shoal.data.resizing import Sides, labels_resized
from shoal.data.unlike_sizes import file_sizes, masks_filled_up, sizes_of
from shoal.errors import DataError

IMAGES = "images"
"""What a folder of pictures that have masks is usually called."""

_TURNED = "If the picture was turned upright, as EXIF says, its mask must be upright too."


def is_mask_folder(folder: Path, *, alone: bool) -> bool:
    """Whether a folder holds pictures with masks, or images/ as the only one with pictures."""
    return bool(mask_places(folder)) or (alone and _images_alone(folder) is not None)


def _images_alone(folder: Path) -> Path | None:
    """The folder of pictures that have no masks."""
    named = [path for path in folders_in(folder) if path.name.lower() in PLACES]
    return next((path for path in named if image_files(path)), None)


def load_mask_folder(
    folder: Path,
    how: HowRead,
    *,
    need_target: bool,
    ignored: tuple[Ignored, ...] = (),
) -> Dataset:
    """A segmentation from ``images/name.jpg`` and ``masks/name.png``; see `mask_pairs`.

    Pictures that lie in the folder itself, without masks, will do where no target is needed.

    Args:
        folder: the folder.
        how: how pictures are read; masks follow them, a pixel the label at its middle.
        need_target: whether every picture must have a mask.
        ignored: labels or colors of pixels whose class is not known.

    Raises:
        DataError: a picture without a mask or the other way round, two masks of one
            picture, files that are none, or pictures of several sizes.
    """
    places = mask_places(folder, by_format=need_target)
    if not places:
        return _without_masks(folder, how, need_target=need_target)
    found = find_pairs(folder, places)
    if not need_target:
        images = sorted([*(pair.image for pair in found.pairs), *found.bare])
        return _of_pictures(folder, _named(images, _base(folder, places)), how)
    notes = _unmasked_told(folder, places)
    if how.skip_broken and found.pairs and (found.bare or found.loose):
        bare, loose = len(found.bare), len(found.loose)
        notes = (
            f"left out: {bare:,} pictures without a mask, {loose:,} masks without a picture", *notes
        )  # fmt: skip
    else:
        check_pairs(found, folder)
    data = _of_pairs(folder, found, ignored, how)
    return replace(data, notes=(*data.notes, *notes))


def _unmasked_told(folder: Path, places: Sequence[Place]) -> tuple[str, ...]:
    """A remark on parts, such as test/, whose pictures have no masks."""
    notes = []
    for path in folders_in(folder):
        masked = any(path in place.images.parents or path == place.images for place in places)
        if plain_name(path) in PART_NAMES and not masked:
            count = len(pictures_below(path).pictures)
            told = f"left out, for they have no masks: {count:,} pictures in {path.name}/"
            notes += [told] if count else []
    return tuple(notes)


def _base(folder: Path, places: Sequence[Place]) -> Path:
    """The folder below which pictures have their names."""
    return places[0].images if len(places) == 1 else folder


def _of_pairs(folder: Path, found: Pairs, ignored: tuple[Ignored, ...], how: HowRead) -> Dataset:
    pairs, broken = _readable(found.pairs, how)
    images = [pair.image for pair in pairs]
    pictures = read_pictures(images, _suiting(images, how), str(folder))
    pairs = [pairs[i] for i in pictures.rows]
    masks = read_masks([pair.masks for pair in pairs], ignored)
    _check_sizes(pairs, masks, pictures.sizes)
    labels, sizes = masks.labels, sizes_of(pictures)
    if pictures.resizing is not None:
        labels = [labels_resized(one, pictures.resizing, IGNORED) for one in labels]
    y = np.stack(labels) if sizes is None else masks_filled_up(labels, sizes, str(folder))
    data = Dataset.from_arrays(
        pictures.x, y, task="segmentation", classes=masks.classes, ignore=ignored,
        parts=_parts(pairs), name=str(folder),
    )  # fmt: skip
    others = (note for place in _places_of(found) for note in _others(place, found))
    notes = (*others, *pictures.notes, *broken, *_parts_told(pairs), *masks.notes)
    return replace(
        data, example_names=tuple(pair.name for pair in pairs), coding=masks.coding,
        resizing=pictures.resizing, skip_broken=how.skip_broken, notes=(*data.notes, *notes),
        file_sizes=file_sizes(pictures.sizes, pictures.resizing),
        sizes=sizes,
    )  # fmt: skip


def _suiting(images: Sequence[Path], how: HowRead) -> HowRead:
    """How pictures with masks are read: at their own sizes, unless one says otherwise.

    Where these are so unlike that most of the array would be filling, they are stretched to one
    size, so that nothing of a mask is cut off.
    """
    if how.resizing is not None or how.kept:
        return how
    if how.size is None and how.way is None:
        sizes = _sizes(images)
        if not sizes or worth_filling(sizes):
            return replace(how, kept=True, filled=True)
    return how if how.way is not None else replace(how, way="fit")


def _sizes(images: Sequence[Path]) -> list[Sides]:
    """The sizes of pictures that can be read; of one that lies, as if it stood."""
    found = []
    for path in images:
        with suppress(DataError):
            found.append(picture_header(path).size)
    return found


def _readable(pairs: list[Pair], how: HowRead) -> tuple[list[Pair], tuple[str, ...]]:
    """The pairs whose masks can be read, and a remark on the others, where they are left out."""
    if not how.skip_broken:
        return pairs, ()
    kept, broken = [], []
    for pair in pairs:
        try:
            for path in pair.masks:
                read_mask_file(path)
            kept.append(pair)
        except DataError:
            broken.append(pair.masks[0].name)
    if not kept:
        return pairs, ()  # the first of them is named
    told = f"{len(broken):,} masks cannot be read and are left out: {listed(broken)}"
    return kept, (told,) if broken else ()


def _parts(pairs: Sequence[Pair]) -> list[str] | None:
    """What each picture is for; those without a word are for training."""
    if not any(pair.part for pair in pairs):
        return None
    return [pair.part or "train" for pair in pairs]


def _parts_told(pairs: Sequence[Pair]) -> tuple[str, ...]:
    parts = _parts(pairs)
    return () if parts is None else (f"parts by folder: {parts_told(parts)}",)


def _without_masks(folder: Path, how: HowRead, *, need_target: bool) -> Dataset:
    alone = _images_alone(folder)
    if need_target:
        raise DataError(
            "a folder with images/ has their masks beside it",
            expected=str(folder / "masks"),
            received="no such folder",
        )
    return _of_pictures(folder, _named(image_files(alone or folder), alone or folder), how)


def _named(paths: Sequence[Path], base: Path) -> dict[str, Path]:
    """Pictures without masks; with their suffixes, if these tell them apart."""
    names = [path.relative_to(base) for path in paths]
    stems = {name.with_suffix("").as_posix() for name in names}
    if len(stems) == len(names):
        return {name.with_suffix("").as_posix(): base / name for name in names}
    return {name.as_posix(): base / name for name in names}


def _of_pictures(folder: Path, images: dict[str, Path], how: HowRead) -> Dataset:
    if not images:
        raise DataError("there must be at least one picture", where=str(folder))
    pictures = read_pictures(list(images.values()), how, str(folder))
    data = Dataset.from_arrays(pictures.x, task="segmentation", name=str(folder))
    places = dict.fromkeys(path.parent for path in images.values())
    others = (note for place in places for note in _others(place, None))
    names = list(images)
    return replace(
        data, example_names=tuple(names[i] for i in pictures.rows), resizing=pictures.resizing,
        skip_broken=how.skip_broken, notes=(*data.notes, *others, *pictures.notes),
        file_sizes=file_sizes(pictures.sizes, pictures.resizing),
        sizes=sizes_of(pictures),
    )  # fmt: skip


def _check_sizes(pairs: Sequence[Pair], masks: Masks, sizes: Sequence[Sides]) -> None:
    for pair, mask, size in zip(pairs, masks.labels, sizes, strict=True):
        if mask.shape != size:
            raise DataError(
                "a mask is as large as its picture",
                expected=f"{size_of(size)}, as {pair.image.name} has",
                received=size_of(mask.shape),
                where=str(pair.masks[0]),
                hint=_TURNED if mask.shape == size[::-1] else None,
            )


def _places_of(found: Pairs) -> list[Path]:
    """The folders that pictures and masks lie in, of each kind the pictures' first."""
    images = dict.fromkeys(pair.image.parent for pair in found.pairs)
    masks = dict.fromkeys(mask.parent for pair in found.pairs for mask in pair.masks)
    return list(images | masks)


def _others(place: Path, found: Pairs | None) -> tuple[str, ...]:
    """A remark on what lies beside pictures."""
    used = set(image_files(place)) if found is None else found.used
    beside = [path for path in files_in(place) if path not in used]
    return left_out(beside)
