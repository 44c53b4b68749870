"""Pictures, masks or texts with a split, as every method gets them: one npz file, no pickle."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

Kind = Literal["image", "mask", "text"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Problem:
    """Examples, and which of them are for what.

    Attributes:
        name: of the set.
        kind: pictures of classes, pictures with a mask each, or texts of classes.
        x: pictures of shape (n, height, width, channels) as they were read, or strings of
            shape (n,).
        y: classes from 0, of shape (n,) or, of masks, (n, height, width).
        learn: rows for a method to train, validate and search on as it likes.
        test: rows that score, and that no method sees.
        validation: those of the rows to learn from that the set's publishers keep for
            validation; without, of shape (0,).
    """

    name: str
    kind: Kind
    x: Array
    y: Array
    learn: Array
    test: Array
    validation: Array

    @property
    def classes(self) -> int:
        """How many there are."""
        return int(self.y.max()) + 1

    @property
    def steering(self) -> tuple[Array, Array]:
        """Rows that train and rows that validate, for a method that has no rule of its own.

        A fifth of the rows to learn from validates, or what the set keeps for it.
        """
        if len(self.validation):
            return np.setdiff1d(self.learn, self.validation), self.validation
        order = np.random.RandomState(0).permutation(self.learn)
        kinds = self.y[order] if self.kind != "mask" else np.zeros(len(order), np.int64)
        ranked = order[np.argsort(kinds, kind="stable")]  # each class in turn: a stratified fifth
        return np.sort(np.delete(ranked, np.s_[2::5])), np.sort(ranked[2::5])

    def fingerprint(self) -> str:
        """A short fingerprint of the test rows' numbers."""
        return f"{zlib.crc32(np.asarray(self.test, '<i8').tobytes()):08x}"

    def save(self, path: Path) -> Path:
        """Writes it as one npz file."""
        np.savez(
            path, name=self.name, kind=self.kind, x=self.x, y=self.y, learn=self.learn,
            test=self.test, validation=self.validation,
        )  # fmt: skip
        return path

    @classmethod
    def load(cls, path: Path | str) -> Problem:
        """What `save` wrote."""
        with np.load(path, allow_pickle=False) as found:
            kind: Any = str(found["kind"])
            arrays = (found[key] for key in ("x", "y", "learn", "test", "validation"))
            return cls(str(found["name"]), kind, *arrays)
