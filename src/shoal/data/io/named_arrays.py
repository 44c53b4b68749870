"""Data sets out of files of arrays: names say which of them are inputs, and which targets.

Known are ``x`` and ``y``, ``images`` and ``labels`` or ``masks`` and like names, and parts such as
``x_train`` and ``x_test``, ``train_images`` and ``val_images``, or groups ``train/`` and ``test/``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from shoal.data.splitting.parts import PART_NAMES, PARTS
from shoal.errors import DataError

Array = npt.NDArray[Any]
Channels = Literal["first", "last"]

USUAL = (1, 3, 4)
"""Gray, color, and color with opacity."""

_FEW = (1, 2, 3, 4)
"""Of these the last axis may well be channels."""


def channels_last(
    x: Array, channels: Channels | None, masks: tuple[int, ...] | None, where: str
) -> tuple[Array, tuple[str, ...]]:
    """Pictures of shape (n, height, width, channels), and a remark if they were turned.

    Where nothing is said, masks decide by their height and width; without masks the
    channels come first if that axis has 1, 3 or 4 entries, fewer than the next one, and
    the last axis has more than 4.

    Args:
        x: of shape (n, height, width, channels) or (n, channels, height, width).
        channels: which, if it is known.
        masks: their shape, if there are masks.
        where: what to call the pictures in messages.

    Raises:
        DataError: ``channels`` is something else.
    """
    if channels not in (None, "first", "last"):
        raise DataError(
            "channels come first or last",
            expected="'first', 'last' or None",
            received=repr(channels),
            where=where,
        )
    if channels == "last":
        return x, ()
    if channels == "first":
        return turned(x), ()
    first, after, last = x.shape[1:]
    if masks is not None and len(masks) in (3, 4):
        behind = len(masks) == 4 and masks[1] == 1 and masks[-1] != 1
        sides = masks[2:] if behind else masks[1:3]
        come_first = sides == x.shape[2:] and sides != x.shape[1:3]
    else:
        come_first = first in USUAL and last not in _FEW and first < after
    if come_first:
        return turned(x), (f"{_told(x)}: read as {_sizes(turned(x))}. {_OTHERWISE['last']}",)
    if first < min(after, last) and last not in _FEW:
        return x, (f"read as {_sizes(x)}. {_OTHERWISE['first']}",)
    return x, ()


_OTHERWISE = {
    "first": "If the channels come first, give channels='first' (--channels first).",
    "last": "If they come last, give channels='last' (--channels last).",
}


def turned(x: Array) -> Array:
    """Pictures whose channels come first, with their channels last."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1))


def _told(x: Array) -> str:
    return f"the channels come first in shape ({', '.join(map(str, x.shape))})"


def _sizes(x: Array) -> str:
    height, width, channels = x.shape[1:]
    many = "channel" if channels == 1 else "channels"
    return f"pictures {height} high and {width} wide with {channels} {many}"


if TYPE_CHECKING:
    from shoal.data.dataset import Dataset, Task
    from shoal.data.encode.mask_coding import Ignored
    from shoal.data.io.instances import MaskNumbers

INPUTS = (
    "x", "images", "image", "imgs", "img", "pictures", "data", "inputs", "features", "arr0",
)  # fmt: skip
TARGETS = (
    "y", "labels", "label", "masks", "mask", "targets", "target", "classes", "class", "arr1",
)  # fmt: skip
WEIGHTS = ("weight", "weights", "sampleweight", "sampleweights")
"""Names of arrays, the most certain first, without what they are written with in other ways."""

Names = dict[str | None, str]
"""The name of an array by the part it is of; None: of no part."""


@dataclass(frozen=True)
class ArrayNames:
    """Which arrays of a file are the data.

    Attributes:
        x, y, weight: names by part.
        others: arrays that could be targets as well, or are left out.
    """

    x: Names = field(default_factory=dict)
    y: Names = field(default_factory=dict)
    weight: Names = field(default_factory=dict)
    others: tuple[str, ...] = ()

    @property
    def used(self) -> tuple[str, ...]:
        """The arrays to read."""
        return (*self.x.values(), *self.y.values(), *self.weight.values())

    @property
    def usual(self) -> bool:
        """Whether they are called x, y and weight."""
        return set(self.used) <= {"x", "y", "weight"}


def array_names(names: Iterable[str], target: str | None = None) -> ArrayNames:
    """Which of these arrays are inputs, targets and weights.

    Args:
        names: of all arrays in a file.
        target: what the targets are called; None: told by the names.
    """
    every = list(names)
    split = {name: _base_and_part(name) for name in every}
    wanted = TARGETS if target is None else (_base_and_part(target)[0],)
    x, y, weight = (_chosen(split, known) for known in (INPUTS, wanted, WEIGHTS))
    if None in x and None in y and len(x) > 1:  # the whole, and parts of it
        x, y = {None: x[None]}, {None: y[None]}
    y = {part: name for part, name in y.items() if part in x}
    weight = {part: name for part, name in weight.items() if part in x}
    found = ArrayNames(x, y, weight)
    return replace(found, others=tuple(name for name in every if name not in found.used))


def _chosen(split: Mapping[str, tuple[str, str | None]], known: Iterable[str]) -> Names:
    """The arrays of the first of these names that is there, by part."""
    for wanted in known:
        found: Names = {}
        for name, (base, part) in split.items():
            if base == wanted:
                found.setdefault(part, name)
        if found:
            return found
    return {}


def _base_and_part(name: str) -> tuple[str, str | None]:
    """What an array is called without its part, and the part."""
    words = [word for word in re.split(r"[/_ .\-]+", name.lower()) if word]
    parts = [PART_NAMES[word] for word in words if word in PART_NAMES]
    base = "".join(word for word in words if word not in PART_NAMES)
    return base, parts[0] if parts else None


def check_names(
    found: ArrayNames,
    every: Iterable[str],
    where: str,
    *,
    need_target: bool,
    target: str | None = None,
) -> None:
    """Refuse a file without inputs, or without targets where they are needed.

    Raises:
        DataError: they are not there.
    """
    if found.x and (found.y or not need_target):
        return
    missing = "x" if not found.x else target or "y"
    like = ", ".join((INPUTS if not found.x else TARGETS)[:7])
    raise DataError(
        "a file of arrays holds x and y",
        expected=f"an array named {missing!r}",
        received=f"arrays named {', '.join(map(repr, every)) or 'nothing'}",
        where=where,
        hint=f"Known names are {like}; --target, or target=, names another one of targets. "
        "numpy.savez(path, x=inputs, y=targets) writes such a file.",
    )


def data_of_arrays(
    arrays: Mapping[str, Array],
    names: ArrayNames,
    where: str,
    *,
    need_target: bool,
    task: Task | None = None,
    channels: Channels | None = None,
    ignore: tuple[Ignored, ...] = (),
    masks: MaskNumbers | None = None,
) -> Dataset:
    """A data set of the arrays that these names tell.

    Raises:
        DataError: they cannot be used.
    """
    from shoal.data.dataset import Dataset

    parts = [part for part in (None, *PARTS) if part in names.x]
    without = [part for part in parts if part not in names.y]
    notes = _reading_note(names)
    if need_target and without:
        parts = [part for part in parts if part in names.y]
        lacking = ", ".join(repr(names.x[part]) for part in without)
        notes = (*notes, f"left out, for they have no targets: {lacking}")
    answered = all(part in names.y for part in parts)
    weighed = all(part in names.weight for part in parts)
    x = _joined([arrays[names.x[part]] for part in parts], where, "inputs")
    y = _joined([arrays[names.y[part]] for part in parts], where, "targets") if answered else None
    weight = (
        _joined([arrays[names.weight[p]] for p in parts], where, "weights") if weighed else None
    )
    codes: list[str] | None = None
    if len(parts) > 1 or parts[0] is not None:
        codes = [part or "train" for part in parts for _ in range(len(arrays[names.x[part]]))]
        codes = codes if "train" in codes else None
    data = Dataset.from_arrays(
        x, y, task=task, weight=weight, channels=channels, parts=codes, ignore=ignore or None,
        masks=masks,
        name=where,
    )  # fmt: skip
    return replace(data, notes=(*notes, *data.notes))


def _joined(arrays: list[Array], where: str, what: str) -> Array:
    if len(arrays) == 1:
        return arrays[0]
    try:
        return np.concatenate(arrays)
    except ValueError:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise DataError(
            f"the {what} of all parts have one shape", received=f"shapes {shapes}", where=where
        ) from None


def _reading_note(names: ArrayNames) -> tuple[str, ...]:
    """Remarks on arrays that are not called x and y, and on those that are not read."""
    if names.usual:
        return ()
    inputs, targets = (", ".join(map(repr, one.values())) for one in (names.x, names.y))
    told = [f"read as inputs: {inputs}" + (f"; as targets: {targets}" if targets else "")]
    if names.others:
        shown = ", ".join(map(repr, names.others[:8])) + (", …" if len(names.others) > 8 else "")
        told.append(f"arrays that are not read: {shown}; target= (--target) chooses another one")
    return tuple(told)
