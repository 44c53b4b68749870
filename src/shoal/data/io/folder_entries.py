"""What lies in folders; each is listed once while one data set is read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp", ".gif", ".webp",
)  # fmt: skip
"""Ends of the names of pictures."""

_SYSTEM = ("thumbs.db", "desktop.ini", "__macosx", "ehthumbs.db", "$recycle.bin", "@eadir")
"""What operating systems leave in folders, besides hidden files."""

A = TypeVar("A")

_LISTED: ContextVar[dict[Any, Any] | None] = ContextVar("listed", default=None)


@dataclass(frozen=True)
class Entry:
    """One thing in a folder.

    Attributes:
        path: where it is.
        is_folder: whether it is a folder, or a link to one.
        is_file: whether it is a file, or a link to one.
        is_link: whether it is a link, which may lead nowhere.
    """

    path: Path
    is_folder: bool
    is_file: bool
    is_link: bool

    @property
    def name(self) -> str:
        """What it is called."""
        return self.path.name


@contextmanager
def folders_listed_once() -> Iterator[None]:
    """While this lasts each folder is listed once, in this thread; within itself it does nothing.

    What changes in a folder meanwhile is not seen.
    """
    if _LISTED.get() is not None:
        yield
        return
    token = _LISTED.set({})
    try:
        yield
    finally:
        _LISTED.reset(token)


def remembered(key: tuple[Any, ...], make: Callable[[], A]) -> A:
    """What is made of folders: the same as before, while `folders_listed_once` lasts."""
    listed = _LISTED.get()
    if listed is None:
        return make()
    if key not in listed:
        listed[key] = make()
    found: A = listed[key]
    return found


def entries(folder: Path) -> tuple[Entry, ...]:
    """What lies in a folder, by name, without hidden files and those of operating systems.

    Raises:
        OSError: the folder cannot be read.
    """
    return remembered(("entries", str(folder)), lambda: tuple(_entries(folder)))


def _entries(folder: Path) -> list[Entry]:
    with os.scandir(folder) as there:
        every = sorted((one for one in there if is_visible(one.name)), key=lambda one: one.name)
        return [
            Entry(Path(folder, one.name), _is(one.is_dir), _is(one.is_file), one.is_symlink())
            for one in every
        ]


def _is(asked: Callable[[], bool]) -> bool:
    try:
        return asked()
    except OSError:  # a link that leads in a circle
        return False


def is_visible(name: str) -> bool:
    """Whether a file is neither hidden nor one of those that operating systems leave."""
    return not name.startswith(".") and name.lower() not in _SYSTEM


def visible(folder: Path) -> list[Path]:
    """The paths of what lies in a folder."""
    return [entry.path for entry in entries(folder)]


def folders_in(folder: Path) -> list[Path]:
    """The folders in a folder, by name."""
    return [entry.path for entry in entries(folder) if entry.is_folder]


def files_in(folder: Path) -> list[Path]:
    """The files in a folder, by name."""
    return [entry.path for entry in entries(folder) if entry.is_file]


def image_files(folder: Path) -> list[Path]:
    """The pictures that lie in a folder, by name; hidden files are none."""
    return [path for path in files_in(folder) if path.suffix.lower() in SUFFIXES]
