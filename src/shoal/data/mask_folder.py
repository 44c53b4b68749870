"""A folder with images/ and masks/: pictures, and for each a mask of the same name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shoal.data.dataset import Dataset
from shoal.data.image_files import image_files, read_images, read_masks
from shoal.errors import DataError

IMAGES, MASKS = "images", "masks"


def is_mask_folder(folder: Path, *, need_target: bool) -> bool:
    """Whether a folder holds images/; to predict, pictures that lie in it will do."""
    return (folder / IMAGES).is_dir() or (not need_target and bool(image_files(folder)))


def load_mask_folder(folder: Path, *, need_target: bool) -> Dataset:
    """A segmentation from ``images/name.png`` and ``masks/name.png`` or ``masks/name_mask.png``.

    Raises:
        DataError: a picture without a mask or the other way round, files that are
            none, or pictures of several sizes.
    """
    where = folder / IMAGES if (folder / IMAGES).is_dir() else folder
    images = image_files(where)
    if not images:
        raise DataError("there must be at least one picture", where=str(where))
    names = tuple(path.stem for path in images)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError("pictures have different names", received=repr(twice), where=str(where))
    masks = _masks_of(folder, names, need_target=need_target)
    x = read_images(images)
    y = None if masks is None else read_masks(masks)
    dataset = Dataset.from_arrays(x, y, task="segmentation", name=str(folder))
    return replace(dataset, example_names=names)


def _masks_of(folder: Path, names: tuple[str, ...], *, need_target: bool) -> list[Path] | None:
    place = folder / MASKS
    if not place.is_dir():
        if not need_target:
            return None
        raise DataError(
            "a folder with images/ has their masks beside it",
            expected=str(place),
            received="no such folder",
        )
    found = {path.stem.removesuffix("_mask"): path for path in image_files(place)}
    without = [name for name in names if name not in found]
    if without and need_target:
        raise DataError(
            "every picture has a mask of its name",
            expected=f"{without[0]}.png or {without[0]}_mask.png",
            received=f"none for {len(without)} of {len(names)} pictures",
            where=str(place),
        )
    extra = sorted(set(found) - set(names))
    if extra:
        raise DataError(
            "every mask has a picture of its name",
            received=f"{found[extra[0]].name} without one",
            where=str(place),
        )
    return None if without else [found[name] for name in names]
