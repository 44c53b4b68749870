"""`shoal evaluate`: a model's metrics over data with known answers."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from shoal.cli import options, text_options
from shoal.cli.reading import open_model, read_data_for
from shoal.cli.tables import finite, metrics_table
from shoal.cli.teaching import command_help
from shoal.cli.terminal import Terminal

if TYPE_CHECKING:
    from shoal.data import Dataset
    from shoal.ensemble import Ensemble
    from shoal.model import Model

HELP = command_help(
    "Score a model on data with known answers.",
    "Of the data that the model was trained on, only the test rows are scored, which it has "
    "never seen; of other data that come with test rows of their own (mnist, IDX folders), "
    "these; of any other data, all rows. --rows all scores all in any case.",
    examples=(
        "shoal evaluate digits-1.safetensors new-digits.npz",
        "shoal evaluate prices.safetensors prices-2025.csv --json",
        "shoal evaluate mnist-1.safetensors mnist --rows all",
    ),
)


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
    text: text_options.TextColumn = None,
    rows: Rows = WhichRows.TEST,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Score a model."""
    terminal = Terminal(as_json, quiet)
    trained = open_model(model)
    with terminal.working(f"reading {data}"):
        dataset = read_data_for(trained, data, target, answers=True, text=text, weight=weight)
    terminal.remark(dataset.describe())
    scored = _chosen(terminal, trained, dataset, rows)
    with terminal.working("scoring"):
        metrics = finite(trained.evaluate(scored))
    terminal.result(metrics, metrics_table({dataset.name: metrics}))


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
    if dataset.fixed_test is not None:
        terminal.remark(
            f"note: scored are the {len(dataset.fixed_test):,} rows that are for the test "
            "(--rows all: all)"
        )
        return dataset.rows(dataset.fixed_test)
    if known:
        terminal.warn("note: data of this name were trained on; these rows may be among them")
    return dataset
