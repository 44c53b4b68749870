"""Classes have names, and are values of a type: what was given comes back as it was."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_NUMBERS = tuple(
    np.dtype(f"{kind}{8 * size}").name
    for kind, sizes in (("int", (1, 2, 4, 8)), ("uint", (1, 2, 4, 8)), ("float", (2, 4, 8)))
    for size in sizes
)

LABEL_TYPES = ("str", "bool", *_NUMBERS)
"""What classes can be: names, booleans, or numbers of one of NumPy's types."""

_WHOLE = re.compile("0|-?[1-9][0-9]{0,17}")

_PADDED = re.compile("[+-]?0[0-9]+")

_EXACT = 2.0**53
"""Below it a floating point number tells whole numbers apart."""


def label_type_of(labels: Array) -> str:
    """The type by which these labels come back; one of `LABEL_TYPES`."""
    kind = labels.dtype.kind
    if kind in "UT":
        return "str"
    return labels.dtype.name if labels.dtype.name in LABEL_TYPES else "float64"


def name_classes(
    labels: Array, written: Sequence[str] | None = None
) -> tuple[npt.NDArray[np.int64], tuple[str, ...], str]:
    """Labels as indices of classes, in ascending order, with their names and their type.

    Args:
        labels: names, booleans or numbers of shape (n,).
        written: how each is written in a file. A class is called as it is written most
            often. Codes such as 007 are no numbers, nor are whole numbers that floating
            point does not tell apart: then the classes are what is written.
    """
    if written is not None and labels.dtype.kind == "f" and _are_codes(labels, written):
        labels, written = np.array(list(written), np.str_), None
    distinct, codes = np.unique(labels, return_inverse=True)
    codes = codes.astype(np.int64)
    names = tuple(str(label) for label in distinct)
    if written is None:
        return codes, names, label_type_of(labels)
    spellings = Counter(zip(codes.tolist(), written, strict=True)).most_common()
    called: dict[int, str] = {}
    for (code, spelling), _ in spellings:
        called.setdefault(code, spelling)
    whole = all(_WHOLE.fullmatch(text) for text in called.values())
    kind = label_type_of(labels)
    names = tuple(called[code] for code in range(len(distinct)))
    return codes, names, "int64" if kind == "float64" and whole else kind


def _are_codes(numbers: Array, written: Sequence[str]) -> bool:
    too_large = bool((np.abs(numbers) >= _EXACT).any())
    return too_large or any(_PADDED.fullmatch(text) for text in set(written))


def class_values(names: Sequence[str], label_type: str | None) -> Array:
    """The classes of these names as values of their type, of shape (classes,).

    Args:
        names: of the classes.
        label_type: one of `LABEL_TYPES`; None: nobody knows, and they are whole numbers if
            each of them is called by one.

    Raises:
        ValueError: names that are none of the type.
    """
    if label_type is None:
        label_type = "int64" if all(_WHOLE.fullmatch(name) for name in names) else "str"
    if label_type == "str":
        return np.array(list(names), np.str_)
    if label_type == "bool":
        if not {name.lower() for name in names} <= {"true", "false"}:
            raise ValueError("classes that are true and false")
        return np.array([name.lower() == "true" for name in names])
    if label_type not in _NUMBERS:
        raise ValueError(f"labels of a type of {', '.join(LABEL_TYPES)}, not {label_type!r}")
    of_one = float if label_type.startswith("float") else int
    try:
        return np.array([of_one(name) for name in names], label_type)
    except (ValueError, OverflowError):
        raise ValueError(f"classes that are called by numbers of type {label_type}") from None


def keys(names: Sequence[str], label_type: str | None) -> list[Hashable]:
    """What tells classes of one data set from those of another: 1, 1.0 and true are the same."""
    found: list[Hashable] = class_values(names, label_type).tolist()
    return found


def places_of(
    names: Sequence[str],
    given: Sequence[Hashable],
    classes: Sequence[str],
    label_type: str | None,
) -> npt.NDArray[np.int32]:
    """Of the classes of one data set the places among those of another, -1 where there is none.

    They are known by what they are, 1 as 1.0 or true, and else as they are written.

    Args:
        names: as the first are written.
        given: what they are; see `keys`.
        classes: names of the second.
        label_type: what the second are.
    """
    place: dict[Hashable, int] = {name: i for i, name in enumerate(classes)}
    place |= {key: i for i, key in enumerate(keys(classes, label_type))}
    both = zip(given, names, strict=True)
    return np.array([place.get(key, place.get(name, -1)) for key, name in both], np.int32)
