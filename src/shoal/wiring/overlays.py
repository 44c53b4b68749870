"""Some test pictures with true and predicted masks, as plain data for the report."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.compact_inputs import AnyInputs

SHOWN = 6
"""Pictures, at most: from the worst to the best."""

LARGEST = 192
"""Pixels of a picture's side, at most; a larger one is made smaller by a whole factor."""

Labels = npt.NDArray[np.integer[Any]]


def overlays(
    x: AnyInputs, true: Labels, predicted: Labels, rows: npt.NDArray[np.int64]
) -> list[dict[str, Any]]:
    """A few pictures, spread evenly over how well they went, the worst first.

    Args:
        x: prepared pictures of shape (n, height, width, channels).
        true: their masks of shape (n, height, width), negative where nothing is known.
        predicted: the masks that were found.
        rows: the pictures' numbers in the data set.

    Returns:
        for each its number, the share of its labeled pixels that is right, its
        size, the picture as base64 PNG, and both masks as runs.
    """
    known = true >= 0
    right = ((predicted == true) & known).sum((1, 2)) / np.maximum(known.sum((1, 2)), 1)
    order = np.argsort(right, kind="stable")
    chosen = order[np.linspace(0, len(order) - 1, min(SHOWN, len(order))).round().astype(int)]
    return [
        {
            "row": int(rows[i]),
            "right": float(right[i]),
            **_drawn(x[i], true[i], predicted[i]),
        }
        for i in chosen
    ]


def _drawn(x: npt.NDArray[np.float32], true: Labels, predicted: Labels) -> dict[str, Any]:
    factor = -(-max(true.shape) // LARGEST)
    height, width = (side // factor for side in true.shape)
    cut = x[: height * factor, : width * factor]
    small = cut.reshape(height, factor, width, factor, -1).mean(axis=(1, 3))
    middle = slice(factor // 2, None, factor)
    return {
        "size": [height, width],
        "image": picture_png(small),
        "true": runs(true[middle, middle][:height, :width]),
        "predicted": runs(predicted[middle, middle][:height, :width]),
    }


def picture_png(x: npt.NDArray[np.floating[Any]]) -> str:
    """A picture with its values spread over black to white, as a PNG in base64."""
    from PIL import Image

    if x.shape[-1] not in (1, 3):
        x = x.mean(axis=-1, keepdims=True)
    low, high = float(x.min()), float(x.max())
    gray = ((x - low) / ((high - low) or 1.0) * 255).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(gray if gray.shape[-1] == 3 else gray[..., 0]).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def runs(mask: Labels) -> list[list[int]]:
    """A mask row by row as [label, how many pixels in a row have it]."""
    flat = mask.ravel()
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1])
    lengths = np.diff(np.concatenate([starts, [len(flat)]]))
    return [[int(flat[i]), int(n)] for i, n in zip(starts, lengths, strict=True)]
