"""A segmentation out of files: pictures, and for each a mask that is called like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from shoal.data.dataset import Dataset
from shoal.data.image_files import image_files, left_out, read_images, size_of, visible
from shoal.data.mask_coding import Ignored
from shoal.data.mask_files import Masks, read_masks
from shoal.data.mask_pairs import (
    PART_NAMES,
    PLACES,
    Pair,
    Pairs,
    Place,
    check_pairs,
    find_pairs,
    mask_places,
    pictures_below,
    plain_name,
)
from shoal.data.parts import PARTS
from shoal.errors import DataError

IMAGES = "images"
"""What a folder of pictures that have masks is usually called."""

_TURNED = "If the picture was turned upright, as EXIF says, its mask must be upright too."


def is_mask_folder(folder: Path, *, alone: bool) -> bool:
    """Whether a folder holds pictures with masks, or images/ as the only one with pictures."""
    return bool(mask_places(folder)) or (alone and _images_alone(folder) is not None)


def _images_alone(folder: Path) -> Path | None:
    """The folder of pictures that have no masks."""
    named = [path for path in visible(folder) if path.is_dir() and path.name.lower() in PLACES]
    return next((path for path in named if image_files(path)), None)


def load_mask_folder(
    folder: Path, *, need_target: bool, ignored: tuple[Ignored, ...] = ()
) -> Dataset:
    """A segmentation from ``images/name.jpg`` and ``masks/name.png``; see `mask_pairs`.

    Pictures that lie in the folder itself, without masks, will do where no target is needed.

    Args:
        folder: the folder.
        need_target: whether every picture must have a mask.
        ignored: labels or colors of pixels whose class is not known.

    Raises:
        DataError: a picture without a mask or the other way round, two masks of one
            picture, files that are none, or pictures of several sizes.
    """
    places = mask_places(folder, by_format=need_target)
    if not places:
        return _without_masks(folder, need_target=need_target)
    found = find_pairs(folder, places)
    if not need_target:
        images = sorted([*(pair.image for pair in found.pairs), *found.bare])
        return _of_pictures(folder, _named(images, _base(folder, places)))
    check_pairs(found, folder)
    data = _of_pairs(folder, found, ignored)
    return replace(data, notes=(*data.notes, *_unmasked_told(folder, places)))


def _unmasked_told(folder: Path, places: Sequence[Place]) -> tuple[str, ...]:
    """A remark on parts, such as test/, whose pictures have no masks."""
    notes = []
    for path in visible(folder):
        masked = any(path in place.images.parents or path == place.images for place in places)
        if path.is_dir() and plain_name(path) in PART_NAMES and not masked:
            count = sum(1 for _ in pictures_below(path))
            told = f"left out, for they have no masks: {count:,} pictures in {path.name}/"
            notes += [told] if count else []
    return tuple(notes)


def _base(folder: Path, places: Sequence[Place]) -> Path:
    """The folder below which pictures have their names."""
    return places[0].images if len(places) == 1 else folder


def _of_pairs(folder: Path, found: Pairs, ignored: tuple[Ignored, ...]) -> Dataset:
    pairs = found.pairs
    x, notes = read_images([pair.image for pair in pairs])
    masks = read_masks([pair.masks for pair in pairs], ignored)
    _check_sizes(pairs, masks, x.shape)
    data = Dataset.from_arrays(
        x, np.stack(masks.labels), task="segmentation", classes=masks.classes, ignore=ignored,
        parts=_parts(pairs), name=str(folder),
    )  # fmt: skip
    others = (note for place in _places_of(found) for note in _others(place, found))
    return replace(
        data, example_names=tuple(pair.name for pair in pairs), coding=masks.coding,
        notes=(*data.notes, *others, *notes, *_parts_told(pairs), *masks.notes),
    )  # fmt: skip


def _parts(pairs: Sequence[Pair]) -> list[str] | None:
    """What each picture is for; those without a word are for training."""
    if not any(pair.part for pair in pairs):
        return None
    return [pair.part or "train" for pair in pairs]


def _parts_told(pairs: Sequence[Pair]) -> tuple[str, ...]:
    parts = _parts(pairs)
    if parts is None:
        return ()
    told = [f"{parts.count(part):,} for {part}" for part in PARTS if part in parts]
    return (f"parts by folder: {', '.join(told)}",)


def _without_masks(folder: Path, *, need_target: bool) -> Dataset:
    alone = _images_alone(folder)
    if need_target:
        raise DataError(
            "a folder with images/ has their masks beside it",
            expected=str(folder / "masks"),
            received="no such folder",
        )
    return _of_pictures(folder, _named(image_files(alone or folder), alone or folder))


def _named(paths: Sequence[Path], base: Path) -> dict[str, Path]:
    """Pictures without masks; with their suffixes, if these tell them apart."""
    names = [path.relative_to(base) for path in paths]
    stems = {name.with_suffix("").as_posix() for name in names}
    if len(stems) == len(names):
        return {name.with_suffix("").as_posix(): base / name for name in names}
    return {name.as_posix(): base / name for name in names}


def _of_pictures(folder: Path, images: dict[str, Path]) -> Dataset:
    if not images:
        raise DataError("there must be at least one picture", where=str(folder))
    x, notes = read_images(list(images.values()))
    data = Dataset.from_arrays(x, task="segmentation", name=str(folder))
    places = dict.fromkeys(path.parent for path in images.values())
    others = (note for place in places for note in _others(place, None))
    return replace(data, example_names=tuple(images), notes=(*data.notes, *others, *notes))


def _check_sizes(pairs: Sequence[Pair], masks: Masks, shape: tuple[int, ...]) -> None:
    for pair, mask in zip(pairs, masks.labels, strict=True):
        if mask.shape != shape[1:3]:
            raise DataError(
                "a mask is as large as its picture",
                expected=f"{size_of(shape[1:])}, as {pair.image.name} has",
                received=size_of(mask.shape),
                where=str(pair.masks[0]),
                hint=_TURNED if mask.shape == shape[2:0:-1] else None,
            )


def _places_of(found: Pairs) -> list[Path]:
    """The folders that pictures and masks lie in, of each kind the pictures' first."""
    images = dict.fromkeys(pair.image.parent for pair in found.pairs)
    masks = dict.fromkeys(mask.parent for pair in found.pairs for mask in pair.masks)
    return list(images | masks)


def _others(place: Path, found: Pairs | None) -> tuple[str, ...]:
    """A remark on what lies beside pictures."""
    used = set(image_files(place)) if found is None else found.used
    beside = [path for path in visible(place) if path not in used and not path.is_dir()]
    return left_out(beside)
