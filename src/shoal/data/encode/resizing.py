"""Pictures of any size made one size: how it is chosen, and how it is done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError

Array = npt.NDArray[Any]
Sides = tuple[int, int]
"""Height and width."""

Way = Literal["fit", "crop", "pad"]

WAYS: dict[Way, str] = {
    "fit": "stretched to the size",
    "crop": "the centre is cut out, sides kept in proportion",
    "pad": "the whole picture, sides kept in proportion, with black beside it",
}
"""What each way does."""

MOST_CHOSEN = 64
"""The longer side that is chosen for pictures, at most: a small network trains on it in minutes."""

MOST_KEPT = 128
"""Up to this side pictures that are all of one size stay as they are."""

MOST_SIDE = 10_000

_NEAR = 1.25
"""Sides in nearly the same proportion differ by this factor at most: stretching is not seen."""

_STRETCHED = 1.6
"""Up to this factor (photos of 4:3 and 3:2, of both kinds, in a square) stretching does no harm."""

_SHARE = 90
"""Percent of the pictures that must be so."""

_GAP = 3.0
"""How much larger than the result a picture may be where it is averaged before it is resampled."""


@dataclass(frozen=True)
class Resizing:
    """What becomes of pictures before a network sees them.

    Attributes:
        height, width: of the result.
        way: ``fit``, ``crop`` or ``pad`` (`WAYS`).
    """

    height: int
    width: int
    way: Way = "fit"

    @property
    def sides(self) -> Sides:
        """Height and width."""
        return self.height, self.width

    def __str__(self) -> str:
        return f"{self.height}×{self.width}"

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"height": self.height, "width": self.width, "way": self.way}

    @classmethod
    def from_json(cls, data: Any) -> Resizing:
        """What `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is nothing of the kind.
        """
        sides = data["height"], data["width"]
        if not all(type(side) is int and 0 < side <= MOST_SIDE for side in sides):
            raise ValueError("a height and a width of pictures")
        if data["way"] not in WAYS:
            raise ValueError("a way to resize pictures")
        return cls(*sides, data["way"])


def checked_size(size: Any) -> Sides | None:
    """Height and width, from ``64``, ``"64"``, ``"48x64"`` or ``(48, 64)``.

    Raises:
        DataError: it is nothing of the kind.
    """
    if size is None:
        return None
    sides: Any = size
    if isinstance(size, str):
        told = re.fullmatch(r"\s*(\d{1,6})\s*(?:[x×,*]\s*(\d{1,6})\s*)?", size, re.IGNORECASE)
        sides = tuple(int(side) for side in told.groups() if side) if told else ()
    elif isinstance(size, int | np.integer):
        sides = (size,)
    whole = isinstance(sides, Sequence) and all(
        isinstance(side, int | np.integer) and not isinstance(side, bool) and 0 < side <= MOST_SIDE
        for side in sides
    )
    if not whole or len(sides) not in (1, 2):
        raise DataError(
            "a size is one side of a square, or height and width",
            expected=f"such as 64 or 48x64, each side from 1 to {MOST_SIDE:,}",
            received=repr(size),
            where="size",
        )
    return int(sides[0]), int(sides[-1])


def checked_way(way: Any) -> Way | None:
    """One of `WAYS`, or None.

    Raises:
        DataError: it is something else.
    """
    if way is not None and str(way) not in WAYS:
        raise DataError(
            "pictures are resized in one of these ways",
            expected=", ".join(f"{name} ({told})" for name, told in WAYS.items()),
            received=repr(way),
            where="resize",
        )
    return None if way is None else cast("Way", str(way))


def chosen_resizing(
    sizes: Sequence[Sides], size: Sides | None = None, way: Way | None = None
) -> Resizing | None:
    """What is done with pictures of these sizes; None: they stay as they are.

    Where nothing is said, pictures that are all of one size, of up to 128 a side, stay as they
    are. Otherwise the size is the median, with a longer side of at most 64: in the proportion
    of the pictures, if that is nearly the same for all, else square. Pictures are stretched to
    it (``fit``), unless many are far from its proportion: then all of each is kept, with
    black beside it (``pad``).

    Args:
        sizes: heights and widths of the pictures.
        size: what was said of the size.
        way: and of the way.
    """
    both = np.array(sizes, np.float64)
    alike = bool((both == both[0]).all())
    if size is None and way is None and alike and both.max() <= MOST_KEPT:
        return None
    shapes = both[:, 1] / both[:, 0]
    height, width = size or _median_size(both, shapes)
    if way is None:
        apart = np.maximum(shapes * height / width, width / height / shapes)
        most = float(np.percentile(apart, _SHARE))
        way = "fit" if most <= _STRETCHED else "pad"
    if alike and both[0].tolist() == [height, width]:
        return None
    return Resizing(height, width, way)


def _median_size(both: Array, shapes: Array) -> Sides:
    """A size that suits the pictures."""
    low, high = np.percentile(shapes, [100 - _SHARE, _SHARE])
    if high / low > _NEAR:
        side = int(min(np.median(both), MOST_CHOSEN))
        return side, side
    longer = min(float(np.median(both.max(axis=1))), MOST_CHOSEN)
    shape = float(np.median(shapes))
    shorter = longer * min(shape, 1 / shape)
    # Sides that can be halved twice: networks pool.
    whole = [max(round(side / 4) * 4, 4) if side > 16 else max(round(side), 1)
             for side in (longer, shorter)]  # fmt: skip
    return (whole[1], whole[0]) if shape >= 1 else (whole[0], whole[1])


def least_size(sides: Sides, to: Resizing) -> Sides:
    """How large a picture of these sides must be decoded so that nothing is seen of it."""
    ratios = sides[0] / to.height, sides[1] / to.width
    if to.way == "fit":
        return 2 * to.height, 2 * to.width
    scale = min(ratios) if to.way == "crop" else max(ratios)
    return max(int(2 * sides[0] / scale), 1), max(int(2 * sides[1] / scale), 1)


def resized(values: Array, to: Resizing, full: Sides | None = None) -> Array:
    """A picture at another size, every pixel the mean of what it covers.

    Args:
        values: of shape (height, width, channels), of any type of numbers.
        to: the size and the way.
        full: height and width of the picture in its file, where it was decoded smaller.

    Returns:
        An array of the same type and shape (to.height, to.width, channels).
    """
    if values.shape[:2] == to.sides:
        return values
    height, width = values.shape[:2]
    inner = to.sides
    if to.way == "crop":
        scale = min(height / to.height, width / to.width)
        high, wide = (max(round(side * scale), 1) for side in to.sides)
        top, left = (height - high) // 2, (width - wide) // 2
        values = values[top : top + high, left : left + wide]
    elif to.way == "pad":
        tall, broad = full or (height, width)
        scale = max(tall / to.height, broad / to.width)
        inner = (
            min(max(round(tall / scale), 1), to.height),
            min(max(round(broad / scale), 1), to.width),
        )
    small = _resampled(values, inner)
    if inner == to.sides:
        return small
    whole = np.zeros((*to.sides, values.shape[2]), values.dtype)
    top, left = (to.height - inner[0]) // 2, (to.width - inner[1]) // 2
    whole[top : top + inner[0], left : left + inner[1]] = small
    return whole


def resize_all(pictures: Sequence[Array], to: Resizing) -> Array:
    """Pictures at another size as one array; gray ones fill the channels of those in color."""
    most = max(one.shape[2] for one in pictures)
    return np.stack([np.broadcast_to(resized(one, to), (*to.sides, most)) for one in pictures])


def _ratios(size: Sides, to: Resizing) -> Array:
    """How many pixels of a picture of this size one of the result covers, along each side."""
    ratios = np.array([size[0] / to.height, size[1] / to.width])
    if to.way != "fit":
        ratios[:] = ratios.min() if to.way == "crop" else ratios.max()
    return ratios


def _resampled(values: Array, sides: Sides) -> Array:
    """The picture at this size, linearly and with antialiasing."""
    from PIL import Image

    def at_size(plane: Array) -> Array:
        picture = Image.fromarray(np.ascontiguousarray(plane))
        return np.asarray(picture.resize(sides[::-1], Image.Resampling.BILINEAR, reducing_gap=_GAP))

    channels = values.shape[2]
    if values.dtype == np.uint8 and channels == 3:
        return at_size(values)
    planes = [values[..., channel] for channel in range(channels)]
    if values.dtype == np.uint8:
        return np.stack([at_size(plane) for plane in planes], axis=-1)
    found = np.stack([at_size(plane.astype(np.float32)) for plane in planes], axis=-1)
    if values.dtype.kind in "iu":
        limits = np.iinfo(values.dtype)
        found = np.clip(np.rint(found.astype(np.float64)), limits.min, limits.max)
    return found.astype(values.dtype)


def labels_resized(labels: Array, to: Resizing, beside: int) -> Array:
    """A mask at another size: each pixel the label at its middle.

    Args:
        labels: of shape (height, width).
        to: the size and the way, as for its picture.
        beside: the label of what is beside a padded picture.
    """
    height, width = labels.shape
    if (height, width) == to.sides:
        return labels
    ratios = _ratios((height, width), to)
    rows, columns = (
        np.floor((np.arange(new) + 0.5 - new / 2) * ratio + old / 2).astype(np.int64)
        for new, old, ratio in zip(to.sides, (height, width), ratios, strict=True)
    )
    inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    found = labels[np.clip(rows, 0, height - 1)][:, np.clip(columns, 0, width - 1)]
    return np.where(inside, found, beside).astype(labels.dtype)


def restored(answers: Array, to: Resizing, size: Sides) -> Array:
    """Answers for the pixels of a resized picture at its own size: each pixel the nearest one.

    What ``crop`` has cut off gets the answer at the border.

    Args:
        answers: of shape (to.height, to.width, …).
        to: what was done with the picture.
        size: its height and width.
    """
    if answers.shape[:2] == size:
        return answers
    ratios = _ratios(size, to)
    rows, columns = (
        np.floor((np.arange(own) + 0.5 - own / 2) / ratio + new / 2).astype(np.int64)
        for own, new, ratio in zip(size, to.sides, ratios, strict=True)
    )
    rows, columns = np.clip(rows, 0, to.height - 1), np.clip(columns, 0, to.width - 1)
    found: Array = answers[rows][:, columns]
    return found
