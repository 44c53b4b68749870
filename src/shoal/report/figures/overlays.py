"""Test pictures of a segmentation with the true and the predicted contours upon them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.report.facts import Facts, mapping, real, sequence
from shoal.report.markup import Markup, tag
from shoal.report.wording import PERCENT

LARGE = 200
"""Pixels of a side above which a picture is shown larger, and its borders thinner."""

_LARGEST = 1024
_MAX_BYTES = 1_000_000
_PNG = b"\x89PNG\r\n\x1a\n"

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Overlay:
    """One picture: its number in the data set, base64 PNG, and two masks of its size."""

    row: int
    right: float
    image: str
    true: Labels
    predicted: Labels


def read_overlays(facts: Facts) -> list[Overlay]:
    """Return the pictures that were stored of the winner; those that make sense."""
    found = [_read(mapping(entry)) for entry in sequence(facts.result.get("overlays"))[:24]]
    return [overlay for overlay in found if overlay is not None]


def draw_overlay(overlay: Overlay) -> Markup:
    """Return a picture with wrong pixels shaded and the borders of both masks drawn."""
    height, width = _seen(overlay.true)
    wrong = (overlay.true != overlay.predicted) & (overlay.true >= 0)
    caption = f"picture {overlay.row}: {100 * overlay.right:.1f}{PERCENT} of the pixels are right"
    picture = tag(
        "svg",
        tag("title", caption),
        tag("image", href=f"data:image/png;base64,{overlay.image}",
            width=overlay.true.shape[1], height=overlay.true.shape[0]),
        tag("path", d=_cells(wrong), class_="wrong"),
        tag("path", d=_borders(overlay.true), class_="border true"),
        tag("path", d=_borders(overlay.predicted), class_="border found"),
        viewBox=f"0 0 {width} {height}",
        class_="overlay",
        role="img",
        aria_label=caption,
        xmlns="http://www.w3.org/2000/svg",
    )  # fmt: skip
    return tag("div", picture, tag("p", caption, class_="note"))


def _seen(true: Labels) -> tuple[int, int]:
    """Height and width up to the last labels; what only fills the picture up is beyond."""
    rows, columns = np.nonzero(true >= 0)
    return (int(rows.max()) + 1, int(columns.max()) + 1) if rows.size else true.shape


def _read(entry: dict[str, Any]) -> Overlay | None:
    size = [real(side) for side in sequence(entry.get("size"))]
    image, right, row = entry.get("image"), real(entry.get("right")), real(entry.get("row"))
    if len(size) != 2 or any(s is None or not 1 <= s <= _LARGEST or s % 1 for s in size):
        return None
    height, width = (int(side or 0) for side in size)
    masks = [_mask(sequence(entry.get(name)), height, width) for name in ("true", "predicted")]
    if masks[0] is None or masks[1] is None or right is None or row is None or not _is_png(image):
        return None
    return Overlay(int(row), right, str(image), masks[0], masks[1])


def _mask(runs: list[Any], height: int, width: int) -> Labels | None:
    """The mask that these runs of labels make, or None where they do not fill it."""
    pairs = [[real(value) for value in sequence(run)] for run in runs]
    whole = all(
        len(pair) == 2 and all(v is not None and v % 1 == 0 and abs(v) < 2**31 for v in pair)
        for pair in pairs
    )
    if not whole or any((pair[1] or 0) < 1 for pair in pairs):
        return None
    if sum(int(pair[1] or 0) for pair in pairs) != height * width:
        return None
    labels = np.array([int(pair[0] or 0) for pair in pairs], np.int64)
    return np.repeat(labels, [int(pair[1] or 0) for pair in pairs]).reshape(height, width)


def _is_png(image: Any) -> bool:
    if not isinstance(image, str) or len(image) > _MAX_BYTES:
        return False
    try:
        return base64.b64decode(image, validate=True).startswith(_PNG)
    except (binascii.Error, ValueError):
        return False


def _cells(chosen: npt.NDArray[np.bool_]) -> str:
    """The ``d`` of a path that fills these pixels, a run of a row at a time."""
    return "".join(f"M{x},{y}h{n}v1h-{n}z" for y, x, n in _runs(chosen))


def _borders(mask: Labels) -> str:
    """The ``d`` of a path along every edge between two labels; where there is none, no edge is."""

    def differ(a: Labels, b: Labels) -> npt.NDArray[np.bool_]:
        different: npt.NDArray[np.bool_] = (a != b) & (a >= 0) & (b >= 0)
        return different

    level = "".join(f"M{x},{y + 1}h{n}" for y, x, n in _runs(differ(mask[1:], mask[:-1])))
    upright = differ(mask[:, 1:], mask[:, :-1]).T
    return level + "".join(f"M{y + 1},{x}v{n}" for y, x, n in _runs(upright))


def _runs(chosen: npt.NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Row, first column and length of each run of chosen pixels."""
    edges = np.diff(np.pad(chosen, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    starts, ends = np.argwhere(edges == 1), np.argwhere(edges == -1)
    return [(int(y), int(a), int(b - a)) for (y, a), (_, b) in zip(starts, ends, strict=True)]
