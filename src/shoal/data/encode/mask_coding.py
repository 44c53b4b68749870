"""How classes stand in the files of masks, and labels that were smeared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError

Array = npt.NDArray[Any]

Form = Literal["gray", "bits", "palette", "colors"]
"""Numbers of a gray picture, one bit a pixel, numbers of a palette, or colors."""

_COLOR = re.compile("#[0-9a-f]{6}")

_GREATEST = 2**31

MOST_IGNORED = 100

Ignored = int | str
"""A label, or a color as in HTML."""


@dataclass(frozen=True)
class MaskCoding:
    """What a mask's pixels are in files.

    Attributes:
        form: what kind of picture a mask is; None: masks came as arrays.
        palette: the colors of the numbers 0, 1, …, three bytes each.
        ignored: labels or colors of pixels whose class is not known.
        instances: whether numbers tell objects apart, which became one class.
    """

    form: Form | None = None
    palette: bytes = b""
    ignored: tuple[Ignored, ...] = ()
    instances: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain data from which ``from_json`` makes the same."""
        told = {
            "form": self.form, "palette": self.palette.hex(), "ignored": list(self.ignored),
        }  # fmt: skip
        return {**told, "instances": True} if self.instances else told

    @classmethod
    def from_json(cls, data: Any) -> MaskCoding:
        """What ``to_json`` wrote.

        Raises:
            TypeError, ValueError, KeyError: it is something else.
        """
        form, palette, ignored = data["form"], bytes.fromhex(data["palette"]), data["ignored"]
        if form is not None and form not in get_args(Form):
            raise ValueError(f"a kind of mask, not {form!r}")
        if len(palette) % 3 or len(palette) > 768 or (form == "palette") != bool(palette):
            raise ValueError("a palette of up to 256 colors, where masks have one")
        if not isinstance(ignored, list) or len(ignored) > MOST_IGNORED:
            raise TypeError("a list of ignored labels")
        instances = data.get("instances", False)
        if type(instances) is not bool:
            raise TypeError("whether masks number objects")
        return cls(form, palette, ignored_labels(ignored, "the model"), instances)


def ignored_labels(given: Any, where: str) -> tuple[Ignored, ...]:
    """Labels and colors that are ignored, from one of them or several.

    Whole numbers are labels; colors are written ``#e0e0c0`` or ``224,224,192``.

    Raises:
        DataError: it is neither.
    """
    if given is None:
        return ()
    several = given if isinstance(given, list | tuple | set | frozenset) else [given]
    return tuple(dict.fromkeys(_label(one, where) for one in several))


def _label(given: Any, where: str) -> Ignored:
    if isinstance(given, int | np.integer) and not isinstance(given, bool):
        if abs(int(given)) < _GREATEST:
            return int(given)
    elif isinstance(given, str):
        text = given.strip().lower()
        if _COLOR.fullmatch(text):
            return text
        if re.fullmatch(r"-?\d{1,9}", text):
            return int(text)
        levels = [part.strip() for part in text.split(",")]
        if len(levels) == 3 and all(re.fullmatch(r"\d{1,3}", one) for one in levels):
            colors = [int(one) for one in levels]
            if max(colors) <= 255:
                return "#" + bytes(colors).hex()
    raise DataError(
        "what is ignored in masks is a label or a color",
        expected="a whole number such as 255, or a color such as #e0e0c0",
        received=repr(given),
        where=where,
    )


def packed(ignored: Iterable[Ignored]) -> list[int]:
    """Ignored colors as red·2^16 + green·2^8 + blue; numbers are levels of gray."""
    return [
        int(one[1:], 16) if isinstance(one, str) else one * 0x010101
        for one in ignored
        if isinstance(one, str) or 0 <= one <= 255
    ]


def describe_shares(names: Sequence[str], counts: Sequence[int] | Array, most: int = 12) -> str:
    """Names with their shares of the pixels: ``0 (92.3 %), 1 (7.7 %)``."""
    total = max(float(np.sum(counts)), 1.0)
    told = [
        f"{name} ({_percent(float(count) / total)})"
        for name, count in zip(names[:most], counts, strict=False)
    ]
    more = len(names) - most
    return ", ".join(told) + (f" and {more} more" if more > 0 else "")


def _percent(share: float) -> str:
    if 0 < share < 0.0005:
        return "under 0.1 %"
    return f"{100 * share:.1f} %"


SMEARED = (
    "Numbers between the labels come from JPEG or resizing: save masks as PNG, and resize them "
    "with nearest neighbor."
)
"""The cause, and the way out."""

LEAST = 3
"""So many labels must be thin, for a rim drawn around objects is a class."""

THIN = 0.5
"""A label is thin if this share of its pixels is, and labels are smeared if this share is thin."""

ENOUGH = 10_000_000
"""So many pixels are looked at."""

_COUNTED = 1 << 16

_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))


def distinct(masks: Iterable[Array]) -> Array:
    """The different labels of masks, ascending."""
    found = [np.zeros(0, np.int64)]
    for mask in masks:
        whole = mask.dtype.kind in "biu" and mask.size > 0
        small = whole and mask.min() >= 0 and mask.max() < _COUNTED
        # To count is far faster than to sort.
        labels = np.flatnonzero(np.bincount(mask.ravel())) if small else np.unique(mask)
        found.append(labels.astype(np.int64))
    return np.unique(np.concatenate(found))


def check_not_smeared(masks: Iterable[Array], classes: int, *, where: str) -> None:
    """Refuse masks of which most labels are nothing but lines between other labels.

    Args:
        masks: indices of classes in the order of their labels, each of shape (height,
            width); negative ones are of no class.
        classes: how many there are.
        where: what to call the masks in messages.

    Raises:
        DataError: they are smeared.
    """
    if classes <= LEAST:
        return
    count, thin = np.zeros(classes), np.zeros(classes)
    left = ENOUGH
    for mask in masks:
        if left <= 0:
            break
        mask = mask[: left // mask.shape[1] + 1]
        left -= mask.size
        known = mask >= 0
        count += np.bincount(mask[known], minlength=classes)
        thin += np.bincount(mask[known & _thin(mask)], minlength=classes)
    lines = int((thin > THIN * count).sum())
    if lines >= max(LEAST, THIN * int((count > 0).sum())):
        raise DataError(
            "each number in a mask is a class",
            received=f"{classes} different ones, of which {lines} are but lines between others",
            where=where,
            hint=SMEARED,
        )


def _thin(mask: Array) -> npt.NDArray[np.bool_]:
    """Pixels that lie between a smaller and a greater neighbor, or that no neighbor equals."""
    height, width = mask.shape
    padded = np.pad(mask, 1, mode="edge")
    between = np.zeros(mask.shape, bool)
    alike = np.zeros(mask.shape, bool)
    for down, right in _DIRECTIONS:
        after = padded[1 + down : 1 + down + height, 1 + right : 1 + right + width]
        before = padded[1 - down : 1 - down + height, 1 - right : 1 - right + width]
        between |= ((before < mask) & (mask < after)) | ((after < mask) & (mask < before))
        alike |= (before == mask) | (after == mask)
    return between | ~alike
