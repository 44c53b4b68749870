"""`shoal evaluate`: a model's metrics over data with known answers."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType

from shoal.cli import data_options, options
from shoal.cli.reading import open_model, printing_remarks, read_data_for
from shoal.cli.terminal import Terminal, command_help
from shoal.cli.winner import class_table, finite, mean_of, metrics_table, positive_as_data

if TYPE_CHECKING:
    from shoal.data import Dataset
    from shoal.models.ensemble import Ensemble
    from shoal.models.model import Model

HELP = command_help(
    "Score a model on data with known answers.",
    "Of the data that the model was trained on, only the test rows are scored, which it has "
    "never seen; of other data that come with test rows of their own (mnist, IDX folders), "
    "these; of any other data, all rows. --rows all scores all in any case.",
    examples=(
        "shoal evaluate digits-1.safetensors new-digits.npz",
        "shoal evaluate prices.safetensors prices-2025.csv --json",
        "shoal evaluate prices-1.study prices-2025.csv --single",
        "shoal evaluate mnist-1.safetensors mnist --rows all",
    ),
)

MOST_CLASSES = 30
"""Classes of which each has a line on the screen, at most."""


class WhichRows(StrEnum):
    """Which rows are scored."""

    TEST = "test"
    ALL = "all"


Rows = Annotated[
    WhichRows,
    typer.Option(help="test: only rows that are for the test, where the data have such; all."),
]


def evaluate(
    model: options.ModelFile,
    data: options.Data,
    target: options.Target = None,
    weight: options.Weight = None,
    text: data_options.TextColumn = None,
    encoding: data_options.Encoding = None,
    header: data_options.Header = None,
    skip_broken: data_options.SkipBroken = False,
    images: data_options.Images = None,
    rows: Rows = WhichRows.TEST,
    single: options.Single = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Score a model."""
    terminal = Terminal(as_json, quiet)
    trained = open_model(model, single=single)
    with terminal.working(f"reading {data}"):
        dataset = read_data_for(
            trained, data, target, answers=True, text=text, weight=weight, encoding=encoding,
            header=header, skip_broken=skip_broken,
            images=images,
        )  # fmt: skip
    terminal.remark(dataset.describe())
    scored = _chosen(terminal, trained, dataset, rows)
    with printing_remarks(terminal, dataset.notes), terminal.working("scoring"):
        metrics = finite(trained.evaluate(scored))
        each = finite(trained.by_class(scored)) if trained.task != "regression" else {}
    few = 1 < len(trained.classes) <= MOST_CLASSES and each
    shown: list[RenderableType] = ["", class_table(each)] if few else []
    terminal.result(
        {**metrics, **positive_as_data(trained), **_each_as_data(each)},
        metrics_table({dataset.name: metrics}, trained.preprocessing.positive_class),
        *shown,
    )


def _each_as_data(each: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    if not each:
        return {}
    return {"by_class": each, "class_mean": {k: mean_of(values) for k, values in each.items()}}


def _chosen(
    terminal: Terminal, model: Model | Ensemble, dataset: Dataset, rows: WhichRows
) -> Dataset:
    """The rows that are scored; what they are is told."""
    unseen = model.unseen_rows(dataset)
    known = unseen is not None or model.info.get("dataset") == dataset.name
    if rows is WhichRows.ALL:
        if known:
            terminal.warn("note: the model was trained on part of these rows")
        return dataset
    if unseen is not None:
        terminal.remark(
            f"note: the model was trained on these data: scored are its {len(unseen):,} test "
            "rows, which it has never seen (--rows all: all)"
        )
        return dataset.rows(unseen)
    kept = dataset.test_rows
    if kept is not None:
        terminal.remark(
            f"note: scored are the {len(kept):,} rows that are for the test (--rows all: all)"
        )
        return dataset.rows(kept)
    if known:
        terminal.warn("note: data of this name were trained on; these rows may be among them")
    return dataset
