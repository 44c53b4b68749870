"""Tables of results for the terminal, drawn for 80 columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from shoal.cli.terminal import printable
from shoal.wording import number_text, spread_text

if TYPE_CHECKING:
    from shoal.ensemble import Ensemble
    from shoal.model import Model

WIDTH = 80
"""Columns of a terminal, at least."""

_PARTS = 4
"""Of a lineage that stand side by side."""


def metrics_table(
    columns: Mapping[str, Mapping[str, Any] | None], positive: str | None = None
) -> Table:
    """Metrics by split.

    Args:
        columns: heading → metric → a number, or ``{"mean": …, "std": …}``.
        positive: of two classes the one that some metrics are of.
    """
    from shoal.report.wording import metric_name

    present = {heading: values for heading, values in columns.items() if values}
    table = _table("metric", *present)
    names = dict.fromkeys(name for values in present.values() for name in values)
    for name in names:
        cells = [_metric(values.get(name)) for values in present.values()]
        table.add_row(_text(metric_name(name, positive)), *cells)
    return table


def class_table(by_class: Mapping[str, Mapping[str, Any]], heading: str = "class") -> Table:
    """Metrics of each class, and their mean."""
    table = _table(heading, *by_class)
    names = dict.fromkeys(name for values in by_class.values() for name in values)
    for name in names:
        cells = [_metric(_finite(values.get(name))) for values in by_class.values()]
        table.add_row(_text(name), *cells)
    means = [_metric(_finite(mean_of(values))) for values in by_class.values()]
    table.add_section()
    table.add_row(_text("mean"), *means)
    return table


def mean_of(values: Mapping[str, Any]) -> float | None:
    """The mean of those that are numbers."""
    known = [value for value in map(_finite, values.values()) if value is not None]
    return sum(known) / len(known) if known else None


def positive_as_data(model: Model | Ensemble) -> dict[str, str]:
    """The class of two that metrics are of, for ``--json``; nothing where there are not two."""
    positive = model.preprocessing.positive_class
    return {} if positive is None else {"positive": positive}


def values_table(heading: str, values: Mapping[str, Any]) -> Table:
    """Names and values, such as hyperparameters."""
    table = _table(heading, "value")
    for name, value in values.items():
        table.add_row(_text(name), _text(number_text(value)))
    return table


def schedule_tables(schedule: Sequence[Mapping[str, Any]]) -> list[Table]:
    """Hyperparameters by epoch, a column for each part of a trial's lineage; a few a table."""
    return [_schedule(schedule[k : k + _PARTS]) for k in range(0, len(schedule), _PARTS)]


def _schedule(schedule: Sequence[Mapping[str, Any]]) -> Table:
    from shoal.report.wording import epochs_text

    table = _table("epochs", *(epochs_text(part["first"], part["last"]) for part in schedule))
    for name in schedule[0]["hyperparams"]:
        table.add_row(_text(name), *(_text(number_text(p["hyperparams"][name])) for p in schedule))
    return table


def rows_table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """A table of rows, the first column of which is a heading."""
    table = _table(*headings)
    for row in rows:
        table.add_row(*(_text(number_text(cell, zeros=True)) for cell in row))
    return table


def finite(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Metrics as numbers; what is not finite, or is stored as its name, becomes None."""
    return {name: _finite(value) for name, value in (values or {}).items()}


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return finite(value)
    if isinstance(value, str) or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value


def _table(first: str, *rest: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(_text(first), overflow="fold")
    for heading in rest:
        table.add_column(_text(heading), justify="right")
    return table


def _metric(value: Any) -> Text:
    if value is None:
        return Text("–", style="dim")
    if isinstance(value, Mapping):
        return Text(spread_text(value["mean"], value["std"]))
    return Text(number_text(value, zeros=True))


def _text(text: str) -> Text:
    return Text(printable(text))
