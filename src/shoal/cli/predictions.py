"""Predictions as a table: what stands beside each, and what a model says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shoal.errors import DataError, ModelError, did_you_mean

if TYPE_CHECKING:
    from shoal.data import Dataset
    from shoal.models.ensemble import Ensemble
    from shoal.models.model import Model


def carried_columns(
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
        columns += [_cells(source, dataset, name) for name in keep]
    return headings, columns


def _cells(source: str, dataset: Dataset, name: str) -> Sequence[str]:
    from shoal.data.io.typed_tables import texts_of_column

    cells = dataset.cells
    if cells is None:
        raise DataError(
            "columns are kept of a table in a file",
            expected="such as a .csv",
            received=f"{source!r}",
            hint="Leave --keep out; of texts and pictures in files the first column is the file.",
        )
    names = list(map(str, cells.columns))
    if name not in names:
        raise DataError(
            "a column that is kept is one of the table",
            expected=", ".join(names),
            received=repr(name),
            where=f"{source}: --keep",
            hint=did_you_mean(name, names),
        )
    return texts_of_column(cells[name])


def prediction_columns(
    model: Model | Ensemble, dataset: Dataset | list[str]
) -> tuple[list[str], list[list[Any]]]:
    """Headings and columns."""
    names = model.preprocessing.classes  # as they were written
    if model.task == "classification":
        try:
            shares = model.predict_proba(dataset)
        except ModelError:  # trained to give no probabilities
            place = {value: i for i, value in enumerate(model.classes.tolist())}
            found = [names[place[value]] for value in model.predict(dataset).tolist()]
            return ["prediction"], [found]
        best = [names[i] for i in shares.argmax(axis=1)]
        return ["prediction", *(f"p_{name}" for name in names)], [best, *shares.T.tolist()]
    values = model.predict(dataset)
    if model.task == "multi-label":
        return list(names), list(values.T.tolist())
    if values.ndim == 1:
        return ["prediction"], [values.tolist()]
    return [f"prediction_{i + 1}" for i in range(values.shape[1])], list(values.T.tolist())
