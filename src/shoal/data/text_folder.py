"""A folder of texts: one .txt a text, in a folder for each class."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shoal.data.dataset import Dataset
from shoal.data.tokenization import Tokenization
from shoal.errors import DataError

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
    folder: Path, *, need_target: bool, tokenization: Tokenization | None
) -> Dataset:
    """A classification from ``class/name.txt``; without targets also from ``name.txt``.

    Raises:
        DataError: a file that is no text in UTF-8.
    """
    classes = _classes(folder)
    if not need_target and text_files(folder):
        classes = []
    files = [(path, c.name) for c in classes for path in text_files(c)]
    texts = [_read(path) for path, _ in files] or [_read(path) for path in text_files(folder)]
    labels = [label for _, label in files] or None
    dataset = Dataset.from_arrays(texts, labels, tokenization=tokenization, name=str(folder))
    names = [str(path.relative_to(folder)) for path, _ in files]
    return replace(
        dataset, example_names=tuple(names or [path.name for path in text_files(folder)])
    )


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
