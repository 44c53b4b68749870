"""Every error that shoal raises on purpose, in one tree.

    ShoalError
    ├── SpaceError        a range or a search space that makes no sense
    ├── NetworkError      an impossible graph or layer
    ├── RecipeError       a training recipe that cannot be followed
    ├── DataError         a data set that cannot be read or used
    ├── TrainingError     training that cannot be started or went wrong
    ├── StudyError        a study file that cannot be read, written or resumed
    ├── ModelError        a model file that cannot be read or does not fit
    ├── KernelError       a compute kernel that was asked for but is not there
    └── ComponentError    a class that cannot be a layer, a loss or another component

What is wrong with a value is a ValueError too, what is wrong with a class a TypeError, as it
would be elsewhere.

Beside it stands one warning, `ShoalWarning`: a remark on inputs that a model answers
all the same.

A message states the rule, what was expected, what was received, where, and
what to do about it. The command line prints it and exits with status 2.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Self


class ShoalError(Exception):
    """A rule that the caller broke, told so that the caller can mend it.

    Args:
        rule: the rule in one sentence.
        expected: what the rule asks for here.
        received: what came instead.
        where: the place: a layer, an argument, a file with line and column.
        hint: what to do about it.
    """

    def __init__(
        self,
        rule: str,
        *,
        expected: object = None,
        received: object = None,
        where: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.rule = rule
        self.expected = expected
        self.received = received
        self.where = where
        self.hint = hint
        super().__init__(self._message())

    def at(self, where: str) -> Self:
        """The same error, told of another place."""
        return type(self)(
            self.rule,
            expected=self.expected,
            received=self.received,
            where=where,
            hint=self.hint,
        )

    def _message(self) -> str:
        text = f"{self.where}: {self.rule}" if self.where else self.rule
        if self.expected is not None:
            text += f"; expected {self.expected}"
        if self.received is not None:
            text += f"; received {self.received}"
        if self.hint:
            text += f". {self.hint}"
        return text


class ShoalWarning(UserWarning):
    """A remark on inputs that a model answers, though training had nothing like them."""


class SpaceError(ShoalError, ValueError):
    """A range or a search space that makes no sense."""


class NetworkError(ShoalError, ValueError):
    """An impossible graph or layer."""


class RecipeError(ShoalError, ValueError):
    """A training recipe that cannot be followed."""


class DataError(ShoalError, ValueError):
    """A data set that cannot be read or used."""


class TrainingError(ShoalError):
    """Training that cannot be started or went wrong."""


class StudyError(ShoalError):
    """A study file that cannot be read, written or resumed."""


class ModelError(ShoalError):
    """A model file that cannot be read or does not fit."""


class KernelError(ShoalError):
    """A compute kernel that was asked for but is not there."""


class ComponentError(ShoalError, TypeError):
    """A class that cannot be a layer, a loss or another component."""


def did_you_mean(name: str, names: Iterable[str], *, least: float = 0.6) -> str | None:
    """Return a hint that names the closest of some names; None where none is near.

    Args:
        name: what was given.
        names: what there is.
        least: how near it must be, from 0 to 1.
    """
    near = difflib.get_close_matches(name, list(names), 1, least)
    return f"Did you mean {near[0]!r}?" if near else None


def near_file(path: Path, *, any_suffix: bool = False) -> str | None:
    """Return a hint that names a file beside a path that is not there; None where none is near.

    Args:
        path: what was given.
        any_suffix: whether a file of another kind may be meant.
    """
    try:
        beside = [
            entry.name
            for entry in path.parent.iterdir()
            if any_suffix or entry.suffix == path.suffix
        ]
    except OSError:
        return None
    near = difflib.get_close_matches(path.name, beside, 1, 0.7)
    return f"Did you mean {str(path.with_name(near[0]))!r}?" if near else None
