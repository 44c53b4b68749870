"""`shoal train`: one network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from shoal.cli import data_options, options, text_options
from shoal.cli.claims import Claims
from shoal.cli.display import watching
from shoal.cli.failures import INTERRUPTED
from shoal.cli.places import MODEL_SUFFIX, check_different
from shoal.cli.plan import make_plan, read_network_option
from shoal.cli.reading import read_data
from shoal.cli.result import cost_line, file_lines
from shoal.cli.tables import finite, metrics_table, positive_as_data
from shoal.cli.teaching import command_help
from shoal.cli.terminal import Terminal
from shoal.cli.text_options import asked_tokenization
from shoal.errors import ModelError
from shoal.usual import SEED, TEST, VALIDATION

if TYPE_CHECKING:
    from shoal.model import Model


HELP = command_help(
    "Train one network, and save it with the weights of its best epoch.",
    "The data are split once: training, validation (which epoch was best, when to stop) "
    "and test (scored once, at the end).",
    examples=(
        "shoal train digits",
        "shoal train house-prices.csv --target price --epochs 200",
        "shoal train mnist-5k --network my-network.toml --out mine.safetensors",
    ),
    network=True,
)


def train(
    data: options.Data,
    network: options.NetworkFile = None,
    target: options.Target = None,
    task: data_options.Task = None,
    drop: data_options.Drop = None,
    categorical: data_options.Categorical = None,
    numeric: data_options.Numeric = None,
    dates: data_options.Dates = None,
    header: data_options.Header = None,
    positive: data_options.Positive = None,
    channels: data_options.Channels = None,
    scaling: data_options.Scaling = None,
    weight: options.Weight = None,
    text: text_options.TextColumn = None,
    vocabulary: text_options.Vocabulary = None,
    text_length: text_options.TextLength = None,
    lowercase: text_options.Lowercase = False,
    encoding: text_options.Encoding = None,
    groups: options.Groups = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    patience: options.Patience = None,
    validation: options.Validation = VALIDATION,
    test: options.Test = TEST,
    objective: options.ObjectiveName = None,
    seed: options.Seed = SEED,
    out: options.ModelOut = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Train one network."""
    from shoal.wiring import train as train_network

    terminal = Terminal(as_json, quiet)
    check_different({"DATA": Path(data), "--network": network, "--out": out})
    with Claims() as claims:
        path = _place(claims, data, out, force=force)
        file = read_network_option(network)
        read = read_data(
            terminal, data, target, text,
            asked_tokenization(vocabulary, text_length, lowercase), weight, groups,
            task=task, drop=drop, positive=positive, encoding=encoding, channels=channels,
            scaling=scaling, categorical=categorical, numeric=numeric, dates=dates,
            header=header,
        )  # fmt: skip
        plan = make_plan(
            data_options.suited(terminal, read, objective, file), file,
            ranges=False, epochs=epochs, batch_size=batch_size, patience=patience,
        )  # fmt: skip
        with watching(terminal, f"shoal train {data}") as watch:
            model = train_network(
                plan.network, plan.recipe, plan.data, seed=seed, objective=objective,
                validation=validation, test=test, watch=watch,
            )  # fmt: skip
        model.save(path)
    _tell(terminal, model, path)
    if model.info.get("interrupted"):
        raise typer.Exit(INTERRUPTED)


def _place(claims: Claims, data: str, out: Path | None, *, force: bool) -> Path:
    """Where the model goes: a name that no other run has."""
    if out is not None:
        return claims.take(out, "--out", ModelError, force=force)
    return claims.free_names(data, MODEL_SUFFIX, option="--out", error=ModelError)[0]


def _tell(terminal: Terminal, model: Model, path: Path) -> None:
    info = model.info
    validation, test = finite(info["validation"]), finite(info.get("test"))
    result: dict[str, Any] = {
        "validation": validation,
        "test": test or None,
        **positive_as_data(model),
        "epochs": info["epochs"],
        "best_epoch": info["best_epoch"],
        "seconds": info["seconds"],
        "model": str(path),
    }
    if info.get("interrupted"):
        result["interrupted"] = True
        terminal.warn("Interrupted: these are the best weights so far.")
    count = info["epochs"]
    epochs = f"{count} epoch{'s' * (count != 1)}, the best was number {info['best_epoch']}"
    terminal.result(
        result,
        "",
        metrics_table({"validation": validation, "test": test}, model.preprocessing.positive_class),
        "",
        cost_line(info["seconds"], [epochs]),
        *file_lines({"model": path}),
    )
