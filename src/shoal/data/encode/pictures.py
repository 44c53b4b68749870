"""Pictures for a model that is trained: files by name, and arrays of another size."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.data.dataset import Dataset
from shoal.data.encode.image import ImageEncoder
from shoal.data.encode.resizing import WAYS, Resizing, resize_all
from shoal.data.encode.unlike_sizes import file_sizes, sizes_of
from shoal.data.io.folder_entries import SUFFIXES
from shoal.data.io.image_files import HowRead, left_out, listed, read_pictures
from shoal.data.io.picture import AnyFile, are_pictures, shown
from shoal.data.io.picture_tree import (
    by_folder,
    is_picture_archive,
    pictures_below,
    unread_note,
)
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.preprocessing import Preprocessing

Array = npt.NDArray[Any]

_CHANNELS = (1, 3)

_FEW = 4
"""Entries of a last axis of channels, at most."""


def wanted_by(like: Preprocessing | None) -> Resizing | None:
    """What becomes of pictures for a model; None: it reads none, or tells masks of their size."""
    if like is None or not isinstance(like.encoder, ImageEncoder) or like.task == "segmentation":
        return None
    height, width, channels = like.encoder.shape
    if channels not in _CHANNELS:
        return None
    return like.encoder.resizing or Resizing(height, width)


def are_files(like: Preprocessing | None, need_target: bool) -> bool:
    """Whether a folder is one of pictures that a model has only to look at."""
    return not need_target and wanted_by(like) is not None


def how_read(like: Preprocessing | None, asked: HowRead) -> HowRead:
    """How pictures are read: as a model wants it, if they are for one."""
    wanted = wanted_by(like)
    return asked if wanted is None else HowRead(resizing=wanted, skip_broken=asked.skip_broken)


def how_read_with_masks(like: Preprocessing | None, asked: HowRead) -> HowRead:
    """How pictures are read that have masks, or get them: as in training, for a model."""
    if like is None:
        return asked
    resizing = like.encoder.resizing if isinstance(like.encoder, ImageEncoder) else None
    kept = resizing is None
    return HowRead(resizing=resizing, kept=kept, filled=kept, skip_broken=asked.skip_broken)


def files_named(x: Any) -> list[str | os.PathLike[str]] | None:
    """Names of files, if inputs are one or several; None if they are anything else."""
    if isinstance(x, str | os.PathLike):
        return [x]
    if isinstance(x, np.ndarray) or hasattr(x, "to_numpy"):  # a column of a table
        if getattr(x, "dtype", None) is None or np.ndim(x) != 1:
            return None
        x = np.asarray(x).tolist()
    if isinstance(x, list | tuple) and x and all(isinstance(one, str | os.PathLike) for one in x):
        return list(x)
    return None


@dataclass(frozen=True)
class NamedFiles:
    """Pictures that are named, and those in named folders.

    Attributes:
        files: the pictures.
        called: what each is called.
        masks: what the mask of each is called in a folder of masks.
        label: what to call them all.
        notes: remarks on what else lies there.
    """

    files: list[AnyFile]
    called: list[str]
    masks: list[str]
    label: str
    notes: tuple[str, ...] = ()

    def for_model(self, like: Preprocessing | None) -> NamedFiles:
        """With the names of masks in place of those of pictures, where a model tells masks."""
        masked = like is not None and like.task == "segmentation"
        return replace(self, called=_names_of_masks(self.masks)) if masked else self


def named_files(names: Sequence[str | os.PathLike[str]]) -> NamedFiles:
    """The pictures of these names: files, folders of them at any depth, and archives.

    Raises:
        DataError: what is not there, or a folder without pictures.
    """
    files: list[AnyFile] = []
    called: list[str] = []
    masks: list[str] = []  # what they are called in a folder of masks
    notes: list[str] = []
    for name in names:
        path = Path(name)
        if path.is_dir() or is_picture_archive(path):
            found = pictures_below(path)
            if not found.pictures:
                raise DataError(
                    "there are pictures",
                    received="a folder without any",
                    where=str(path),
                    hint=unread_note(found),
                )
            prefix = () if len(names) == 1 else (str(path),)
            called += ["/".join((*prefix, *place)) for place, _ in found.pictures]
            masks += ["/".join(place) for place, _ in found.pictures]
            files += [file for _, file in found.pictures]
            notes += left_out([place[-1] for place in by_folder(found.others)])
            notes += [note] if (note := unread_note(found)) else []
        elif os.path.lexists(path):
            files.append(path)
            called.append(str(name))
            masks.append(path.name)
        else:
            raise DataError("no such file", where=str(path))
    label = str(names[0]) if len(names) == 1 else f"{len(files):,} pictures"
    return NamedFiles(files, called, masks, label, tuple(notes))


def how_read_for(like: Preprocessing | None, asked: HowRead) -> HowRead:
    """How pictures are read that a model is to predict."""
    how = how_read(like, asked)
    masked = like is not None and like.task == "segmentation"
    return how_read_with_masks(like, how) if masked else how


def load_picture_files(
    names: Sequence[str | os.PathLike[str]], like: Preprocessing | None, *,
    skip_broken: bool = False,
) -> Dataset:  # fmt: skip
    """Pictures to predict: files, folders of them at any depth, and archives.

    Args:
        names: of these.
        like: what the model does with pictures.
        skip_broken: whether files that cannot be read are left out.

    Raises:
        DataError: a file that is not there or no picture, or a folder without pictures.
    """
    found = named_files(names).for_model(like)
    how = how_read_for(like, HowRead(skip_broken=skip_broken))
    read = read_pictures(found.files, how, found.label)
    data = Dataset.from_arrays(read.x, name=found.label)
    return replace(
        data,
        example_names=tuple(found.called[i] for i in read.rows),
        skip_broken=skip_broken,
        resizing=read.resizing,
        file_sizes=file_sizes(read.sizes, read.resizing),
        sizes=sizes_of(read),
        notes=(*found.notes, *read.notes),
    )


def _names_of_masks(called: Sequence[str]) -> list[str]:
    """What masks of these pictures are called: without suffix, if that tells them apart."""
    names = [PurePosixPath(name) for name in called]
    for found in ([str(name.with_suffix("")) for name in names], list(called)):
        if len(set(found)) == len(found):
            return found
    return [f"{i}-{name.name}" for i, name in enumerate(names)]


def is_picture_file(name: str | os.PathLike[str]) -> bool:
    """Whether a file is a picture, by the end of its name."""
    return Path(name).suffix.lower() in SUFFIXES and not Path(name).is_dir()


def at_size(x: Any, like: Preprocessing) -> Any:
    """Pictures in memory at the size of a model; anything else, and others, as they are.

    Args:
        x: an array, or a list of arrays or of Pillow's pictures, of any sizes.
        like: what the model does with pictures.
    """
    to = wanted_by(like)
    pictures = None if to is None else of_other_sizes(x, to)
    return x if to is None or pictures is None else resize_all(pictures, to)


def size_remark(x: Any, like: Preprocessing) -> tuple[str, ...]:
    """A remark on pictures of another size than in training, where that had one size.

    Args:
        x: as for `at_size`, or a data set of pictures that were resized as they were read.
        like: what the model does with pictures.
    """
    to = wanted_by(like)
    if to is None or not isinstance(like.encoder, ImageEncoder) or like.encoder.resizing:
        return ()
    sizes = ""
    if not isinstance(x, Dataset) or x.resizing is None:
        pictures = of_other_sizes(x.x if isinstance(x, Dataset) else x, to)
        if pictures is None:
            return ()
        shapes = dict.fromkeys(one.shape[:2] for one in pictures)
        sizes = f"of {listed([f'{height}×{width}' for height, width in shapes])} "
    return (f"pictures {sizes}become {to}, the size of all pictures in training ({WAYS[to.way]})",)


def of_other_sizes(x: Any, to: Resizing) -> list[Array] | None:
    """Pictures of shape (height, width, channels), if one of them has another size."""
    if isinstance(x, list | tuple):
        found = shown(x) if are_pictures(x) else list(x)
        if not all(isinstance(one, np.ndarray) and one.ndim in (2, 3) for one in found):
            return None
        pictures = [one if one.ndim == 3 else one[..., np.newaxis] for one in found]
    elif isinstance(x, np.ndarray) and x.dtype.kind in "uif" and x.ndim in (3, 4):
        # Of one picture, which lacks an axis, the last one is that of channels.
        array = x if x.ndim == 4 else x[..., np.newaxis] if x.shape[-1] > _FEW else x[:0, None]
        if array.shape[-1] not in _CHANNELS and array.shape[1] in _CHANNELS:
            array = np.moveaxis(array, 1, -1)
        pictures = [] if array.shape[1:3] == to.sides else list(array)
    else:
        return None
    if not pictures or all(one.shape[:2] == to.sides for one in pictures):
        return None
    fit = all(one.shape[2] in _CHANNELS and min(one.shape[:2]) > 1 for one in pictures)
    return pictures if fit else None
