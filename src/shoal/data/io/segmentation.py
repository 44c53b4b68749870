"""A segmentation out of pictures and masks in files, however one knows which belong together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from shoal.data.dataset import Dataset
from shoal.data.encode.mask_coding import Ignored
from shoal.data.encode.masks import IGNORED
from shoal.data.encode.resizing import Sides, labels_resized
from shoal.data.encode.unlike_sizes import file_sizes, masks_filled_up, sizes_of, worth_filling
from shoal.data.io.image_files import HowRead, listed, read_pictures, size_of
from shoal.data.io.instances import MaskNumbers
from shoal.data.io.mask_files import Masks, read_mask_file, read_masks
from shoal.data.io.picture import AnyFile, picture_header
from shoal.errors import DataError

_TURNED = "If the picture was turned upright, as EXIF says, its mask must be upright too."


def segmentation(
    images: Sequence[AnyFile],
    masks: Sequence[Sequence[AnyFile]],
    how: HowRead,
    where: str,
    *,
    names: Sequence[str],
    parts: Sequence[str] | None,
    ignored: tuple[Ignored, ...],
    numbers: MaskNumbers | None = None,
) -> tuple[Dataset, npt.NDArray[np.int64]]:
    """The data set of these pictures and masks, and which of them are in it.

    Args:
        images: the pictures.
        masks: of each the files of its mask; several are united.
        how: how pictures are read; masks follow them, a pixel the label at its middle.
        where: what to call the data in messages.
        names: what each picture is called.
        parts: what each is for, if that is known.
        ignored: labels or colors of pixels whose class is not known.
        numbers: whether the numbers of masks are classes or objects; see `read_masks`.

    Raises:
        DataError: a file that is none, unless such are left out; a mask of another size than its
            picture.
    """
    readable, broken = _readable(masks, how)
    files = [images[i] for i in readable]
    pictures = read_pictures(files, _suiting(files, how), where)
    rows = np.array(readable, np.int64)[pictures.rows]
    read = read_masks([masks[i] for i in rows], ignored, numbers)
    _check_sizes([images[i] for i in rows], [masks[i][0] for i in rows], read, pictures.sizes)
    labels, sizes = read.labels, sizes_of(pictures)
    if pictures.resizing is not None:
        labels = [labels_resized(one, pictures.resizing, IGNORED) for one in labels]
    y = np.stack(labels) if sizes is None else masks_filled_up(labels, sizes, where)
    data = Dataset.from_arrays(
        pictures.x, y, task="segmentation", classes=read.classes, ignore=ignored, masks="semantic",
        parts=None if parts is None else [parts[i] for i in rows], name=where,
    )  # fmt: skip
    data = replace(
        data, example_names=tuple(names[i] for i in rows), coding=read.coding,
        resizing=pictures.resizing, skip_broken=how.skip_broken, sizes=sizes,
        file_sizes=file_sizes(pictures.sizes, pictures.resizing),
        notes=(*data.notes, *pictures.notes, *broken, *read.notes),
    )  # fmt: skip
    return data, rows


def _suiting(images: Sequence[AnyFile], how: HowRead) -> HowRead:
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


def _sizes(images: Sequence[AnyFile]) -> list[Sides]:
    """The sizes of pictures that can be read; of one that lies, as if it stood."""
    found = []
    for path in images:
        with suppress(DataError):
            found.append(picture_header(path).size)
    return found


def _readable(
    masks: Sequence[Sequence[AnyFile]], how: HowRead
) -> tuple[list[int], tuple[str, ...]]:
    """Which masks can be read, and a remark on the others, where they are left out."""
    if not how.skip_broken:
        return list(range(len(masks))), ()
    kept, broken = [], []
    for row, own in enumerate(masks):
        try:
            for path in own:
                read_mask_file(path)
            kept.append(row)
        except DataError:
            broken.append(own[0].name)
    if not kept:
        return list(range(len(masks))), ()  # the first of them is named
    told = f"{len(broken):,} masks cannot be read and are left out: {listed(broken)}"
    return kept, (told,) if broken else ()


def _check_sizes(
    images: Sequence[AnyFile], files: Sequence[AnyFile], masks: Masks, sizes: Sequence[Sides]
) -> None:
    for image, file, mask, size in zip(images, files, masks.labels, sizes, strict=True):
        if mask.shape != size:
            raise DataError(
                "a mask is as large as its picture",
                expected=f"{size_of(size)}, as {image.name} has",
                received=size_of(mask.shape),
                where=str(file),
                hint=_TURNED if mask.shape == size[::-1] else None,
            )
