"""Where results go: checks before anything is trained."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shoal.errors import DataError, ShoalError, StudyError

STUDY_SUFFIX = ".study"
MODEL_SUFFIX = ".safetensors"


def stem_of(data: str) -> str:
    """The name of a data set, or of its file or folder without the end."""
    from shoal.data.table_files import table_stem  # needs numpy: not for --help

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
def study_place(path: Path, *, force: bool) -> Iterator[None]:
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
    "stem_of",
    "study_place",
    "umask",
]
