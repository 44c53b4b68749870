"""One mask in a file: the numbers of a gray picture or a palette, or colors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.masks import are_whole
from shoal.data.picture import AnyFile, check_undamaged, is_gray, opened, pages_of, upright
from shoal.data.smeared import SMEARED, distinct
from shoal.errors import DataError

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class MaskFile:
    """One mask.

    Attributes:
        values: of shape (height, width): numbers, or colors as red·2^16 + green·2^8 + blue.
        colored: whether they are colors.
        palette: the color of each number, packed alike, where the file has a palette.
        bits: whether there is one bit a pixel.
        lossy: whether the file was compressed in a way that changes numbers.
        pages: how many pages it has; ``values`` are the first.
    """

    path: AnyFile
    values: Array
    colored: bool = False
    palette: Array | None = None
    bits: bool = False
    lossy: bool = False
    pages: int = 1

    @cached_property
    def found(self) -> Array:
        """The different values, ascending."""
        return distinct([self.values])

    @property
    def colors(self) -> Array:
        """The colors that the mask shows, packed, of shape (height, width).

        Raises:
            DataError: its numbers are no levels of gray.
        """
        if self.colored:
            return self.values
        if self.palette is not None:
            shown = np.zeros(256, np.int32)
            shown[: len(self.palette)] = self.palette
            return shown[self.values]
        if self.found[0] < 0 or self.found[-1] > 255:
            raise DataError(
                "masks are all in color or all numbers",
                received="numbers beyond 255 beside masks in color",
                where=str(self.path),
            )
        return self.values.astype(np.int32) * np.int32(0x010101 * (255 if self.bits else 1))


def read_mask_file(path: AnyFile) -> MaskFile:
    """The mask in a file.

    Raises:
        DataError: it is none.
    """
    with opened(path) as picture:
        lossy, pages = picture.format in ("JPEG", "MPO"), pages_of(picture)
        picture.load()
        check_undamaged(path, picture)
        mode = picture.mode
        palette = None
        if mode in ("P", "PA") and picture.palette is not None:
            # Three bytes a color, as many colors as the palette has.
            colors = np.frombuffer(bytes(picture.getpalette("RGB") or []), np.uint8)
            palette = _packed(colors.reshape(-1, 3))
        if mode in ("1", "L", "P", "I", "F") or mode.startswith("I;16"):
            values = np.asarray(picture)
        elif mode in ("LA", "La", "PA"):
            values = np.asarray(picture)[..., 0]
        else:
            clear = mode in ("RGBA", "RGBa") or "transparency" in picture.info
            values = np.asarray(picture.convert("RGBA" if clear else "RGB"))
            if clear:  # nothing is drawn there
                values = np.where(values[..., 3:] == 0, np.uint8(0), values[..., :3])
        values = upright(values, picture)
    if values.ndim == 3:
        if not is_gray(values):
            return MaskFile(path, _packed(values), colored=True, lossy=lossy, pages=pages)
        values = values[..., 0]
    if values.dtype.kind == "f" and not are_whole(values):
        raise DataError(
            "masks hold whole numbers, the classes",
            received="numbers between them",
            where=str(path),
            hint=SMEARED,
        )
    return MaskFile(path, values, palette=palette, bits=mode == "1", lossy=lossy, pages=pages)


def _packed(colors: Array) -> Array:
    """Red, green and blue of the last axis as one number."""
    packed: Array = colors.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    return packed
