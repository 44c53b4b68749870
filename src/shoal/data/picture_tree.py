"""All pictures below a folder or in an archive, and what else lies there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from shoal.data.archive import members_of
from shoal.data.folder_entries import SUFFIXES, Entry, entries, is_visible, remembered
from shoal.data.picture import AnyFile
from shoal.errors import DataError

Place = tuple[str, ...]
"""Where something lies below the root: names of folders, and last its own."""

MOST_DEEP = 10
"""Folders within folders, at most."""

_PACKED = ".zip"

_UNREAD = (".heic", ".heif", ".avif", ".svg", ".raw", ".cr2", ".nef", ".dng", ".arw", ".psd",
           ".jp2", ".jxl", ".dcm", ".ppm", ".pgm")  # fmt: skip
"""Ends of names of pictures in formats that are not read."""


@dataclass(frozen=True)
class Found:
    """What lies below a root.

    Attributes:
        pictures: each with its place, in the order of their places.
        others: places of what is no picture, and of folders with no picture below.
        unread: places of pictures in formats that are not read.
    """

    pictures: tuple[tuple[Place, AnyFile], ...]
    others: tuple[Place, ...]
    unread: tuple[Place, ...] = ()


def is_picture_archive(path: Path) -> bool:
    """Whether a file is a .zip with pictures in it."""
    if path.suffix.lower() != _PACKED or not path.is_file():
        return False
    return any(
        member.suffix.lower() in SUFFIXES and all(map(is_visible, member.inside.parts))
        for member in members_of(path)
    )


def pictures_below(root: Path, suffixes: Sequence[str] = SUFFIXES) -> Found:
    """The pictures below a folder, or in a .zip, at any depth.

    Hidden files and those of operating systems are left out without a word. A link to a
    folder is followed, but not to one that it lies in.

    Args:
        root: the folder or archive.
        suffixes: ends of the names of what is looked for in place of pictures.

    Raises:
        DataError: a folder that cannot be read, or an archive that is damaged.
    """
    return remembered(("below", str(root), tuple(suffixes)), lambda: _below(root, suffixes))


def _below(root: Path, suffixes: Sequence[str]) -> Found:
    pictures: list[tuple[Place, AnyFile]] = []
    others: list[Place] = []
    unread: list[Place] = []
    if root.is_dir():
        _walk(root, (), suffixes, pictures, others, unread)
    else:
        for member in members_of(root):
            place = member.inside.parts
            if not all(map(is_visible, place)):
                continue
            if member.suffix.lower() in suffixes:
                pictures.append((place, member))
            else:
                others.append(place)
                unread += [place] if _is_unread(place) else []
    ordered = sorted(pictures, key=lambda found: found[0])
    return Found(tuple(ordered), tuple(others), tuple(unread))


def _walk(
    folder: Path,
    place: Place,
    suffixes: Sequence[str],
    pictures: list[tuple[Place, AnyFile]],
    others: list[Place],
    unread: list[Place],
) -> bool:
    """Add what lies below a folder; whether there is a picture."""
    before = len(pictures)
    for entry in _entries(folder):
        here = (*place, entry.name)
        if not entry.is_folder:
            if entry.path.suffix.lower() in suffixes and (entry.is_file or entry.is_link):
                pictures.append((here, entry.path))
            else:
                others.append(here)
                unread += [here] if _is_unread(here) else []
            continue
        below = entry.path
        if len(here) > MOST_DEEP or (entry.is_link and _around(below)):
            others.append(here)
            continue
        strays = len(others)
        if not _walk(below, here, suffixes, pictures, others, unread):
            others[strays:] = [here]  # the folder, for all that is in it
    return len(pictures) > before


def _entries(folder: Path) -> tuple[Entry, ...]:
    try:
        return entries(folder)
    except OSError as error:
        raise DataError(
            "a folder of pictures can be read",
            received=error.strerror or str(error),
            where=str(folder),
            hint="Give yourself the right to read it, or move it elsewhere.",
        ) from None


def _around(link: Path) -> bool:
    """Whether a link leads to a folder that it lies in."""
    target, place = link.resolve(), link.parent.resolve()
    return target == place or target in place.parents


def by_folder(places: Sequence[Place]) -> list[Place]:
    """In the order of the folders that they lie in, the root first."""
    return sorted(places, key=lambda place: (place[:-1], place[-1]))


def unread_note(found: Found) -> str | None:
    """How pictures in formats that are not read become some that are; None if there are none."""
    ends = Counter(PurePosixPath(place[-1]).suffix.lower() for place in found.unread)
    if not ends:
        return None
    told = " and ".join(f"{count:,} {end}" for end, count in ends.most_common(2))
    files = "file" if sum(ends.values()) == 1 else "files"
    return f"{told} {files} cannot be read: save them as JPEG or PNG"


def _is_unread(place: Place) -> bool:
    return PurePosixPath(place[-1]).suffix.lower() in _UNREAD
