"""How pixels are counted, and whether a picture counts as those of training did.

To a network that has learned from bytes, pictures from 0 to 1 are all black, and the other
way round all glaring: it predicts nothing, without a word. Each picture is judged by itself,
so that its prediction does not depend on its neighbors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError

Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]

BYTE, WORD = 255.0, 65535.0
"""The brightest of 8 and of 16 bits."""

DEPTHS = {np.dtype(np.uint8): BYTE, np.dtype(np.uint16): WORD}
"""Types of pixels that stay as they are until a step uses them, and their brightest."""

_LEAST_COUNT = 8.0
"""Training pixels up to a whole number from here on are counted, not shares of 1."""

_FAINT = 2.0
"""Where training pixels are brighter than this, pictures up to 1 are none of theirs."""

_SPECKS = 0.05
"""Share of ones up to which a picture of zeros and ones is taken to be black."""

_BRIGHT_WORD = 10 * BYTE
"""Where training pixels of 16 bits are brighter than this, pictures up to 255 are none."""

_FAR = 16.0
"""Real numbers beyond this are none where training ended at 1."""


@dataclass(frozen=True, eq=False)
class _Finding:
    """Pictures that are counted otherwise: which, how, and what to do about it."""

    flags: Flags
    received: str
    hint: str


def check_units(
    array: Array,
    maximum: float,
    bright: float,
    where: str,
    names: Sequence[str] = (),
    chosen: npt.NDArray[np.int64] | None = None,
) -> None:
    """Refuse pictures whose pixels are plainly counted in other units than in training.

    Args:
        array: pictures of shape (n, height, width, channels); those of type uint8 and
            uint16 count up to 255 and 65535, whatever is in them.
        maximum: what training pixels were divided by.
        bright: a training pixel, one standard deviation above the mean.
        where: what to call the pictures in messages.
        names: of each picture that is looked at; their numbers if there are none.
        chosen: which pictures are looked at; all of them if None.

    Raises:
        DataError: with the first such picture.
    """
    depth = DEPTHS.get(array.dtype)
    if array.size == 0 or (depth is not None and depth == maximum):
        return
    whole = chosen is None or len(chosen) == len(array)
    array = array if whole else array[chosen]
    rows = array.reshape(len(array), -1)
    found: _Finding | None
    if array.dtype in (np.uint8, np.uint16):
        found = _of_depth(rows, maximum)
    else:
        found = _of_shares(rows, maximum, bright) or _of_counts(rows, maximum, bright)
    if found is None or not found.flags.any():
        return
    place = int(found.flags.argmax())
    picture = names[place] if len(names) == len(array) else f"picture {place}"
    expected = {BYTE: "0 to 255", WORD: "0 to 65535"}.get(maximum, f"numbers up to {maximum:g}")
    raise DataError(
        "pixels are counted as in training",
        expected="real numbers up to 1" if maximum <= 1 else expected,
        received=f"{found.received.format(float(rows[place].max()))} in {picture}",
        where=where,
        hint=found.hint,
    )


def _of_depth(rows: Array, maximum: float) -> _Finding:
    """Pictures of 8 or 16 bits: the type tells how they are counted."""
    every = np.ones(len(rows), bool)
    if rows.dtype == np.uint8 and maximum == WORD:
        hint = "Give pictures of 16 bits; x.astype('uint16') * 257 makes them."
        return _Finding(every, "8 bits", hint)
    if rows.dtype == np.uint8 and maximum > BYTE:
        hint = "If they are counted as in training, give x.astype('float32')."
        return _Finding(every, "8 bits", hint)
    if rows.dtype == np.uint16 and maximum == BYTE:
        hint = "Give pictures of 8 bits; (x // 257).astype('uint8') makes them."
        return _Finding(every, "16 bits", hint)
    limit = 1.0 if maximum <= 1.0 else 2.0 * maximum
    most = BYTE if rows.dtype == np.uint8 else WORD
    return _Finding(
        rows.max(axis=1) > limit, "whole numbers up to {:g}", f"Divide them by {most:g}."
    )


def _of_shares(rows: Array, maximum: float, bright: float) -> _Finding | None:
    """Pictures that go from 0 to 1, where training pixels were counted."""
    if maximum < _LEAST_COUNT or maximum != round(maximum) or bright <= _FAINT:
        return None
    highest = rows.max(axis=1)
    shares = (rows.min(axis=1) >= 0) & (highest > 0) & (highest <= 1)
    # Of zeros and ones alone, only a picture that is nearly black has few ones.
    shares = _where(shares, rows, fractions=True) | (shares & (rows.mean(axis=1) > _SPECKS))
    found = _Finding(shares, "real numbers up to {:.4g}", f"Multiply them by {maximum:g}.")
    return found if shares.any() else None


def _of_counts(rows: Array, maximum: float, bright: float) -> _Finding | None:
    """Pictures that are counted, but not as those of training."""
    highest = rows.max(axis=1)
    if maximum == WORD and bright > _BRIGHT_WORD:
        dark = (rows.min(axis=1) >= 0) & (highest > 1) & (highest <= BYTE)
        hint = "Multiply them by 257, or give them as uint16."
        return _Finding(dark, "numbers up to {:g}", hint)
    if maximum == BYTE:
        hint = "Divide them by 257 if they have 16 bits."
        return _Finding(highest > 2 * BYTE, "numbers up to {:g}", hint)
    if maximum > 1.0:
        return None
    beyond = (highest > _FAR) | _where((highest > 2) & (highest <= _FAR), rows, fractions=False)
    hint = "Divide them by the greatest number that a pixel can be, such as 255."
    return _Finding(beyond, "numbers up to {:g}", hint)


def _where(flags: Flags, rows: Array, *, fractions: bool) -> Flags:
    """The flagged rows that have fractions, or those that have none."""
    kept = np.zeros(len(flags), bool)
    for i in np.flatnonzero(flags).tolist():
        kept[i] = bool((rows[i] != np.round(rows[i])).any()) == fractions
    return kept
