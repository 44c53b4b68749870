"""What is not read, and how it becomes something that is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from shoal.data.io.folder_entries import entries, files_in, folders_in

UNPACK = {
    ".gz": "gunzip", ".bz2": "bunzip2", ".xz": "unxz", ".zst": "unzstd", ".zip": "unzip",
    ".tar": "tar xf", ".tgz": "tar xf", ".rar": "unrar x", ".7z": "7z x",
}  # fmt: skip
"""Ends of the names of compressed files, and what unpacks them."""

_TABLES = {
    ".xls": ".xlsx or CSV", ".xlsb": ".xlsx or CSV", ".ods": ".xlsx or CSV", ".sav": "CSV",
    ".dta": "CSV", ".rds": "CSV", ".rdata": "CSV", ".sas7bdat": "CSV",
}  # fmt: skip
"""Tables that are not read as they are, and what they can be saved as."""

_PICKLES = (".pkl", ".pickle", ".pt", ".pth", ".joblib")

_BATCHES = re.compile(r"(data_batch(_\d+)?|test_batch|batches\.meta|train|test|meta)")
"""Pickles without an end of their names, as CIFAR has them."""

_SAVE = "numpy.savez('data.npz', x=inputs, y=targets)"

_PICKLE = f"A pickle can run programs and is never read: open it where you trust it, and save it \
with {_SAVE}."

_LOOKED_AT = 1 << 16

_LISTS = re.compile(rb'"(images|annotations|categories|bbox|shapes)"\s*:')

_BOX = re.compile(r"\d+( [0-9.eE+-]+){4,}\s*")

OBJECTS = "Boxes and polygons of objects are not read. For a segmentation, draw them as masks, a \
PNG for each picture in masks/ beside images/; for classes, put the pictures in a folder for each."
"""What to do with annotations of objects."""


def way_out(path: Path) -> str | None:
    """How a file of another format becomes one that is read; None: nobody knows."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    suffix = suffixes[-1] if suffixes else ""
    if suffix in UNPACK:
        tar = suffixes[-2:-1] == [".tar"]
        return f"Unpack it first: {UNPACK['.tar' if tar else suffix]} {path.name}"
    if suffix in _TABLES:
        return f"Save it as {_TABLES[suffix]} first."
    if suffix in _PICKLES or (not suffix and _is_pickle(path)):
        return _PICKLE
    if suffix == ".npy":
        return f"It holds one array. Save inputs and targets in one file with {_SAVE}."
    if suffix == ".mat":
        return f"Read it with scipy.io.loadmat, and save it with {_SAVE}."
    if suffix in (".bin", ".tfrecord", ".tfrecords", ".rec", ".lmdb"):
        return f"Read it with the library that it was made for, and save it with {_SAVE}."
    return None


def way_out_of_folder(folder: Path) -> str | None:
    """What to do with a folder that is read as nothing; None: nobody knows."""
    boxes = boxes_in(folder)
    if boxes is not None:
        return boxes
    files = files_in(folder)
    batches = [path for path in files if _BATCHES.fullmatch(path.name) and _is_pickle(path)]
    told = [hint for path in (*batches[:1], *files) if (hint := way_out(path)) is not None]
    return told[0] if told else None


def _is_pickle(path: Path) -> bool:
    """Whether a file begins as pickles of protocol 2 and later do."""
    return _beginning(path, 2)[:1] == b"\x80" and _beginning(path, 2)[1:2] in b"\x02\x03\x04\x05"


def boxes_in(folder: Path) -> str | None:
    """What to do with boxes or polygons of objects that lie beside pictures; None: none do.

    Known are the annotations of COCO in JSON, of Pascal VOC in XML and of YOLO in text.
    """
    for path in _annotations(folder):
        if told := _boxes_told(path):
            return f"{path.relative_to(folder)} holds {told}. {OBJECTS}"
    return None


def _annotations(folder: Path) -> Iterable[Path]:
    """Some of the files in which boxes may be: of each folder the first of each kind."""
    below = folders_in(folder)
    deeper = [one for path in below for one in folders_in(path)]
    for place in (folder, *below[:20], *deeper[:50]):
        seen: set[str] = set()
        for entry in entries(place):
            end = entry.path.suffix.lower()
            if entry.is_file and end in (".json", ".xml", ".txt") and end not in seen:
                seen.add(end)
                yield entry.path


def _boxes_told(path: Path) -> str | None:
    text = _beginning(path, _LOOKED_AT)
    match path.suffix.lower():
        case ".json":
            return "annotations of objects, as COCO has them" if _are_objects(text) else None
        case ".xml":
            found = b"<annotation" in text or b"<bndbox" in text
            return "annotations of objects, as Pascal VOC has them" if found else None
    lines = text.decode("latin-1").splitlines()
    boxes = lines and all(map(_BOX.fullmatch, lines[:-1] or lines))
    return "boxes of objects, as YOLO has them" if boxes else None


def _are_objects(text: bytes) -> bool:
    return text.lstrip()[:1] == b"{" and len(set(_LISTS.findall(text))) >= 1


def _beginning(path: Path, count: int) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(count)
    except OSError:
        return b""
