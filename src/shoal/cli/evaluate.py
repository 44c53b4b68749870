"""`shoal evaluate`: a model's metrics over data with known answers."""

from __future__ import annotations

from shoal.cli import options, text_options
from shoal.cli.reading import open_model, read_data_for
from shoal.cli.tables import finite, metrics_table
from shoal.cli.teaching import command_help
from shoal.cli.terminal import Terminal

HELP = command_help(
    "Score a model on data with known answers.",
    "All rows are scored. Of the data that a model was trained on only its test split is "
    "unseen; how it did there is told by: shoal show MODEL",
    examples=(
        "shoal evaluate digits-1.safetensors new-digits.npz",
        "shoal evaluate prices.safetensors prices-2025.csv --json",
    ),
)


def evaluate(
    model: options.ModelFile,
    data: options.Data,
    target: options.Target = None,
    weight: options.Weight = None,
    text: text_options.TextColumn = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Score a model."""
    terminal = Terminal(as_json, quiet)
    trained = open_model(model)
    dataset = read_data_for(trained, data, target, answers=True, text=text, weight=weight)
    metrics = finite(trained.evaluate(dataset))
    terminal.remark(dataset.describe())
    if trained.info.get("dataset") == dataset.name:
        terminal.remark("note: the model was trained on part of these rows")
    terminal.result(metrics, metrics_table({dataset.name: metrics}))
