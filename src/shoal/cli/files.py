"""Where results go: checks before anything is trained, and names of files that are to come.

A name is claimed by making an empty file of it, which the system does for one run alone,
however many ask at once. What is written later takes its place in one step. Where nothing was
written, because of an error or Ctrl-C, the empty file is removed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from shoal.errors import DataError, ShoalError, StudyError

STUDY_SUFFIX = ".study"
MODEL_SUFFIX = ".safetensors"


def stem_of(data: str) -> str:
    """The name of a data set, or of its file or folder without the end."""
    from shoal.data.io.files import table_stem  # needs numpy: not for --help

    name = Path(data).resolve().name if Path(data).is_dir() else table_stem(data)
    return name.lstrip(".") or "shoal"


def check_writable(path: Path, option: str, error: type[ShoalError]) -> None:
    """Raise unless a file can be written there; what is there is left as it is."""
    folder = path.parent
    try:
        if path.is_dir():
            raise error(f"{option} names a file", received="a folder", where=str(path))
        if not folder.is_dir():
            raise error(
                f"{option} names a file in a folder that exists",
                received="no such folder",
                where=str(path),
                hint=f"Create it first: mkdir -p {folder}",
            )
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:  # also where nobody may look into the folder
        raise error(
            f"{option} names a file in a folder that can be written",
            received=problem.strerror or str(problem),
            where=str(path),
        ) from None


def check_free(path: Path, option: str, error: type[ShoalError], *, force: bool) -> None:
    """Raise unless a new file can be written there, or one replaced if that is asked for."""
    check_writable(path, option, error)
    if os.path.lexists(path) and not force:
        raise error(
            "a file that is there is not overwritten",
            where=str(path),
            hint=f"Give another {option}, or replace it with --force.",
        )


def check_different(paths: dict[str, Path | None]) -> None:
    """Raise if two options, or an option and an input, name one file."""
    seen: dict[Path, str] = {}
    for option, path in paths.items():
        if path is None:
            continue
        other = seen.setdefault(path.resolve(), option)
        if other != option:
            raise DataError(
                "every file that is read or written has its own name",
                where=str(path),
                received=f"{other} and {option} name the same file",
            )


def umask() -> int:
    """What the user's new files are not to allow."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def prepare_study_path(path: Path, *, force: bool) -> Iterator[None]:
    """Make room for a new study, and clean up if the search never began.

    A study that is to be replaced is kept aside until the new one has a trial.

    Raises:
        StudyError: what is there is no study, or is being written.
    """
    aside = _moved_aside(path) if force and os.path.lexists(path) else None
    try:
        yield
    except BaseException:
        if _discarded(path) and aside is not None:
            os.replace(aside, path)
            aside = None
        raise
    finally:
        if aside is not None:
            aside.unlink()


def _moved_aside(path: Path) -> Path:
    """Rename a study that nobody is writing."""
    from shoal.store import StudyFile

    if path.stat().st_size:
        StudyFile.open(path, write=True).close()
    aside = path.with_name(f".{path.name}.{os.getpid()}.old")
    os.replace(path, aside)
    return aside


def _discarded(path: Path) -> bool:
    """Remove a study that has no trial; whether the place is free then."""
    from shoal.store import StudyFile

    if not os.path.lexists(path):
        return True
    try:
        StudyFile.open(path, write=True).close()
    except StudyError:  # someone else's, and in use
        return False
    if has_trials(path):
        return False
    with suppress(OSError):
        path.unlink()
    return True


def has_trials(path: Path) -> bool:
    """Whether there is a study with at least one trial."""
    from shoal.store import StudyFile

    try:
        with StudyFile.open(path) as study:
            return bool(study.counts())
    except StudyError:
        return False


__all__ = [
    "MODEL_SUFFIX",
    "STUDY_SUFFIX",
    "check_different",
    "check_free",
    "check_writable",
    "has_trials",
    "prepare_study_path",
    "stem_of",
    "umask",
]


class Claims:
    """Names that this run has taken, until it ends. A context manager."""

    def __init__(self) -> None:
        self._taken: list[tuple[Path, os.stat_result]] = []

    def free_names(
        self, data: str, *suffixes: str, option: str, error: type[ShoalError]
    ) -> list[Path]:
        """Take new files in the current folder, named after the data, such as ``digits-1.study``.

        All have the first number at which none of them is there.

        Raises:
            ShoalError: the folder cannot be written.
        """
        if not suffixes:
            return []
        stem = stem_of(data)
        check_writable(Path(f"{stem}{suffixes[0]}"), option, error)
        for number in count(1):
            paths = [Path(f"{stem}-{number}{suffix}") for suffix in suffixes]
            if self._take_all(paths):
                return paths
        raise AssertionError("numbers do not end")

    def take(
        self, path: Path, option: str, error: type[ShoalError], *, force: bool = False
    ) -> Path:
        """Take a name that was asked for; with ``force`` what is there is left to be replaced.

        Raises:
            ShoalError: it is there already, or no file can be written there.
        """
        check_free(path, option, error, force=force)
        if not (force or self._take_all([path])):
            check_free(path, option, error, force=False)
        return path

    def _take_all(self, paths: list[Path]) -> bool:
        """Take all of them, or none."""
        before = len(self._taken)
        for path in paths:
            try:
                made = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
            except FileExistsError:
                self._release(before)
                return False
            self._taken.append((path, os.fstat(made)))
            os.close(made)
        return True

    def _release(self, first: int = 0) -> None:
        """Remove what is as empty as it was made."""
        for path, made in self._taken[first:]:
            with suppress(OSError):
                now = os.lstat(path)
                if os.path.samestat(now, made) and now.st_size == 0:
                    os.unlink(path)
        del self._taken[first:]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._release()
