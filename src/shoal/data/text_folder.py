"""A folder of texts: one .txt a text, in a folder for each class."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shoal.data.dataset import Dataset
from shoal.data.image_files import left_out, visible
from shoal.data.tokenization import Tokenization
from shoal.errors import DataError

SUFFIX = ".txt"


def text_files(folder: Path) -> list[Path]:
    """The texts that lie in a folder, by name; hidden files are none."""
    return [path for path in visible(folder) if path.suffix.lower() == SUFFIX and path.is_file()]


def text_classes(folder: Path) -> list[Path]:
    """The folders in it that hold texts, by name."""
    return [path for path in visible(folder) if path.is_dir() and text_files(path)]


def load_text_folder(
    folder: Path, *, need_target: bool, tokenization: Tokenization | None
) -> Dataset:
    """A classification from ``class/name.txt``; without targets also from ``name.txt``.

    Where no target is needed, and both are there, those that are more are read. What is not
    read is told.

    Raises:
        DataError: a file that is no text in UTF-8.
    """
    loose = [] if need_target else text_files(folder)
    classes = text_classes(folder)
    files = [(path, c.name) for c in classes for path in text_files(c)]
    if len(loose) > len(files):
        classes, files = [], [(path, "") for path in loose]
    read = {path for path, _ in files} | set(classes)
    others = [path for place in (folder, *classes) for path in visible(place) if path not in read]
    texts = [_read(path) for path, _ in files]
    labels = [label for _, label in files] if classes else None
    dataset = Dataset.from_arrays(texts, labels, tokenization=tokenization, name=str(folder))
    names = tuple(str(path.relative_to(folder)) for path, _ in files)
    return replace(dataset, example_names=names, notes=(*dataset.notes, *left_out(others)))


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise DataError(
            "a text is UTF-8",
            received=f"byte 0x{error.object[error.start]:02x} at position {error.start}",
            where=str(path),
            hint="Save it again as UTF-8.",
        ) from None
