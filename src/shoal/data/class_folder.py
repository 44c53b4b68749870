"""A folder of pictures with a folder for each class: ``root/class/name.png``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from shoal.data.dataset import Dataset
from shoal.data.image_files import image_files, left_out, listed, read_images, visible
from shoal.errors import DataError

_PARTS = {"train", "training", "val", "valid", "validation", "test", "testing"}

_MASKS = {"mask", "masks", "label", "labels", "annotation", "annotations"}


def class_folders(folder: Path) -> list[Path]:
    """The folders in it that hold pictures, by name."""
    return [path for path in visible(folder) if path.is_dir() and image_files(path)]


def load_class_folder(folder: Path) -> Dataset:
    """A classification of pictures of one size; the folders' names are the classes.

    Files that are no pictures, and folders without any, are left out and told.

    Raises:
        DataError: a file that is no picture, or pictures of several sizes.
    """
    classes = class_folders(folder)
    _check_are_classes(folder, classes)
    files = [(path, place.name) for place in classes for path in image_files(place)]
    read = {path for path, _ in files} | set(classes)
    others = [path for place in (folder, *classes) for path in visible(place) if path not in read]
    x, notes = read_images([path for path, _ in files])
    data = Dataset.from_arrays(x, [name for _, name in files], name=str(folder))
    names = tuple(str(path.relative_to(folder)) for path, _ in files)
    return replace(data, example_names=names, notes=(*data.notes, *left_out(others), *notes))


def check_has_classes(folder: Path) -> None:
    """Refuse a folder of pictures to train on that tells neither classes nor masks.

    Raises:
        DataError: its pictures lie in it, or deeper than in folders of classes.
    """
    deeper = [path for path in visible(folder) if path.is_dir() and class_folders(path)]
    if deeper:
        raise DataError(
            "pictures to train on lie in a folder for each class",
            received=f"folders of classes within {listed([path.name for path in deeper])}",
            where=str(folder),
            hint=f"Give one of these folders, such as {deeper[0]}.",
        )
    pictures = image_files(folder)
    if pictures:
        raise DataError(
            "pictures to train on lie in a folder for each class, or in images/ beside masks/",
            expected=f"such as {folder / 'cat' / pictures[0].name}",
            received=f"{len(pictures)} pictures without a class, such as {pictures[0].name}",
            where=str(folder),
        )


def _check_are_classes(folder: Path, places: Sequence[Path]) -> None:
    """Refuse folders whose names say that they are something else than classes."""
    names = {place.name.lower() for place in places}
    if names <= _PARTS:
        raise DataError(
            "pictures lie in a folder for each class",
            received=f"pictures without a class in {listed([place.name for place in places])}",
            where=str(folder),
        )
    stems = [{path.stem for path in image_files(place)} for place in places]
    if names & _MASKS and len(places) == 2 and stems[0] & stems[1]:
        raise DataError(
            "pictures with masks lie in images/ and masks/",
            received=f"{places[0].name}/ and {places[1].name}/ with files of the same names",
            where=str(folder),
            hint="Rename the folders.",
        )
