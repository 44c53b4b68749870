"""A folder of texts: one .txt a text, in a folder for each class."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shoal.data.dataset import Dataset
from shoal.data.decoding import decoded
from shoal.data.tokenization import Tokenization

SUFFIX = ".txt"


def text_files(folder: Path) -> list[Path]:
    """The texts that lie in a folder, by name; hidden files are none."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() == SUFFIX and path.is_file() and not path.name.startswith(".")
    )


def _classes(folder: Path) -> list[Path]:
    """The folders in it that hold texts, by name."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith(".") and text_files(path)
    )


def is_text_folder(folder: Path, *, need_target: bool) -> bool:
    """Whether a folder has folders of texts; to predict, texts that lie in it will do."""
    return bool(_classes(folder)) or (not need_target and bool(text_files(folder)))


def load_text_folder(
    folder: Path,
    *,
    need_target: bool,
    tokenization: Tokenization | None,
    encoding: str | None = None,
) -> Dataset:
    """A classification from ``class/name.txt``; without targets also from ``name.txt``.

    Raises:
        DataError: a file that is no text.
    """
    classes = _classes(folder)
    if not need_target and text_files(folder):
        classes = []
    files = [(path, c.name) for c in classes for path in text_files(c)]
    paths = [path for path, _ in files] or text_files(folder)
    read = [_read(path, encoding) for path in paths]
    texts = [text for text, _ in read]
    labels = [label for _, label in files] or None
    dataset = Dataset.from_arrays(texts, labels, tokenization=tokenization, name=str(folder))
    names = tuple(str(path.relative_to(folder)) for path in paths)
    assumed = [(name, notes[0]) for name, (_, notes) in zip(names, read, strict=True) if notes]
    notes = [f"{assumed[0][0]}: {assumed[0][1]}"] if assumed else []
    if len(assumed) > 1:
        notes[0] += f"; so it is with {len(assumed) - 1} more"
    return replace(dataset, example_names=names, notes=(*notes, *dataset.notes), encoding=encoding)


def _read(path: Path, encoding: str | None) -> tuple[str, list[str]]:
    text, notes = decoded(path.read_bytes(), str(path), encoding, what="a text")
    return text.strip(), notes
