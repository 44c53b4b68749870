"""All pictures below a folder, and the class that each is of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from shoal.data.io.files import members_of
from shoal.data.io.folder_entries import SUFFIXES, Entry, entries, is_visible, remembered
from shoal.data.io.image_files import listed
from shoal.data.io.picture import AnyFile
from shoal.data.splitting.parts import PART_NAMES, PARTS
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
class PictureTree:
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


def pictures_below(root: Path, suffixes: Sequence[str] = SUFFIXES) -> PictureTree:
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


def _below(root: Path, suffixes: Sequence[str]) -> PictureTree:
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
    return PictureTree(tuple(ordered), tuple(others), tuple(unread))


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


def unread_note(found: PictureTree) -> str | None:
    """How pictures in formats that are not read become some that are; None if there are none."""
    ends = Counter(PurePosixPath(place[-1]).suffix.lower() for place in found.unread)
    if not ends:
        return None
    told = " and ".join(f"{count:,} {end}" for end, count in ends.most_common(2))
    files = "file" if sum(ends.values()) == 1 else "files"
    return f"{told} {files} cannot be read: save them as JPEG or PNG"


def _is_unread(place: Place) -> bool:
    return PurePosixPath(place[-1]).suffix.lower() in _UNREAD


_BESIDE = {"set", "data", "dataset", "images", "imgs", "img", "pictures", "photos", "seg", "split",
           "stage", ""}  # fmt: skip
"""Words that may stand beside it, as in ``training_set``; numbers may, as in ``train2017``."""


@dataclass(frozen=True)
class Layout:
    """Pictures by class.

    Attributes:
        places: where each lies below the root.
        files: the pictures.
        labels: the class of each.
        parts: the part of each, where folders tell; else None.
        left: places of pictures that have no class.
        notes: remarks on how the folders were read.
    """

    places: tuple[Place, ...]
    files: tuple[AnyFile, ...]
    labels: tuple[str, ...]
    parts: tuple[str, ...] | None
    left: tuple[Place, ...]
    notes: tuple[str, ...]


def part_named(folder: str) -> str | None:
    """``train``, ``validation`` or ``test``, if a folder is called so, as in ``Training_set``."""
    words = [word.rstrip("0123456789") for word in re.split(r"[-_. ]+", folder.lower())]
    named = [PART_NAMES[word] for word in words if word in PART_NAMES]
    if len(named) != 1 or any(word not in PART_NAMES and word not in _BESIDE for word in words):
        return None
    return named[0]


def class_layout(found: PictureTree) -> Layout:
    """The classes of pictures: the folders that they lie in.

    Folders that lie alone around everything are passed through. Where there are folders for
    training, validation and test, classes are the folders below them; also where every class
    has such folders. What lies deeper in the folder of a class is of this class.
    """
    inner, around = _passed([place for place, _ in found.pictures])
    notes = [f"the classes are the folders in {'/'.join(around)}"] if around else []
    parted = _parts_first(inner) or _classes_first(inner)
    if parted is None:
        parted = [("", place[0]) if len(place) > 1 else None for place in inner]
        deeper = [place for place in inner if len(place) > 2]
        notes += _nested_note(deeper, depth=1)
    parted, unlabeled = _without_unlabeled(parted)
    read = [(p, f, told) for (p, f), told in zip(found.pictures, parted, strict=True) if told]
    parts = tuple(part for _, _, (part, _) in read)
    known = bool(read) and all(parts)
    if known:
        notes = unlabeled
    return Layout(
        tuple(place for place, _, _ in read),
        tuple(file for _, file, _ in read),
        tuple(label for _, _, (_, label) in read),
        parts if known else None,
        tuple(p for (p, _), told in zip(found.pictures, parted, strict=True) if not told),
        tuple(notes),
    )


def parts_note(parts: Sequence[str]) -> str:
    """A remark on how many pictures the folders keep for each part."""
    counts = {part: parts.count(part) for part in PARTS if part in parts}
    told = ", ".join(f"{count:,} for {_CALLED[part]}" for part, count in counts.items())
    absent = [_CALLED[part] for part in PARTS if part not in counts]
    drawn = f"; {' and '.join(absent)} {'are' if len(absent) > 1 else 'is'} drawn from training"
    return f"the folders tell the split: {told}{drawn if absent else ''}"


_CALLED = {"train": "training", "validation": "validation", "test": "the test"}

_Told = list[tuple[str, str] | None]
"""Of each picture its part and its class; None where it has no class."""


def _passed(places: Sequence[Place]) -> tuple[list[Place], Place]:
    """The places without folders that hold all of the pictures and no class alone."""
    inner, around = list(places), []
    while inner and min(map(len, inner)) > 2 and len({place[0] for place in inner}) == 1:
        around.append(inner[0][0])
        inner = [place[1:] for place in inner]
    return inner, tuple(around)


def _parts_first(places: Sequence[Place]) -> _Told | None:
    """``train/cat/1.jpg``, ``val/cat/2.jpg``; None if they do not lie so."""
    sorted_ones = {place[0] for place in places if len(place) > 2}
    parts = {name: part for name in sorted_ones if (part := part_named(name))}
    every = {part_named(place[0]) for place in places if len(place) > 1}
    # Beside folders of no part, train/ alone may be a class like the others.
    if "train" not in parts.values() or (None in every and len(every) == 2):
        return None
    below = {
        name: iter(_passed([p[1:] for p in places if p[0] == name and len(p) > 2])[0])
        for name in parts
    }
    return [
        (parts[place[0]], next(below[place[0]])[0])
        if len(place) > 2 and place[0] in parts
        else None
        for place in places
    ]


def _without_unlabeled(parted: _Told) -> tuple[_Told, list[str]]:
    """Without the pictures of parts of which no folder is a class of training, and remarks.

    So it is with ``val/images/1.jpg`` beside ``train/cat/1.jpg``: a table names their classes.
    """
    trained = {told[1] for told in parted if told and told[0] == "train"}
    found = {told[0] for told in parted if told and (not trained or told[1] in trained)}
    gone: dict[str, list[str]] = {}
    for told in parted:
        if told and told[0] not in found:
            gone.setdefault(told[0], []).append(told[1])
    notes = [
        f"left out, without a class of training: {len(labels):,} pictures for {_CALLED[part]}, in "
        f"folders called {listed(list(dict.fromkeys(labels)))}"
        for part, labels in gone.items()
    ]
    return [told if told and told[0] not in gone else None for told in parted], notes


def _classes_first(places: Sequence[Place]) -> _Told | None:
    """``cat/train/1.jpg``, ``cat/val/2.jpg``; None if they do not lie so."""
    within = {part_named(place[1]) if len(place) > 2 else None for place in places if place[1:]}
    if None in within or "train" not in within:
        return None
    return [(part_named(place[1]) or "", place[0]) if len(place) > 2 else None for place in places]


def _nested_note(deeper: Sequence[Place], depth: int) -> list[str]:
    """A remark on folders within folders of classes."""
    folders = list(dict.fromkeys("/".join(place[: depth + 1]) for place in deeper))
    if not folders:
        return []
    return [
        f"files in folders within a class's folder are of this class: {listed(folders)}. If "
        f"the inner folders are the classes, give the folder that they lie in, such as "
        f"{deeper[0][0]}"
    ]
