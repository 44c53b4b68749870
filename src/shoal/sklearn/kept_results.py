"""The file of a cross-validation on its way: what is done is not trained again.

One JSON document a line: first what was asked for, then what each fit came to, as soon as it
is scored. A line that was cut off, by a kill or a full disk, is as if it were not there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shoal.data import Dataset
from shoal.data.splitting.unseen_rows import digest_of
from shoal.errors import StudyError
from shoal.utils.schema import (
    Schema,
    SchemaError,
    by_name,
    either,
    one_of,
    record,
    text,
    whole,
)

VERSION = 1

_Number = float | int


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, _Number):
        raise SchemaError("a number", value)
    return value


_SCORES: Schema = either(_number, by_name(_number))

_HEADER = record({
    "format": one_of("shoal cross-validation"), "version": one_of(VERSION),
    "seed": whole(), "asked": by_name(text),
})  # fmt: skip

_RESULT = record(
    {"fit": whole(), "test_scores": _SCORES, "score_time": _number, "n_test_samples": whole()},
    {"train_scores": _SCORES},
)

_TIMES = record({"fit_time": by_name(_number)})


class ResultCache:
    """The results in a file, and those that come.

    Args:
        path: the file; it is begun if it is not there or empty.
        asked: digests of all that decides the results, by what they are of.
        seed: of a search that begins; one that goes on has the file's.

    Raises:
        StudyError: a file of something else, or of another search.
    """

    def __init__(self, path: str | os.PathLike[str], asked: Mapping[str, str], seed: int) -> None:
        self.path = Path(path)
        self.seed = seed
        self.results: dict[int, dict[str, Any]] = {}
        try:
            lines = self.path.read_bytes().split(b"\n") if self.path.exists() else [b""]
        except OSError as error:
            raise self._unusable(str(error)) from None
        if lines == [b""]:
            header = {"format": "shoal cross-validation", "version": VERSION}
            self._write({**header, "seed": seed, "asked": dict(asked)})
            return
        if lines[-1]:
            self._cut(len(lines[-1]))
        self._read([self._parsed(line) for line in lines[:-1]], asked)

    def add(self, fit: int, out: Mapping[str, Any]) -> None:
        """Write what a fit came to."""
        kept = ("test_scores", "train_scores", "score_time", "n_test_samples")
        self._write({"fit": fit, **{name: out[name] for name in kept if name in out}})

    def add_times(self, seconds: Mapping[int, float]) -> None:
        """Write how long fits took."""
        if seconds:
            self._write({"fit_time": {str(fit): value for fit, value in seconds.items()}})

    def _read(self, documents: Sequence[Any], asked: Mapping[str, str]) -> None:
        try:
            header = _HEADER(documents[0])
            for document in documents[1:]:
                if "fit_time" in document:
                    for fit, seconds in _TIMES(document)["fit_time"].items():
                        self.results[int(fit)]["fit_time"] = seconds
                else:
                    own = dict(_RESULT(document))
                    self.results[own.pop("fit")] = {**own, "fit_error": None, "fit_time": np.nan}
        except (SchemaError, KeyError, TypeError, ValueError) as error:
            raise self._unusable(str(error)) from None
        self.seed = header["seed"]
        for what, digest in asked.items():
            if header["asked"].get(what) != digest:
                raise StudyError(
                    f"a search goes on with the {what} that it began with",
                    expected=header["asked"].get(what, "none")[:12],
                    received=digest[:12],
                    where=str(self.path),
                    hint="Give what it began with, random_state of the splitter and of "
                    "the draws included, or begin anew in another file.",
                )

    def _parsed(self, line: bytes) -> Any:
        try:
            return json.loads(line)
        except ValueError as error:
            raise self._unusable(str(error)) from None

    def _write(self, document: Mapping[str, Any]) -> None:
        line = json.dumps(document, default=_plain).encode() + b"\n"
        try:
            with self.path.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._unusable(str(error)) from None

    def _cut(self, length: int) -> None:
        """Take the line that was cut off out of the file."""
        with self.path.open("r+b") as file:
            file.truncate(self.path.stat().st_size - length)

    def _unusable(self, received: str) -> StudyError:
        return StudyError(
            "the file of a cross-validation can be read and written, and holds nothing else",
            received=received,
            where=str(self.path),
        )


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is no plain data")


def digest(*values: Any) -> str:
    """SHA-256 of arrays, and of other values by their repr."""
    state = hashlib.sha256()
    for value in values:
        if isinstance(value, Dataset):
            state.update(digest_of(value).encode())
        elif isinstance(value, np.ndarray) and value.dtype != object:
            state.update(f"{value.dtype.str}{value.shape}".encode())
            state.update(np.ascontiguousarray(value).tobytes())
        else:
            state.update(_told(value).encode())
    return state.hexdigest()


def _told(value: Any) -> str:
    """The value in words: networks and recipes whole, others by their representation."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {_told(own)}' for key, own in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_told, value))}]"
    if hasattr(value, "get_params") and not isinstance(value, type):
        return f"{type(value).__name__}({_told(value.get_params(deep=False))})"
    if hasattr(value, "to_json"):
        return json.dumps(value.to_json())
    return getattr(value, "__qualname__", None) or repr(value)
