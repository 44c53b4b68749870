"""A folder with images/ and masks/: pictures, and for each a mask of the same name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from shoal.data.dataset import Dataset
from shoal.data.image_files import image_files, left_out, listed, read_images, size_of, visible
from shoal.data.mask_files import Masks, read_masks
from shoal.errors import DataError

IMAGES, MASKS = "images", "masks"

_TURNED = "If the picture was turned upright, as EXIF says, its mask must be upright too."


def is_mask_folder(folder: Path, *, alone: bool) -> bool:
    """Whether a folder holds images/, beside masks/ or as the only one with pictures."""
    return (folder / IMAGES).is_dir() and ((folder / MASKS).is_dir() or alone)


def load_mask_folder(folder: Path, *, need_target: bool) -> Dataset:
    """A segmentation from ``images/name.png`` and ``masks/name.png`` or ``masks/name_mask.png``.

    Pictures that lie in the folder itself, without masks, will do where no target is needed.

    Raises:
        DataError: a picture without a mask or the other way round, two masks of one
            picture, files that are none, or pictures of several sizes.
    """
    where = folder / IMAGES if (folder / IMAGES).is_dir() else folder
    if (folder / MASKS).is_dir():
        images = _by_name(where, "picture", lambda stem: stem)
    else:
        images = _by_stem_or_name(where)
    if not images:
        raise DataError("there must be at least one picture", where=str(where))
    paths = _masks_of(folder, images, need_target=need_target)
    x, notes = read_images(list(images.values()))
    notes = (*_others(where), *notes)
    if paths is None:
        data = Dataset.from_arrays(x, task="segmentation", name=str(folder))
    else:
        masks = read_masks(paths)
        _check_sizes(paths, masks, list(images.values()), x.shape)
        y = np.stack(masks.labels)
        data = Dataset.from_arrays(
            x, y, task="segmentation", classes=masks.classes, name=str(folder)
        )
        notes = (*notes, *_others(folder / MASKS), *masks.notes)
    return replace(data, example_names=tuple(images), notes=(*data.notes, *notes))


def _by_name(place: Path, what: str, name_of: Callable[[str], str]) -> dict[str, Path]:
    """The pictures in a folder by what they are called, which must tell them apart."""
    found: dict[str, Path] = {}
    for path in image_files(place):
        name = name_of(path.stem)
        if name in found:
            raise DataError(
                f"each {what} has a name of its own",
                received=f"{found[name].name} and {path.name}",
                where=str(place),
                hint="Remove or rename one of them.",
            )
        found[name] = path
    return found


def _by_stem_or_name(place: Path) -> dict[str, Path]:
    """The pictures in a folder without masks; with their suffixes, if these tell them apart."""
    paths = image_files(place)
    stems = {path.stem: path for path in paths}
    return stems if len(stems) == len(paths) else {path.name: path for path in paths}


def _masks_of(folder: Path, images: dict[str, Path], *, need_target: bool) -> list[Path] | None:
    place = folder / MASKS
    if not place.is_dir():
        if not need_target:
            return None
        raise DataError(
            "a folder with images/ has their masks beside it",
            expected=str(place),
            received="no such folder",
        )
    # A picture may itself be called a_mask; then its mask is called so too.
    found = _by_name(
        place, "mask", lambda stem: stem if stem in images else stem.removesuffix("_mask")
    )
    without = [name for name in images if name not in found]
    if without and need_target:
        raise DataError(
            "every picture has a mask of its name",
            expected=f"{without[0]}.png or {without[0]}_mask.png",
            received=f"none for {len(without)} of {len(images)} pictures: {listed(without)}",
            where=str(place),
        )
    extra = [found[name].name for name in found if name not in images]
    if extra:
        raise DataError(
            "every mask has a picture of its name",
            received=f"{listed(extra)} without one",
            where=str(place),
        )
    return None if without else [found[name] for name in images]


def _check_sizes(
    paths: Sequence[Path], masks: Masks, images: Sequence[Path], shape: tuple[int, ...]
) -> None:
    for path, mask, image in zip(paths, masks.labels, images, strict=True):
        if mask.shape != shape[1:3]:
            raise DataError(
                "a mask is as large as its picture",
                expected=f"{size_of(shape[1:])}, as {image.name} has",
                received=size_of(mask.shape),
                where=str(path),
                hint=_TURNED if mask.shape == shape[2:0:-1] else None,
            )


def _others(place: Path) -> tuple[str, ...]:
    """A remark on what lies beside pictures."""
    pictures = set(image_files(place))
    return left_out([p for p in visible(place) if p not in pictures and p.name != MASKS])
