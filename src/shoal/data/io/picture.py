"""One picture in a file, as what it shows: upright, gray or in three colors."""

from __future__ import annotations

import io
import sys
import threading
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

import numpy as np
import numpy.typing as npt

from shoal.data.encode.resizing import Resizing, least_size, resized
from shoal.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage


class Packed(Protocol):
    """A file that lies in another one, such as an archive; as text it tells where."""

    @property
    def name(self) -> str:
        """Its name, with suffix."""

    def read_bytes(self) -> bytes:
        """What it holds."""


AnyFile = Path | Packed

Array = npt.NDArray[Any]

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
"""Formats that are read; a file is recognized by its first bytes, whatever its name is."""

ORIENTATION = 274
"""The EXIF tag of how the camera was held."""

_GRAY = ("1", "L", "LA", "La", "I", "F")
_OPACITY = ("LA", "La", "PA", "RGBA", "RGBa")
_WHITE = 255
_OPAQUE = 255


@dataclass(frozen=True, eq=False)
class Picture:
    """What one file shows.

    Attributes:
        values: of shape (height, width, 1 or 3): uint8; of more than 8 bits uint16, int32
            or float32.
        pages: how many pages or frames the file has; ``values`` are the first.
        see_through: whether some pixel is not opaque.
        cut: whether the file has 16 bits a color, of which the upper 8 are read.
        turned: whether they were turned by EXIF's orientation.
        size: height and width of the picture in its file, upright.
    """

    values: Array
    pages: int = 1
    see_through: bool = False
    cut: bool = False
    turned: bool = False
    size: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Header:
    """What a file says of its picture before any pixel is read.

    Attributes:
        size: height and width, upright.
        channels: 1 or 3; of a palette, whose colors are not known yet, 3.
        itemsize: bytes of one value.
    """

    size: tuple[int, int]
    channels: int
    itemsize: int


class _Silence:
    """Python's warnings of decoders, which remark on tags that nobody reads, are not told.

    Python changes its filters for all threads at once, so the first one that wants silence
    makes it, and the last one ends it.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wanted = 0
        self.context: warnings.catch_warnings[None] | None = None

    def __enter__(self) -> None:
        with self.lock:
            self.wanted += 1
            if self.wanted == 1:
                self.context = warnings.catch_warnings()
                self.context.__enter__()
                warnings.simplefilter("ignore")

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.wanted -= 1
            if self.wanted == 0 and self.context is not None:
                self.context.__exit__(None, None, None)


_SILENCE = _Silence()


def quietly() -> AbstractContextManager[None]:
    """While it lasts, decoders remark on nothing; once for many pictures."""
    return _SILENCE


@contextmanager
def opened(path: AnyFile) -> Iterator[PillowImage]:
    """A picture that is open for reading; whatever goes wrong with it names the file.

    Raises:
        DataError: it is no picture, is damaged, or is far larger than pictures are.
    """
    from PIL import Image

    try:
        with quietly():
            file = path if isinstance(path, Path) else io.BytesIO(path.read_bytes())
            with Image.open(file, formats=FORMATS) as picture:
                yield picture
    except (DataError, MemoryError):
        raise
    except Image.DecompressionBombError:
        most = 2 * (Image.MAX_IMAGE_PIXELS or 0)
        raise DataError(
            "a picture is of a size that pictures have",
            expected=f"at most {most:,} pixels",
            received="more",
            where=str(path),
            hint="Cut it into tiles.",
        ) from None
    except Exception as error:  # decoders raise almost anything on damaged files
        raise DataError(
            "the file is a picture",
            expected=", ".join(FORMATS),
            received=_told(path, error),
            where=str(path),
        ) from None


def check_undamaged(path: AnyFile, picture: PillowImage) -> None:
    """Refuse a PNG whose pixels do not have the sums that the file tells: decoders skip these.

    Raises:
        DataError: it is damaged.
    """
    if picture.format != "PNG":
        return
    data, place = memoryview(path.read_bytes()), 8
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        kind, end = bytes(data[place + 4 : place + 8]), place + 8 + length
        if kind == b"IDAT" and zlib.crc32(data[place + 4 : end]) != int.from_bytes(
            data[end : end + 4], "big"
        ):
            raise DataError(
                "a picture is undamaged",
                received="pixels without the sum that the file tells",
                where=str(path),
                hint="Fetch or copy it again.",
            )
        place = end + 4


def _told(path: AnyFile, error: Exception) -> str:
    from PIL import UnidentifiedImageError

    try:
        size = path.stat().st_size if isinstance(path, Path) else len(path.read_bytes())
        if size == 0:
            return "an empty file"
    except OSError as unreadable:
        return unreadable.strerror or str(unreadable)
    if isinstance(error, UnidentifiedImageError):
        return "something else"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def picture_header(path: AnyFile) -> Header:
    """What a file says of its picture; no pixel is read.

    Raises:
        DataError: it is no picture.
    """
    from PIL import Image

    with opened(path) as picture:
        width, height = picture.size
        # Of a PNG the reader's own method would decode the picture. Pillow turns TIFF itself.
        if picture.format != "TIFF" and _orientation(Image.Image.getexif, picture) >= 5:
            width, height = height, width
        gray = picture.mode in _GRAY or picture.mode.startswith("I;16")
        wide = {"I": 4, "F": 4}.get(picture.mode, 2 if picture.mode.startswith("I;16") else 1)
        return Header((height, width), 1 if gray else 3, wide)


def read_picture(path: AnyFile, to: Resizing | None = None) -> Picture:
    """One picture as what it shows, at its own size or another.

    EXIF's orientation is obeyed; palettes, CMYK and the like become colors, a palette of
    grays gray; one bit becomes 0 and 255. What is not opaque keeps its color, and what is
    wholly transparent is white.

    Args:
        path: the file.
        to: the size that it is to have; of a JPEG, no more is decoded than this takes.

    Raises:
        DataError: it is none, or is far larger than pictures are.
    """
    from PIL import Image

    with opened(path) as picture:
        pages = pages_of(picture)
        parts = getattr(picture, "tile", ())  # how the file's bytes are packed
        deep = not picture.mode.startswith("I") and ";16" in str([part[3] for part in parts])
        # Pillow turns TIFF itself, when it reads the pixels, and forgets that it lay.
        before = _orientation(Image.Image.getexif, picture)
        full = picture.size[::-1]
        if to is not None and picture.format == "JPEG":
            _decode_smaller(picture, to, lies=before >= 5)
        picture.load()
        check_undamaged(path, picture)
        values, see_through = _shown(picture)
        after = _orientation(type(picture).getexif, picture)
        values = upright(values, picture)
        full = full[::-1] if max(before, after) >= 5 else full
        if to is not None:
            values = resized(values, to, full)
        return Picture(values, pages, see_through, deep, max(before, after) > 1, full)


def _decode_smaller(picture: PillowImage, to: Resizing, *, lies: bool) -> None:
    """Let a JPEG be decoded at a half, a quarter or an eighth, where that is still large enough."""
    width, height = picture.size
    least = least_size((width, height) if lies else (height, width), to)
    picture.draft(picture.mode, least if lies else least[::-1])


def pages_of(picture: PillowImage) -> int:
    """How many pages or frames a file has; previews beside a photo are none."""
    return int(getattr(picture, "n_frames", 1)) if picture.format != "MPO" else 1


def shown(pictures: Sequence[Any]) -> list[Array]:
    """Pillow's pictures as what they show, each of shape (height, width, 1 or 3)."""
    return [upright(_shown(picture)[0], picture) for picture in pictures]


def are_pictures(x: object) -> TypeGuard[Sequence[Any]]:
    """Whether x is a list of Pillow's pictures, without paying for its import."""
    pillow = sys.modules.get("PIL.Image")
    return (
        pillow is not None
        and isinstance(x, list | tuple)
        and len(x) > 0
        and all(isinstance(picture, pillow.Image) for picture in x)
    )


def upright(values: Array, picture: PillowImage) -> Array:
    """The pixels of a picture, upright by EXIF's orientation."""
    orientation = _orientation(type(picture).getexif, picture)
    if orientation >= 5:
        values = values.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    return values


def _orientation(getexif: Any, picture: PillowImage) -> int:
    """From 1, upright, to 8; 1 where there is none, or nothing that can be read."""
    try:
        told = getexif(picture).get(ORIENTATION, 1)
    except Exception:  # damaged EXIF says nothing of how a picture lies
        return 1
    return told if isinstance(told, int) and 1 <= told <= 8 else 1


def _shown(picture: PillowImage) -> tuple[Array, bool]:
    """Gray or color of shape (height, width, 1 or 3), and whether some pixel is not opaque."""
    mode = picture.mode
    if mode == "1":
        return np.asarray(picture)[..., np.newaxis].astype(np.uint8) * np.uint8(_WHITE), False
    if mode.startswith("I;16"):
        return np.asarray(picture)[..., np.newaxis].astype(np.uint16), False
    if mode in ("I", "F"):
        return np.asarray(picture)[..., np.newaxis], False
    if mode not in _OPACITY and "transparency" not in picture.info:
        values = np.asarray(picture if mode in ("L", "RGB") else picture.convert("RGB"))
        values = values[..., np.newaxis] if values.ndim == 2 else values
        return _gray_if_so(values) if mode == "P" else values, False
    both = np.asarray(picture.convert("LA" if mode in ("L", "LA", "La") else "RGBA"))
    values, opacity = both[..., :-1], both[..., -1:]
    values = np.where(opacity == 0, np.uint8(_WHITE), values)
    if mode in ("P", "PA"):
        values = _gray_if_so(values)
    return values, bool((opacity < _OPAQUE).any())


def _gray_if_so(values: Array) -> Array:
    """One channel in place of three that are equal everywhere."""
    return values[..., :1] if is_gray(values) else values


def is_gray(values: Array) -> bool:
    """Whether the channels of a picture are equal everywhere."""
    return bool((values == values[..., :1]).all())
