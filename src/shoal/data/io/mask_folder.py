"""A segmentation out of files: pictures, and for each a mask that is called like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from shoal.data.dataset import Dataset
from shoal.data.encode.mask_coding import Ignored
from shoal.data.encode.pictures import NamedFiles
from shoal.data.encode.unlike_sizes import file_sizes, sizes_of
from shoal.data.io.folder_entries import files_in, folders_in, image_files
from shoal.data.io.image_files import HowRead, left_out, read_pictures
from shoal.data.io.instances import MaskNumbers
from shoal.data.io.mask_pairs import (
    PLACES,
    MaskFolders,
    Pair,
    Pairs,
    check_pairs,
    find_pairs,
    mask_folders,
    plain_name,
)
from shoal.data.io.picture_tree import pictures_below
from shoal.data.io.segmentation import segmentation
from shoal.data.splitting.parts import PART_NAMES, describe_parts
from shoal.errors import DataError

IMAGES = "images"
"""What a folder of pictures that have masks is usually called."""


def is_mask_folder(folder: Path, *, alone: bool) -> bool:
    """Whether a folder holds pictures with masks, or images/ as the only one with pictures."""
    return bool(mask_folders(folder)) or (alone and _images_alone(folder) is not None)


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
    numbers: MaskNumbers | None = None,
) -> Dataset:
    """A segmentation from ``images/name.jpg`` and ``masks/name.png``; see `mask_pairs`.

    Pictures that lie in the folder itself, without masks, will do where no target is needed.

    Args:
        folder: the folder.
        how: how pictures are read; masks follow them, a pixel the label at its middle.
        need_target: whether every picture must have a mask.
        ignored: labels or colors of pixels whose class is not known.
        numbers: whether the numbers of masks are classes or objects; see `read_masks`.

    Raises:
        DataError: a picture without a mask or the other way round, two masks of one
            picture, files that are none, or pictures of several sizes.
    """
    places = mask_folders(folder, by_format=need_target)
    if not places:
        return _without_masks(folder, how, need_target=need_target)
    found = find_pairs(folder, places)
    if not need_target:
        return _of_pictures(folder, how)
    notes = _unmasked_told(folder, places)
    if how.skip_broken and found.pairs and (found.bare or found.loose):
        bare, loose = len(found.bare), len(found.loose)
        notes = (
            f"left out: {bare:,} pictures without a mask, {loose:,} masks without a picture", *notes
        )  # fmt: skip
    else:
        check_pairs(found, folder)
    data = _of_pairs(folder, found, ignored, numbers, how)
    return replace(data, notes=(*data.notes, *notes))


def pictures_to_segment(folder: Path) -> NamedFiles:
    """The pictures of a folder that are to get masks, also those that have some.

    Raises:
        DataError: there is none.
    """
    places = mask_folders(folder, by_format=False)
    if places:
        found = find_pairs(folder, places)
        paths = sorted([*(pair.image for pair in found.pairs), *found.bare])
        base = _base(folder, places)
    else:
        base = _images_alone(folder) or folder
        paths = image_files(base)
    if not paths:
        raise DataError("there must be at least one picture", where=str(folder))
    others = [note for place in dict.fromkeys(path.parent for path in paths)
              for note in _others(place, None)]  # fmt: skip
    called = list(_named(paths, base))
    return NamedFiles(list(paths), called, called, str(folder), tuple(others))


def _unmasked_told(folder: Path, places: Sequence[MaskFolders]) -> tuple[str, ...]:
    """A remark on parts, such as test/, whose pictures have no masks."""
    notes = []
    for path in folders_in(folder):
        masked = any(path in place.images.parents or path == place.images for place in places)
        if plain_name(path) in PART_NAMES and not masked:
            count = len(pictures_below(path).pictures)
            told = f"left out, for they have no masks: {count:,} pictures in {path.name}/"
            notes += [told] if count else []
    return tuple(notes)


def _base(folder: Path, places: Sequence[MaskFolders]) -> Path:
    """The folder below which pictures have their names."""
    return places[0].images if len(places) == 1 else folder


def _of_pairs(
    folder: Path,
    found: Pairs,
    ignored: tuple[Ignored, ...],
    numbers: MaskNumbers | None,
    how: HowRead,
) -> Dataset:
    pairs = found.pairs
    data, rows = segmentation(
        [pair.image for pair in pairs], [pair.masks for pair in pairs], how, str(folder),
        names=[pair.name for pair in pairs], parts=_parts(pairs), ignored=ignored,
        numbers=numbers,
    )  # fmt: skip
    others = [note for place in _places_of(found) for note in _others(place, found)]
    told = _parts_told([pairs[i] for i in rows])
    return replace(data, notes=(*others, *data.notes, *told))


def _parts(pairs: Sequence[Pair]) -> list[str] | None:
    """What each picture is for; those without a word are for training."""
    if not any(pair.part for pair in pairs):
        return None
    return [pair.part or "train" for pair in pairs]


def _parts_told(pairs: Sequence[Pair]) -> tuple[str, ...]:
    parts = _parts(pairs)
    return () if parts is None else (f"parts by folder: {describe_parts(parts)}",)


def _without_masks(folder: Path, how: HowRead, *, need_target: bool) -> Dataset:
    if need_target:
        raise DataError(
            "a folder with images/ has their masks beside it",
            expected=str(folder / "masks"),
            received="no such folder",
        )
    return _of_pictures(folder, how)


def _named(paths: Sequence[Path], base: Path) -> dict[str, Path]:
    """Pictures without masks; with their suffixes, if these tell them apart."""
    names = [path.relative_to(base) for path in paths]
    stems = {name.with_suffix("").as_posix() for name in names}
    if len(stems) == len(names):
        return {name.with_suffix("").as_posix(): base / name for name in names}
    return {name.as_posix(): base / name for name in names}


def _of_pictures(folder: Path, how: HowRead) -> Dataset:
    found = pictures_to_segment(folder)
    pictures = read_pictures(found.files, how, str(folder))
    data = Dataset.from_arrays(pictures.x, task="segmentation", name=str(folder))
    return replace(
        data, example_names=tuple(found.called[i] for i in pictures.rows),
        resizing=pictures.resizing,
        skip_broken=how.skip_broken, notes=(*data.notes, *found.notes, *pictures.notes),
        file_sizes=file_sizes(pictures.sizes, pictures.resizing),
        sizes=sizes_of(pictures),
    )  # fmt: skip


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
