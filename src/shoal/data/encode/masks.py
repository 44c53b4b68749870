"""Masks: targets that name a class for every pixel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.encode.mask_coding import SMEARED, check_not_smeared, distinct
from shoal.data.io.instances import MaskNumbers, are_instances, foreground, instances_note
from shoal.errors import DataError

Array = npt.NDArray[Any]

IGNORED = -1
"""The label of a pixel whose class is not known: losses and metrics leave it out."""

MOST_CLASSES = 256
"""Different labels in masks, at most: more are no classes."""

VOID = 255
"""The label that published masks give to pixels whose class is not known."""

SMALL = 41
"""Labels below this are numbers of classes; greater ones may be levels of gray."""

_GREATEST_CLASS = 2**31

_OBJECTS = "if each object has a number of its own: --masks instance, or masks='instance'"

_OUT = "If it is a class, give it the number after the others."


def are_masks(y: Any) -> bool:
    """Whether targets are masks, by their shape: (n, height, width) or with one channel."""
    try:
        return np.ndim(y) >= 3
    except ValueError:  # rows of different lengths
        return False


def encode_masks(
    y: Any,
    inputs: Any,
    *,
    classes: Sequence[str] | None,
    where: str,
    ignored: Iterable[int] = (),
    masks: MaskNumbers | None = None,
) -> tuple[npt.NDArray[np.int32], tuple[str, ...], tuple[str, ...]]:
    """Masks as indices of classes, the names of the classes, and remarks.

    Without ``classes`` each label that occurs is a class, in their order: masks of 0
    and 255 have the classes "0" and "255". Negative labels are ignored, and so is 255
    beside two or more small ones, as is usual.

    Args:
        y: whole numbers or booleans of shape (n, height, width), or with one
            channel behind or before.
        inputs: images of shape (n, height, width, channels).
        classes: names that the labels 0, 1, … index.
        where: what to call it in messages.
        ignored: labels of pixels whose class is not known, beside negative ones.
        masks: whether numbers are classes (semantic), or objects (instance), which become 1,
            and 0 what is around them; None: judged by what stands there.

    Returns:
        int32 of shape (n, height, width), `IGNORED` where there is no class.

    Raises:
        DataError: masks that do not fit the images, or are none.
    """
    labels = _whole(_fitting(y, np.shape(inputs), where), where)
    known = distinct(labels)
    known = known[known >= 0]
    notes: tuple[str, ...] = ()
    beside = known if classes is None else np.arange(min(len(classes), VOID + 1))
    unwanted = np.intersect1d(known, list(ignored))
    if len(unwanted):
        labels = np.where(np.isin(labels, unwanted), IGNORED, labels)
        known = np.setdiff1d(known, unwanted)
    if VOID in known and is_void_beside(beside):
        labels = np.where(labels == VOID, IGNORED, labels)
        notes = (f"{VOID} in the masks is taken for 'not known': its pixels are left out. {_OUT}",)
        known = known[known != VOID]
    if classes is not None:
        return _checked(labels, len(classes), where), tuple(map(str, classes)), notes
    if masks == "instance":
        return *_objects(labels), (*notes, instances_note(list(labels), chosen=True))
    codes = np.searchsorted(known, labels).astype(np.int32)
    codes[labels < 0] = IGNORED
    if len(known) <= MOST_CLASSES:
        check_not_smeared(codes, len(known), where=where)
    if masks is None and are_instances(list(labels)):
        return *_objects(labels), (*notes, instances_note(list(labels), chosen=False))
    if len(known) > MOST_CLASSES:
        raise DataError(
            "the labels of masks are classes",
            expected=f"at most {MOST_CLASSES} different ones",
            received=f"{len(known)}",
            where=where,
            hint=f"{_OBJECTS[0].upper()}{_OBJECTS[1:]}. {SMEARED}",
        )
    if len(known) > SMALL:
        notes = (*notes, f"masks of {len(known)} classes: {_OBJECTS}")
    return codes, tuple(str(int(label)) for label in known), notes


def _objects(labels: Array) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """Objects as a class, and the names of both classes."""
    return np.maximum(foreground(labels), IGNORED), ("0", "1")


def is_void_beside(labels: Iterable[int]) -> bool:
    """Whether 255 beside these labels stands for pixels whose class is not known.

    It does beside two or more small ones, as in most published masks. Beside 0 alone,
    beside levels of gray such as 0 and 128, or as the number after 254 it is a class.
    """
    others = [label for label in map(int, labels) if label != VOID]
    if len(others) < 2:
        return False
    return max(others) < VOID - 1 and max(others) < max(SMALL, len(others))


def _fitting(y: Any, shape: tuple[int, ...], where: str) -> Array:
    """Masks of shape (n, height, width), as the images have."""
    try:
        values = np.asarray(y)
    except ValueError:
        raise DataError("masks form one array", received="several sizes", where=where) from None
    if values.ndim == 4 and values.shape[-1] == 1:
        values = values[..., 0]
    elif values.ndim == 4 and values.shape[1] == 1:
        values = values[:, 0]
    if len(shape) == 4 and values.shape == shape[:3]:
        return values
    one_hot = ""
    if values.ndim == 4 and len(shape) == 4 and len(values) == shape[0]:
        one_hot = {values.shape[1:3]: "-1", values.shape[2:]: "1"}.get(shape[1:3], "")
    raise DataError(
        "a segmentation has a mask for each image, of its height and width",
        expected=f"shape {shape[:3]}" if len(shape) == 4 else "images as inputs",
        received=f"masks of shape {values.shape}, inputs of shape {shape}",
        where=where,
        hint=f"Turn one-hot masks into classes with y.argmax(axis={one_hot})." if one_hot else None,
    )


def _whole(values: Array, where: str) -> Array:
    """Labels as whole numbers."""
    if values.dtype.kind == "f" and are_whole(values):
        return values.astype(np.int64)
    if values.dtype.kind not in "biu":
        raise DataError(
            "masks hold whole numbers, the classes",
            received=f"an array of {values.dtype}",
            where=where,
            hint=SMEARED if values.dtype.kind == "f" else None,
        )
    return values.astype(np.int64) if values.dtype.kind == "u" or values.dtype == bool else values


def are_whole(values: Array) -> bool:
    """Whether real numbers are whole ones, of a size that labels have."""
    return bool(np.isfinite(values).all()) and bool(
        ((values == np.round(values)) & (np.abs(values) < _GREATEST_CLASS)).all()
    )


def _checked(labels: Array, classes: int, where: str) -> npt.NDArray[np.int32]:
    if labels.size and labels.max() >= classes:
        raise DataError(
            "the labels of masks index the classes",
            expected=f"0 to {classes - 1}, or negative to be ignored",
            received=int(labels.max()),
            where=where,
        )
    return np.maximum(labels, IGNORED).astype(np.int32)


def recoded(
    y: npt.NDArray[np.int32],
    classes: Sequence[str],
    known: Sequence[str],
    where: str,
    ignored: Iterable[str] = (),
) -> npt.NDArray[np.int32]:
    """Masks of a data set with these classes as indices of the classes that a model knows.

    Where these are the same, they are the masks themselves.

    Raises:
        DataError: a class that occurs is none of them.
    """
    if tuple(classes) == tuple(known):
        return y
    position = {name: i for i, name in enumerate(known)}
    present = [classes[i] for i in np.unique(y[y >= 0])]
    unwanted = {*ignored} - {*known}
    unknown = [name for name in present if name not in position and name not in unwanted]
    if unknown == [str(VOID)] and all(map(str.isdecimal, known)):
        # A file with few classes does not show that 255 stands for none.
        unknown = [] if is_void_beside(map(int, known)) else unknown
    if unknown:
        raise DataError(
            "every label of a mask is a class of the model",
            expected=", ".join(map(repr, known[:20])),
            received=repr(unknown[0]),
            where=where,
        )
    # The last entry is met by index -1: what is ignored stays so.
    index = np.array([*(position.get(name, IGNORED) for name in classes), IGNORED], np.int32)
    return index[y]
