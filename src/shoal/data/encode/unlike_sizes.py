"""Pictures of unlike sizes as one array, filled up by their mirror images.

A segmentation takes its pictures in tiles and does not need one size. The array is as large as
the largest height and width. Right of a picture and below it stands its mirror image. The mask
there is `IGNORED`, so no loss and no metric counts it. Tiles are drawn inside of each picture
(`Dataset.sizes`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.data.encode.masks import IGNORED
from shoal.data.encode.resizing import Resizing, Sides
from shoal.errors import DataError
from shoal.utils.limits import check_size

if TYPE_CHECKING:
    from shoal.data.dataset import Dataset
    from shoal.data.io.image_files import Pictures

Array = npt.NDArray[Any]

MOST_FILLED = 4.0
"""How many times the pixels that there are a filled array may have."""


def filled_sides(sizes: Sequence[Sides]) -> Sides:
    """Height and width that hold all pictures of these sizes."""
    return max(height for height, _ in sizes), max(width for _, width in sizes)


def worth_filling(sizes: Sequence[Sides]) -> bool:
    """Whether pictures of these sizes are near enough to each other to be filled up to one."""
    height, width = filled_sides(sizes)
    pixels = sum(own * other for own, other in sizes)
    return len(sizes) * height * width <= MOST_FILLED * pixels


def mirrored(picture: Array, sides: Sides) -> Array:
    """A picture of shape (height, width, …) with its mirror image right of it and below."""
    more = [(0, side - own) for side, own in zip(sides, picture.shape, strict=False)]
    rest = [(0, 0)] * (picture.ndim - 2)
    whole: Array = np.pad(picture, [*more, *rest], mode="symmetric")
    return whole


Sizes = npt.NDArray[np.int32]


def are_unlike_pictures(x: Any) -> bool:
    """Whether these are pictures in a list, gray or in color, of which some differ in size."""
    if not isinstance(x, list | tuple) or not x:
        return False
    shapes = [getattr(one, "shape", ()) for one in x]
    alike = len({len(shape) for shape in shapes}) == 1 and len(shapes[0]) in (2, 3)
    return alike and len({shape[:2] for shape in shapes}) > 1


def filled_up(pictures: Sequence[Array], where: str) -> tuple[Array, Sizes]:
    """Pictures as one array, and the height and width of each.

    Args:
        pictures: of shape (height, width) or (height, width, channels), with as many channels.
        where: what to call them in messages.

    Raises:
        DataError: channels or types differ, a picture is empty, or there is no room for them.
    """
    like = pictures[0]
    for number, picture in enumerate(pictures):
        if picture.shape[2:] != like.shape[2:] or picture.dtype != like.dtype:
            raise DataError(
                "pictures of unlike sizes are alike in channels and in type",
                expected=f"{like.dtype} with channels {like.shape[2:]}",
                received=f"{picture.dtype} with channels {picture.shape[2:]}, picture {number}",
                where=where,
            )
        if 0 in picture.shape:
            raise DataError("a picture has pixels", received=f"shape {picture.shape}", where=where)
    sizes = np.array([picture.shape[:2] for picture in pictures], np.int32)
    height, width = filled_sides(sizes.tolist())
    shape = (len(pictures), height, width, *like.shape[2:])
    check_size(
        int(np.prod(shape, dtype=np.float64)) * (like.itemsize + 4),
        f"{len(pictures)} pictures of up to {height}×{width}, filled up to that size",
        where,
    )
    whole = np.empty(shape, like.dtype)
    for place, picture in zip(whole, pictures, strict=True):
        place[:] = mirrored(picture, (height, width))
    return whole, sizes


def sizes_of(pictures: Pictures) -> Sizes | None:
    """The sizes of pictures out of files, where these are unlike."""
    return np.array(pictures.sizes, np.int32) if pictures.unlike else None


def masks_filled_up(masks: Sequence[Array], sizes: Sizes, where: str) -> Array:
    """Masks of such pictures as one array; outside of a picture nothing is known.

    Raises:
        DataError: there is not a mask for each picture, of its size.
    """
    if len(masks) != len(sizes):
        raise DataError(
            "there is a mask for each picture", expected=len(sizes), received=len(masks),
            where=where,
        )  # fmt: skip
    whole = np.full((len(sizes), *sizes.max(axis=0).tolist()), IGNORED, np.int32)
    for number, (mask, (height, width)) in enumerate(zip(masks, sizes.tolist(), strict=True)):
        labels = np.asarray(mask)
        labels = labels[..., 0] if labels.ndim == 3 and labels.shape[-1] == 1 else labels
        if labels.shape != (height, width):
            raise DataError(
                "a mask is as large as its picture",
                expected=f"{height}×{width}",
                received="×".join(map(str, labels.shape)),
                where=f"{where}, picture {number}",
            )
        if labels.dtype.kind == "f" and not np.array_equal(labels, np.floor(labels)):
            raise DataError(
                "masks hold whole numbers", received="fractions", where=f"{where}, mask {number}"
            )
        whole[number, :height, :width] = labels
    return whole


def filled_alike(each: Sequence[Dataset]) -> list[Dataset]:
    """Segmentations of pictures of other sizes, filled up to the largest; others as they are."""
    shapes = {np.shape(one.x)[1:3] for one in each}
    masks = all(one.task == "segmentation" and one.y is not None for one in each)
    if not masks or (len(shapes) == 1 and all(one.sizes is None for one in each)):
        return list(each)
    sides = filled_sides([shape for shape in shapes if len(shape) == 2])
    return [_filled_to(one, sides) for one in each]


def _filled_to(dataset: Dataset, sides: Sides) -> Dataset:
    assert isinstance(dataset.x, np.ndarray)
    assert dataset.y is not None
    own = np.array(dataset.x.shape[1:3], np.int32)
    sizes = np.tile(own, (len(dataset), 1)) if dataset.sizes is None else dataset.sizes
    if dataset.x.shape[1:3] == tuple(sides):
        return replace(dataset, sizes=sizes)
    shape = (len(dataset), *sides, *dataset.x.shape[3:])
    check_size(
        int(np.prod(shape, dtype=np.float64)) * (dataset.x.itemsize + 4),
        f"{len(dataset)} pictures filled up to {sides[0]}×{sides[1]}",
        dataset.name,
    )
    x = np.empty(shape, dataset.x.dtype)
    y = np.full(shape[:3], IGNORED, dataset.y.dtype)
    for row, (height, width) in enumerate(sizes.tolist()):
        x[row] = mirrored(dataset.x[row, :height, :width], sides)
        y[row, :height, :width] = dataset.y[row, :height, :width]
    return replace(dataset, x=x, y=y, sizes=sizes)


def by_size(dataset: Dataset) -> Iterator[tuple[npt.NDArray[np.int64], Dataset]]:
    """Numbers of the pictures of each size, and these alone, without what fills them up."""
    assert dataset.sizes is not None
    for height, width in np.unique(dataset.sizes, axis=0).tolist():
        rows = np.flatnonzero((dataset.sizes == (height, width)).all(axis=1))
        part = dataset.rows(rows)
        assert isinstance(part.x, np.ndarray)
        y = None if part.y is None else part.y[:, :height, :width]
        yield rows, replace(part, x=part.x[:, :height, :width], y=y, sizes=None)


def one_size_at_a_time(dataset: Dataset, answer: Callable[[Dataset], Array], outside: Any) -> Array:
    """Answers for every pixel of pictures of unlike sizes: each picture gets what it gets alone.

    Args:
        dataset: with ``sizes``.
        answer: to pictures of one size, of shape (n, height, width, …).
        outside: what stands outside of a picture.

    Returns:
        shape (n, greatest height, greatest width, …).
    """
    whole: Array | None = None
    for rows, part in by_size(dataset):
        found = answer(part)
        if whole is None:
            shape = (len(dataset), *dataset.x.shape[1:3], *found.shape[3:])
            whole = np.full(shape, outside, found.dtype)
        whole[rows, : found.shape[1], : found.shape[2]] = found
    assert whole is not None
    return whole


def file_sizes(sizes: Sequence[Sides], resizing: Resizing | None) -> Sizes | None:
    """The sizes of pictures in their files, where they were resized."""
    return None if resizing is None else np.array(sizes, np.int32).reshape(-1, 2)
