"""Names of files that are to come, taken so that no other run takes them meanwhile.

A name is taken by making an empty file of it, which the system does for one run alone, however
many ask at once. What is written later takes its place in one step; where nothing was written,
because of an error or Ctrl-C, the empty file goes away.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from shoal.cli.places import check_free, check_writable, stem_of
from shoal.errors import ShoalError


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
