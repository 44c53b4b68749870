"""What stands beside each prediction: the file it is of, and columns of the table."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shoal.cli.reading import TABLES
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data import Dataset


def kept_columns(
    source: str, dataset: Dataset, keep: Sequence[str]
) -> tuple[list[str], list[Sequence[str]]]:
    """Headings and columns that come before the predictions.

    Args:
        source: the data, as they were named.
        dataset: what was read there.
        keep: names of a table's columns; their cells stay as they were written.

    Raises:
        DataError: data that are no table, or a table without such a column.
    """
    headings: list[str] = []
    columns: list[Sequence[str]] = []
    if dataset.example_names:
        headings.append("file")
        columns.append(dataset.example_names)
    if keep:
        headings += keep
        columns += _cells(Path(source), dataset, keep)
    return headings, columns


def _cells(path: Path, dataset: Dataset, keep: Sequence[str]) -> list[Sequence[str]]:
    from shoal.data.sheet import read_sheet

    if path.suffix.lower() not in TABLES:
        raise DataError(
            "columns are kept of a table",
            expected="a .csv or .tsv",
            received=path.suffix or "no end of a name",
            where=str(path),
            hint="Leave --keep out; of texts and pictures in files the first column is the file.",
        )
    sheet = read_sheet(path, dataset.encoding)
    by_name: dict[str, Sequence[str]] = dict(zip(sheet.names, sheet.columns, strict=True))
    for name in keep:
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, 1, 0.6)
            raise DataError(
                "a column that is kept is one of the table",
                expected=", ".join(by_name),
                received=repr(name),
                where=f"{path}: --keep",
                hint=f"Did you mean {near[0]!r}?" if near else None,
            )
    found = [by_name[name] for name in keep]
    if any(len(column) != len(dataset) for column in found):
        raise DataError(
            "a table has a cell of each column for every prediction",
            expected=f"{len(dataset)} rows",
            received=f"{len(found[0])}",
            where=str(path),
        )
    return found
