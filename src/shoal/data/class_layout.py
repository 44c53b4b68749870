"""Which class each picture in a tree of folders is of, and which part of the data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shoal.data.image_files import listed
from shoal.data.parts import PART_NAMES, PARTS
from shoal.data.picture import AnyFile
from shoal.data.picture_tree import Found, Place

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


def class_layout(found: Found) -> Layout:
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
