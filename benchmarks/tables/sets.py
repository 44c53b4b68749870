"""The sets of the row `tables`, each as a DataFrame of inputs and an array of targets.

Those of scikit-learn come with it; the others are read from a folder (`TABLES_FOLDER`),
whose files are as their publishers left them. Classes are numbered in the order of their
names. Nothing is scaled, filled in or left out but columns that repeat the target.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

FOLDER = "TABLES_FOLDER"
"""The environment variable that names the folder of tables."""

Task = Literal["regression", "classification"]


@dataclass(frozen=True)
class Problem:
    """A table and what is to be predicted from it.

    Attributes:
        name: of the set.
        task: of its target.
        x: inputs, of shape (n, columns); text columns are categories.
        y: numbers, or classes as whole numbers from 0; of shape (n,).
    """

    name: str
    task: Task
    x: pd.DataFrame
    y: np.ndarray

    def rows(self, which: np.ndarray) -> Problem:
        """The same with some of the rows."""
        x = self.x.iloc[which].reset_index(drop=True)
        return Problem(self.name, self.task, x, self.y[which])


def california(folder: Path) -> tuple[pd.DataFrame, Any]:
    table = pd.read_csv(folder / "california_housing.csv")
    return table, table.pop("median_house_value") / 1000  # thousands of dollars


def adult(folder: Path) -> tuple[pd.DataFrame, Any]:
    files = [folder / f"adult-{part}.csv" for part in ("train", "test")]
    parts = [pd.read_csv(f, header=None, skipinitialspace=True, na_values="?") for f in files]
    table = pd.concat(parts, ignore_index=True)
    return table, table.pop(14).str.rstrip(".")


def taxi(folder: Path) -> tuple[pd.DataFrame, Any]:
    table = pd.read_csv(folder / "taxi-fare.csv")
    return table, table.pop("fare_amount")


def wine_white(folder: Path) -> tuple[pd.DataFrame, Any]:
    table = pd.read_csv(folder / "winequality-white.csv", header=None)
    return table, table.pop(11)


def titanic(folder: Path) -> tuple[pd.DataFrame, Any]:
    table = pd.read_csv(folder / "titanic.csv").drop(columns="alive")  # repeats the target
    return table, table.pop("survived")


def heart(folder: Path) -> tuple[pd.DataFrame, Any]:
    table = pd.read_csv(folder / "heart.csv", sep=";", header=None, encoding="utf-8-sig")
    return table, table.pop(13)


def letter(folder: Path) -> tuple[pd.DataFrame, Any]:
    text = (folder / "letter.arff").read_text(encoding="utf-8", errors="replace")
    body = text[text.lower().index("@data") + len("@data") :]
    table = pd.read_csv(StringIO(body), header=None, comment="%", skip_blank_lines=True)
    return table, table.pop(16)


def _uci(name: str) -> Callable[[Path], tuple[pd.DataFrame, Any]]:
    def read(folder: Path) -> tuple[pd.DataFrame, Any]:
        table = pd.read_csv(folder / "uci" / name / "data.csv.gz", header=None)
        return table, table.pop(table.columns[-1])

    return read


def _bundled(name: str) -> Callable[[Path], tuple[pd.DataFrame, Any]]:
    def read(_: Path) -> tuple[pd.DataFrame, Any]:
        from sklearn import datasets

        bunch = getattr(datasets, f"load_{name}")(as_frame=True)
        return bunch.data, bunch.target

    return read


BUNDLED: Mapping[str, Task] = {
    "wine": "classification",
    "diabetes": "regression",
    "breast-cancer": "classification",
    "digits": "classification",
}
"""Those of scikit-learn."""

SETS: Mapping[str, tuple[Task, Callable[[Path], tuple[pd.DataFrame, Any]]]] = {
    **{name: (task, _bundled(name.replace("-", "_"))) for name, task in BUNDLED.items()},
    "yacht": ("regression", _uci("yacht")),
    "heart": ("classification", heart),
    "energy": ("regression", _uci("energy")),
    "titanic": ("classification", titanic),
    "concrete": ("regression", _uci("concrete")),
    "airfoil": ("regression", _uci("airfoil")),
    "wine-white": ("regression", wine_white),
    "california": ("regression", california),
    "letter": ("classification", letter),
    "protein": ("regression", _uci("protein")),
    "adult": ("classification", adult),
    "taxi": ("regression", taxi),
}
"""Small ones first, the bundled ones ahead."""

QUICK = ("diabetes", "heart", "energy", "concrete")
"""What `make bench` looks at."""


def read(name: str, folder: str | None = None) -> Problem:
    """A set by its name.

    Args:
        name: one of `SETS`.
        folder: where the files are; of bundled sets it is not looked at.

    Raises:
        FileNotFoundError: the set is not bundled, and the folder does not have it.
    """
    task, reader = SETS[name]
    x, y = reader(Path(folder or "."))
    x = x.set_axis([str(column) for column in x.columns], axis="columns")
    text = [c for c in x.columns if not pd.api.types.is_numeric_dtype(x[c])]
    x = x.astype(dict.fromkeys(text, "category"))
    if task == "regression":
        return Problem(name, task, x, np.asarray(y, np.float64))
    _, codes = np.unique(np.asarray(y), return_inverse=True)
    return Problem(name, task, x, codes)


def available(folder: str | None) -> tuple[str, ...]:
    """Names of the sets that can be read: all, or without the folder the bundled ones."""
    return tuple(SETS) if folder and Path(folder).is_dir() else tuple(BUNDLED)


def folder_asked() -> str | None:
    """What `TABLES_FOLDER` says, as a whole path."""
    folder = os.environ.get(FOLDER, "")
    return str(Path(folder).resolve()) if folder else None
