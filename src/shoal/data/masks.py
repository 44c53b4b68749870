"""Masks: targets that name a class for every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError

Array = npt.NDArray[Any]

IGNORED = -1
"""The label of a pixel whose class is not known: losses and metrics leave it out."""

MOST_CLASSES = 256
"""Different labels in masks, at most: more are no classes."""


def are_masks(y: Any) -> bool:
    """Whether targets are masks, by their shape: (n, height, width) or with one channel."""
    try:
        return np.ndim(y) >= 3
    except ValueError:  # rows of different lengths
        return False


def encode_masks(
    y: Any, inputs: Any, *, classes: Sequence[str] | None, where: str
) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """Masks as indices of classes, and the names of the classes.

    Without ``classes`` each label that occurs is a class, in their order: masks of 0
    and 255 have the classes "0" and "255". Negative labels are ignored.

    Args:
        y: whole numbers or booleans of shape (n, height, width), or with one
            channel behind.
        inputs: images of shape (n, height, width, channels).
        classes: names that the labels 0, 1, … index.
        where: what to call it in messages.

    Returns:
        int32 of shape (n, height, width), `IGNORED` where there is no class.

    Raises:
        DataError: masks that do not fit the images, or are none.
    """
    values = np.asarray(y)
    if values.ndim == 4 and values.shape[-1] == 1:
        values = values[..., 0]
    shape = np.shape(inputs)
    if len(shape) != 4 or values.shape != shape[:3]:
        raise DataError(
            "a segmentation has a mask for each image, of its height and width",
            expected=f"shape {shape[:3]}" if len(shape) == 4 else "images as inputs",
            received=f"masks of shape {values.shape}, inputs of shape {shape}",
            where=where,
        )
    labels = _whole(values, where)
    if classes is not None:
        return _checked(labels, len(classes), where), tuple(str(name) for name in classes)
    distinct = np.unique(labels)
    known = distinct[distinct >= 0]
    if len(known) > MOST_CLASSES:
        raise DataError(
            "the labels of masks are classes",
            expected=f"at most {MOST_CLASSES} different ones",
            received=f"{len(known)}",
            where=where,
            hint="If each object has a number of its own, give y > 0.",
        )
    codes = np.searchsorted(known, labels).astype(np.int32)
    codes[labels < 0] = IGNORED
    return codes, tuple(str(int(label)) for label in known)


def _whole(values: Array, where: str) -> Array:
    """Labels as whole numbers."""
    if values.dtype.kind == "f" and bool((values == np.round(values)).all()):
        return values.astype(np.int64)
    if values.dtype.kind not in "biu":
        raise DataError(
            "masks hold whole numbers, the classes",
            received=f"an array of {values.dtype}",
            where=where,
        )
    return values.astype(np.int64) if values.dtype.kind == "u" or values.dtype == bool else values


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
    y: npt.NDArray[np.int32], classes: Sequence[str], known: Sequence[str], where: str
) -> npt.NDArray[np.int32]:
    """Masks of a data set with these classes as indices of the classes that a model knows.

    Raises:
        DataError: a class that occurs is none of them.
    """
    position = {name: i for i, name in enumerate(known)}
    present = [classes[i] for i in np.unique(y[y >= 0])]
    unknown = [name for name in present if name not in position]
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
