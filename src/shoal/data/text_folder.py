"""A folder of texts: one .txt a text, in a folder for each class."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shoal.data.dataset import Dataset
from shoal.data.decoding import decoded
from shoal.data.image_files import left_out, visible
from shoal.data.tokenization import Tokenization

SUFFIX = ".txt"


def text_files(folder: Path) -> list[Path]:
    """The texts that lie in a folder, by name; hidden files are none."""
    return [path for path in visible(folder) if path.suffix.lower() == SUFFIX and path.is_file()]


def text_classes(folder: Path) -> list[Path]:
    """The folders in it that hold texts, by name."""
    return [path for path in visible(folder) if path.is_dir() and text_files(path)]


def load_text_folder(
    folder: Path,
    *,
    need_target: bool,
    tokenization: Tokenization | None,
    encoding: str | None = None,
) -> Dataset:
    """A classification from ``class/name.txt``; without targets also from ``name.txt``.

    Where no target is needed, and both are there, those that are more are read. What is not
    read is told.

    Raises:
        DataError: a file that is no text.
    """
    loose = [] if need_target else text_files(folder)
    classes = text_classes(folder)
    files = [(path, c.name) for c in classes for path in text_files(c)]
    if len(loose) > len(files):
        classes, files = [], [(path, "") for path in loose]
    read = {path for path, _ in files} | set(classes)
    others = [path for place in (folder, *classes) for path in visible(place) if path not in read]
    found = [_read(path, encoding) for path, _ in files]
    texts = [text for text, _ in found]
    labels = [label for _, label in files] if classes else None
    dataset = Dataset.from_arrays(texts, labels, tokenization=tokenization, name=str(folder))
    names = tuple(str(path.relative_to(folder)) for path, _ in files)
    assumed = [(name, notes[0]) for name, (_, notes) in zip(names, found, strict=True) if notes]
    notes = [f"{assumed[0][0]}: {assumed[0][1]}"] if assumed else []
    if len(assumed) > 1:
        notes[0] += f"; so it is with {len(assumed) - 1} more"
    notes += [*dataset.notes, *left_out(others)]
    return replace(dataset, example_names=names, notes=tuple(notes), encoding=encoding)


def _read(path: Path, encoding: str | None) -> tuple[str, list[str]]:
    text, notes = decoded(path.read_bytes(), str(path), encoding, what="a text")
    return text.strip(), notes
