"""Pictures in files: found in a folder, and read as one array."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from operator import le
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from shoal.data.encode.pixels import allocated
from shoal.data.encode.resizing import WAYS, Resizing, Sides, Way, chosen_resizing
from shoal.data.encode.unlike_sizes import filled_sides, mirrored
from shoal.data.io.picture import (
    AnyFile,
    Header,
    Picture,
    picture_header,
    quietly,
    read_picture,
)
from shoal.data.io.picture_store import Keeping
from shoal.data.io.pixel_cache import CachedPixels, cache_remark, worth_keeping
from shoal.errors import DataError
from shoal.utils.counting import counted
from shoal.utils.environment import max_gb, processors
from shoal.utils.limits import check_size

Array = npt.NDArray[Any]

A = TypeVar("A")
B = TypeVar("B")

_BITS = {"uint8": "8 bits", "uint16": "16 bits", "int32": "32 bits", "float32": "real numbers"}

_SHOWN = 3

_SKIP = "--skip-broken (in Python skip_broken=True) goes on without such files."

_OTHERWISE = "--size and --resize (in Python size= and resize=) choose otherwise"


@dataclass(frozen=True)
class HowRead:
    """How pictures in files are read.

    Attributes:
        size: height and width that they get; None: chosen (`chosen_resizing`).
        way: how they get it; None: chosen.
        skip_broken: whether files that cannot be read are left out rather than refused.
        resizing: what is done with all of them, whatever their sizes, as a model wants it;
            then nothing is chosen.
        kept: whether all stay as they are; then they must be of one size.
        filled: whether those that stay as they are may be of unlike sizes: in the array they
            are filled up to the largest (`unlike_sizes`).
    """

    size: Sides | None = None
    way: Way | None = None
    skip_broken: bool = False
    resizing: Resizing | None = None
    kept: bool = False
    filled: bool = False

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "size": self.size, "way": self.way, "skip_broken": self.skip_broken,
            "resizing": None if self.resizing is None else self.resizing.to_json(),
            "kept": self.kept, "filled": self.filled,
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures that were read.

    Attributes:
        x: of shape (n, height, width, channels), one channel or three: uint8; of more than
            8 bits uint16, int32 or float32.
        rows: which of the files they are of, int64.
        resizing: what was done with them; None: they are as they were.
        skipped: whether files that cannot be read were to be left out.
        sizes: height and width of each in its file, upright.
        unlike: whether they were filled up to the largest.
        notes: remarks on what they show and the array does not.
        shown: what else is known of each, where they were read out of their files now.
    """

    x: Array
    rows: npt.NDArray[np.int64]
    resizing: Resizing | None
    skipped: bool
    sizes: tuple[Sides, ...]
    notes: tuple[str, ...]
    unlike: bool = False
    shown: tuple[Picture, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """All but the pixels as plain data."""
        resizing = None if self.resizing is None else self.resizing.to_json()
        return {
            "rows": self.rows.tolist(), "resizing": resizing, "notes": list(self.notes),
            "sizes": [list(size) for size in self.sizes], "unlike": self.unlike,
        }  # fmt: skip


def left_out(names: Sequence[Path | str]) -> tuple[str, ...]:
    """A remark on files that are not read."""
    if not names:
        return ()
    told = listed([name if isinstance(name, str) else name.name for name in names])
    return (f"left out, for they are not of the data: {told}",)


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def read_images(files: Sequence[Path]) -> tuple[Array, tuple[str, ...]]:
    """Pictures of one size as one array, and remarks on what they show and the array does not.

    Raises:
        DataError: a file that is no picture, pictures of several sizes or depths, or
            more of them than may be taken into memory.
    """
    read = read_pictures(files, HowRead(kept=True), str(files[0].parent))
    return read.x, read.notes


def read_pictures(files: Sequence[AnyFile], how: HowRead, where: str) -> Pictures:
    """Pictures as one array; each is decoded, resized and written into its row.

    Args:
        files: the pictures, at least one.
        how: what is done with them.
        where: what to call them in messages.

    Raises:
        DataError: a file that is no picture, unless such are left out; pictures of several
            sizes where they must stay as they are, or of several depths; or more of them
            than may be taken into memory.
    """
    with Keeping(files, how.to_json()) as keeping:
        found = keeping.found()
        if found is not None:
            return _kept(found, how)
        read = _read_pictures(files, how, where, keeping)
        kept = keeping.keep(read.x, read.to_json())
        return read if kept is None else _kept(kept, how)


def _kept(found: CachedPixels, how: HowRead) -> Pictures:
    """Pictures whose pixels are in the cache, and a remark on it."""
    told = found.told
    resizing = None if told["resizing"] is None else Resizing.from_json(told["resizing"])
    rows, notes = np.array(told["rows"], np.int64), (*told["notes"], cache_remark(found))
    sizes = tuple((int(height), int(width)) for height, width in told["sizes"])
    return Pictures(found.x, rows, resizing, how.skip_broken, sizes, notes, bool(told["unlike"]))


def _read_pictures(
    files: Sequence[AnyFile], how: HowRead, where: str, keeping: Keeping
) -> Pictures:
    """As `read_pictures`, out of the files."""
    with quietly():
        headers = _headers(files)
        _check_broken(headers, files, how, where)
        good = [i for i, header in enumerate(headers) if isinstance(header, Header)]
        known = [header for header in headers if isinstance(header, Header)]
        sizes = [header.size for header in known]
        resizing = how.resizing or (None if how.kept else chosen_resizing(sizes, how.size, how.way))
        unlike = resizing is None and how.filled and len(set(sizes)) > 1
        if resizing is not None:
            if how.resizing is not None and all(size == resizing.sides for size in sizes):
                resizing = None
        elif not unlike:
            _check_one_size([files[i] for i in good], sizes)
        sides = filled_sides(sizes) if unlike else None
        _check_memory([files[i] for i in good], known, resizing, where, sides)
        x, rows, pictures = _filled(
            [files[i] for i in good], known, resizing, how, where, keeping, sides
        )
    taken = np.array(good, np.int64)[rows]
    used = [files[i] for i in taken]
    notes = (
        *_size_note(known, resizing, how),
        *_filled_note(sizes, sides),
        *_notes(used, pictures, x.shape[-1]),
        *_broken_note(files, taken),
    )
    own = resizing is not None or unlike
    full = tuple(found.size if own else x.shape[1:3] for found in pictures)
    return Pictures(x, taken, resizing, how.skip_broken, full, notes, unlike, tuple(pictures))


def check_headers(files: Sequence[AnyFile], how: HowRead, where: str) -> list[Sides]:
    """The sizes of pictures by the first bytes of their files; of those that are broken (0, 0).

    Raises:
        DataError: a file that is no picture, unless such are left out.
    """
    with quietly():
        headers = _headers(files)
    _check_broken(headers, files, how, where)
    return [header.size if isinstance(header, Header) else (0, 0) for header in headers]


def notes_of(pieces: Sequence[tuple[Sequence[AnyFile], Pictures | None]]) -> tuple[str, ...]:
    """Remarks on pictures that were read in pieces, of each the files: as if all were read at once.

    Args:
        pieces: None where no file of a piece could be read.
    """
    known = [(files, read) for files, read in pieces if read is not None]
    if len(known) == len(pieces) == 1:
        return known[0][1].notes
    used = [files[i] for files, read in known for i in read.rows.tolist()]
    shown = [picture for _, read in known for picture in read.shown]
    every = [file for files, _ in pieces for file in files]
    starts = np.cumsum([0, *(len(files) for files, _ in pieces)])
    rows = [
        start + read.rows
        for start, (_, read) in zip(starts, pieces, strict=False)
        if read is not None
    ]
    notes = _notes(used, shown, max(one.values.shape[-1] for one in shown)) if shown else ()
    return (*notes, *_broken_note(every, np.concatenate(rows))) if rows else ()


def _filled(
    files: Sequence[AnyFile],
    headers: Sequence[Header],
    to: Resizing | None,
    how: HowRead,
    where: str,
    keeping: Keeping,
    sides: Sides | None = None,
) -> tuple[Array, npt.NDArray[np.int64], list[Picture]]:
    """The array, the places of the files that are in it, and what else is known of these.

    Where ``sides`` are given pictures are unlike, and filled up to that size.
    """
    channels = max(header.channels for header in headers)
    first, values = _first_good(files, to, how, where)
    x = keeping.room((len(files), *(sides or values.shape[:2]), channels), values.dtype)

    def fill(row: int) -> Picture | DataError:
        try:
            found = read_picture(files[row], to)
        except DataError as error:
            return error
        values = found.values
        if sides is not None and all(map(le, values.shape, sides)):
            values = mirrored(values, sides)
        _check_alike(files[row], values, files[first], x)
        x[row] = values  # gray fills every channel
        # The pixels are in x: a second copy is not held.
        return replace(found, values=found.values[:0, :0].copy())

    rows: list[int] = []
    pictures: list[Picture] = []
    for row, found in enumerate(counted(_in_threads(fill, range(len(files))), len(files))):
        if isinstance(found, DataError):
            _check_broken([found], files, how, where)
            continue
        if row > len(rows):
            x[len(rows)] = x[row]  # broken ones leave no gap
        rows.append(row)
        pictures.append(found)
    x = x[: len(rows)]
    if channels > max(picture.values.shape[-1] for picture in pictures):
        wide, x = x, allocated((*x.shape[:3], 1), x.dtype)
        x[...] = wide[..., :1]
    return x, np.array(rows, np.int64), pictures


def _first_good(
    files: Sequence[AnyFile], to: Resizing | None, how: HowRead, where: str
) -> tuple[int, Array]:
    """The first file that can be read, and its pixels."""
    for row, file in enumerate(files):
        try:
            return row, read_picture(file, to).values
        except DataError as error:
            _check_broken([error], files, how, where)
    raise _all_broken(files, where)


def _headers(files: Sequence[AnyFile]) -> list[Header | DataError]:
    """What each file says of its picture, or the error that names it."""

    def header(file: AnyFile) -> Header | DataError:
        try:
            return picture_header(file)
        except DataError as error:
            return error

    return list(_in_threads(header, files))


def _in_threads(function: Callable[[A], B], items: Sequence[A]) -> Iterator[B]:
    """What a function gives for each item, in their order.

    Several threads work: decoders of pictures leave Python alone. They are never far ahead
    of whoever takes what they give.
    """
    threads = min(processors(), len(items))
    if threads < 2:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(threads, "shoal-pictures") as pool:
        for block in _blocks(items, 8 * threads):
            yield from pool.map(function, block)


def _blocks(items: Sequence[A], size: int) -> Iterable[Sequence[A]]:
    return (items[i : i + size] for i in range(0, len(items), size))


def _check_broken(
    found: Sequence[object], files: Sequence[AnyFile], how: HowRead, where: str
) -> None:
    """Refuse files that cannot be read, the first by name, unless they are left out."""
    errors = [error for error in found if isinstance(error, DataError)]
    if errors and not how.skip_broken:
        first = errors[0]
        more = f"; {len(errors) - 1} more files are broken" if len(errors) > 1 else ""
        raise DataError(
            first.rule,
            expected=first.expected,
            received=f"{first.received}{more}",
            where=first.where,
            hint=first.hint or (None if how.kept else _SKIP),
        )
    if len(errors) == len(files):
        raise _all_broken(files, where)


def _all_broken(files: Sequence[AnyFile], where: str) -> DataError:
    return DataError(
        "some pictures can be read",
        received="one file, which cannot"
        if len(files) == 1
        else f"{len(files):,} files, none of which can",
        where=where,
    )


def _check_one_size(files: Sequence[AnyFile], sizes: Sequence[Sides]) -> None:
    """Look at sizes before any pixel is read."""
    for file, size in zip(files, sizes, strict=True):
        # A PNG may say only behind its pixels how it lies.
        if sorted(size) != sorted(sizes[0]):
            raise _unlike_sizes(file, size, files[0], sizes[0])


def _check_memory(
    files: Sequence[AnyFile],
    headers: Sequence[Header],
    to: Resizing | None,
    where: str,
    sides: Sides | None = None,
) -> None:
    """Refuse more than may be taken into memory: all pictures, or one of them on its way."""
    channels = max(header.channels for header in headers)
    height, width = sides or (headers[0].size if to is None else to.sides)
    itemsize = max(header.itemsize for header in headers)
    count = len(files) * height * width * channels
    # Of more than 16 bits also as real numbers, and as a network's inputs.
    whole = count * (itemsize if itemsize <= 2 else itemsize + 12)
    if max_gb() is not None or itemsize > 2 or not worth_keeping(count * itemsize):
        check_size(
            whole, f"a folder of {len(files)} pictures of {height}×{width}×{channels}", where
        )
    areas = [header.size[0] * header.size[1] * header.itemsize for header in headers]
    largest = int(np.argmax(areas))
    header = headers[largest]
    # Decoded, and once more while its colors are counted.
    check_size(2 * areas[largest] * header.channels, f"a picture of {size_of(header.size)} pixels",
               str(files[largest]))  # fmt: skip


def _check_alike(path: AnyFile, values: Array, first: AnyFile, like: Array) -> None:
    if values.shape[:2] != like.shape[1:3]:
        raise _unlike_sizes(path, values.shape[:2], first, like.shape[1:3])
    if values.dtype != like.dtype:
        raise DataError(
            "the pictures of a data set have one depth",
            expected=f"{_BITS[like.dtype.name]} a pixel, as {first.name} has",
            received=_BITS[values.dtype.name],
            where=str(path),
            hint="Save them alike: a number that is bright in 8 bits is black in 16.",
        )
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise DataError("pixels are finite numbers", received="NaN or infinity", where=str(path))


def _unlike_sizes(
    path: AnyFile, size: tuple[int, ...], first: AnyFile, expected: tuple[int, ...]
) -> DataError:
    like = first.name if _folder(first) == _folder(path) else f"{_folder(first)}/{first.name}"
    return DataError(
        "the pictures of a data set have one size",
        expected=f"{size_of(expected)}, as {like} has",
        received=size_of(size),
        where=str(path),
        hint="Cut or scale them to one size first.",
    )


def _folder(file: AnyFile) -> str:
    """The name of the folder that a file lies in."""
    return Path(str(file)).parent.name


def size_of(shape: Sequence[int]) -> str:
    """Height and width, as text."""
    return "×".join(map(str, shape[:2]))


def pages_note(files: Sequence[AnyFile], pages: Sequence[int]) -> tuple[str, ...]:
    """A remark on pages and frames that are not read."""
    several = [f"{path.name} ({n})" for path, n in zip(files, pages, strict=True) if n > 1]
    if not several:
        return ()
    return (f"of files with several pages or frames the first is read: {listed(several)}",)


def _size_note(headers: Sequence[Header], to: Resizing | None, how: HowRead) -> tuple[str, ...]:
    """A remark on pictures whose size is changed, unless a model wants it so as in training."""
    if to is None or how.resizing is not None:
        return ()
    sizes = sorted({header.size for header in headers}, key=lambda size: (size[0] * size[1], size))
    told = size_of(sizes[0]) + (f" to {size_of(sizes[-1])}" if len(sizes) > 1 else "")
    chosen = "" if how.size and how.way else f"; {_OTHERWISE}"
    return (f"pictures of {told} become {to} ({to.way}: {WAYS[to.way]}){chosen}",)


def _filled_note(sizes: Sequence[Sides], sides: Sides | None) -> tuple[str, ...]:
    """A remark on pictures of unlike sizes that keep these."""
    if sides is None:
        return ()
    least, *_, most = sorted(set(sizes), key=lambda size: (size[0] * size[1], size))
    return (
        f"pictures of {size_of(least)} to {size_of(most)} keep their sizes, filled up to "
        f"{size_of(sides)} where nothing counts",
    )


def _broken_note(files: Sequence[AnyFile], rows: npt.NDArray[np.int64]) -> tuple[str, ...]:
    """A remark on files that are left out because they cannot be read."""
    missing = np.setdiff1d(np.arange(len(files)), rows)
    if not len(missing):
        return ()
    names = [f"{_folder(files[i])}/{files[i].name}" for i in missing]
    return (
        f"{len(missing):,} of {len(files):,} files cannot be read and are left out: "
        f"{listed(names)}",
    )


def _notes(files: Sequence[AnyFile], pictures: Sequence[Picture], channels: int) -> tuple[str, ...]:
    gray = [picture.values.shape[-1] < channels for picture in pictures]
    told = {
        "pictures turned upright, as EXIF says": [picture.turned for picture in pictures],
        "opacity (alpha) is left out: colors are read as if opaque, and what is wholly "
        "transparent as white": [picture.see_through for picture in pictures],
        "of colors with 16 bits the upper 8 are read": [picture.cut for picture in pictures],
        f"{sum(gray):,} of {len(gray):,} pictures are gray, and get three channels as the others "
        "have": gray,
    }
    notes = [*pages_note(files, [picture.pages for picture in pictures])]
    for remark, flags in told.items():
        names = [path.name for path, flag in zip(files, flags, strict=True) if flag]
        if names:
            notes.append(f"{remark}: {listed(names)}")
    return tuple(notes)
