"""What a user should know of data before a score is believed."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

from shoal.data.io.arrays import is_frame
from shoal.data.splitting.equal_rows import repeat_notes

if TYPE_CHECKING:
    from shoal.data.dataset import Dataset

Array = npt.NDArray[Any]

MOST_VALUES = 50
LEAST_ROWS = 20
LEAST_ROWS_PER_VALUE = 10

NEARLY = 0.9999
"""From this correlation on, of values or of their ranks, a column is a copy of the target."""

RELATED = 0.5
"""Below this correlation of values their ranks are not looked at."""

DENSE = 2
"""A column of whole numbers, all different, that leaves fewer than half of them out numbers
its rows."""

SORTED = 0.95
"""From this correlation of ranks on the numbers of rows go with a regression's target."""

RUNS = 0.2
"""Where the class changes so much more rarely than by chance, in the order of the rows'
numbers, these go with it."""


def leak_notes(dataset: Dataset) -> tuple[str, ...]:
    """A remark for each column of a table that gives the target away, or numbers the rows."""
    y, task = dataset.y, dataset.task
    if dataset.kind != "table" or y is None or y.ndim != 1:
        return ()
    if len(y) < LEAST_ROWS or len(np.unique(y)) < 2:
        return ()
    what = "the target" if dataset.target is None else f"the target {dataset.target!r}"
    found = ((name, _verdict(name, column, y, task)) for name, column in _columns(dataset.x))
    if dataset.x.shape[1] == 1:
        found = ((name, None if told == "rows" else told) for name, told in found)
    return tuple(f"column {name} {_SENTENCES[told].format(what)}" for name, told in found if told)


_SENTENCES = {
    "gives": "determines {}: if it would not be known when predicting, remove it (--drop)",
    "copies": "nearly repeats {}: if it would not be known when predicting, remove it (--drop)",
    "numbers": "numbers the rows and goes with {}: leave it out (--drop)",
    "rows": "looks like a row number: leave it out? (--drop)",
}


_IDS = re.compile(r"(?:^'?|[_ .-])(?:id|index|idx|nr|no|number|row|key)'?$|[a-z]I[dD]'?$", re.ASCII)
"""How columns that number rows are called."""


def _verdict(name: str, column: Array, y: Array, task: str) -> str | None:
    """What is wrong with a column; None if nothing is."""
    if _numbers_rows(column) and _goes_with_order(column, y, task):
        return "numbers"
    if _numbers_rows(column) and (np.ptp(column) == len(column) - 1 or _IDS.search(name)):
        return "rows"
    if task == "classification":
        return "gives" if _gives_class(column, y) else None
    return _gives_number(column, y)


def _columns(x: Any) -> Iterator[tuple[str, Array]]:
    """Names as they are told, and values; of other columns than numbers the codes."""
    if not is_frame(x):
        yield from ((str(place), x[:, place]) for place in range(x.shape[1]))
        return
    import pandas as pd

    for name in x.columns:
        column = x[name]
        if column.dtype == np.float64:
            yield repr(str(name)), column.to_numpy()
        else:
            yield repr(str(name)), pd.factorize(column, use_na_sentinel=False)[0]


def _gives_class(column: Array, y: Array) -> bool:
    """Whether it has few values, each of which goes with one class only.

    At most 50, and ten rows a value on average; a value that never repeats proves nothing.
    """
    values, codes = np.unique(column, return_inverse=True)
    count = len(values)
    if not 2 <= count <= min(MOST_VALUES, len(y) // LEAST_ROWS_PER_VALUE):
        return False
    return len(np.unique(codes * (int(y.max()) + 1) + y)) == count


def _gives_number(column: Array, y: Array) -> str | None:
    """Whether numbers are, or nearly are, a linear or a monotone function of the target."""
    if column.dtype.kind != "f":
        return None
    there = ~np.isnan(column)
    x, z = column[there], y[there]
    if len(x) < LEAST_ROWS or np.ptp(x) == 0 or np.ptp(z) == 0:
        return None
    related = _correlation(x, z)
    if related > 1 - 1e-9:
        return "gives"
    if related > NEARLY:
        return "copies"
    if related > RELATED and _correlation(_ranks(x), _ranks(z)) > NEARLY:
        return "copies"
    return None


def _numbers_rows(column: Array) -> bool:
    """Whether whole numbers, all different, leave out fewer than there are."""
    if column.dtype.kind != "f" or not np.isfinite(column).all():
        return False
    if not np.array_equal(column, np.round(column)):
        return False
    count = len(column)
    return float(np.ptp(column)) < DENSE * count and len(np.unique(column)) == count


def _goes_with_order(column: Array, y: Array, task: str) -> bool:
    """Whether the target is sorted by these numbers, or in long runs of one class."""
    ordered = y[np.argsort(column, kind="stable")]
    if task != "classification":
        return _correlation(np.arange(float(len(y))), _ranks(ordered)) > SORTED
    changes = np.count_nonzero(np.diff(ordered))
    shares = np.bincount(ordered.astype(np.int64)) / len(y)
    by_chance = (len(y) - 1) * (1 - float((shares**2).sum()))
    return bool(by_chance >= LEAST_ROWS / 4 and changes <= RUNS * by_chance)


def _correlation(x: Array, z: Array) -> float:
    with np.errstate(all="ignore"):
        return float(abs(np.corrcoef(x, z)[0, 1]))


def _ranks(values: Array) -> npt.NDArray[np.float64]:
    """The rank of each value, equal ones sharing theirs."""
    _, code, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: npt.NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[code]
    return ranks


def noted(dataset: Dataset) -> Dataset:
    """The data set with remarks on what gives the target away, and on repeated rows."""
    return replace(dataset, notes=(*dataset.notes, *leak_notes(dataset), *repeat_notes(dataset)))


P = ParamSpec("P")
R = TypeVar("R")


def shows_reading(load: Callable[P, R]) -> Callable[P, R]:
    """Let a call that takes a source and ``progress`` say on a terminal that it is reading."""

    @functools.wraps(load)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        source = args[0] if args else kwargs.get("source")
        quiet = not kwargs.get("progress", True) or source == "mnist"  # a bar of its own
        if quiet or not sys.stderr.isatty():
            return load(*args, **kwargs)
        from rich.console import Console

        from shoal.display.working import working

        console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        with working(console, f"reading {ascii(str(source))[1:-1]}"):
            return load(*args, **kwargs)

    return told
