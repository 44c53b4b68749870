"""`shoal train`: one network."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import typer
from rich.text import Text

from shoal.cli import (
    class_weights,
    data_options,
    options,
)
from shoal.cli import (
    data_options as text_options,
)
from shoal.cli import (
    data_options as tile_option,
)
from shoal.cli.data_options import Time, requested_tokenization
from shoal.cli.files import MODEL_SUFFIX, Claims, check_different
from shoal.cli.finish import cost_line, file_lines, next_steps
from shoal.cli.plan import make_plan, own_files, read_network_option, with_own_rows
from shoal.cli.reading import read_data
from shoal.cli.terminal import INTERRUPTED, Terminal, command_help, watching
from shoal.cli.winner import WIDTH, finite, metrics_table, positive_as_data
from shoal.errors import ModelError
from shoal.utils.default_values import SEED, TEST, VALIDATION

if TYPE_CHECKING:
    from shoal.models.ensemble import Ensemble
    from shoal.models.model import Model


HELP = command_help(
    "Train one network, and save it with the weights of its best epoch.",
    "The data are split once: training, validation (which epoch was best, when to stop) "
    "and test (scored once, at the end).",
    examples=(
        "shoal train digits",
        "shoal train house-prices.csv --target price --epochs 200",
        "shoal train house-prices.csv --target price --ensemble-folds 5",
        "shoal train train.csv --target price --validation valid.csv --test test.csv",
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
    ignore: data_options.Ignore = None,
    masks: data_options.Masks = None,
    images: data_options.Images = None,
    scaling: data_options.Scaling = None,
    size: data_options.Size = None,
    resize: data_options.Resize = None,
    skip_broken: data_options.SkipBroken = False,
    weight: options.Weight = None,
    text: text_options.TextColumn = None,
    vocabulary: text_options.Vocabulary = None,
    text_length: text_options.TextLength = None,
    lowercase: text_options.Lowercase = None,
    encoding: text_options.Encoding = None,
    groups: options.Groups = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    patience: options.Patience = None,
    tile: tile_option.Tile = None,
    validation: options.Validation = VALIDATION,
    test: options.Test = TEST,
    objective: options.ObjectiveName = None,
    class_weight: class_weights.ClassWeight = None,
    ensemble_folds: options.EnsembleFolds = 0,
    time: Time = None,
    seed: options.Seed = SEED,
    out: options.ModelOut = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Train one network."""
    from shoal.tuning.train import train as train_network

    terminal = Terminal(as_json, quiet)
    files = {"DATA": Path(data), **own_files(validation, test), "--network": network}
    check_different({**files, "--out": out})
    with Claims() as claims:
        path = _place(claims, data, out, force=force)
        file = read_network_option(network)
        read = read_data(
            terminal, data, target, text,
            requested_tokenization(vocabulary, text_length, lowercase), weight, groups,
            task=task, drop=drop, positive=positive, encoding=encoding, channels=channels,
            scaling=scaling, categorical=categorical, numeric=numeric, dates=dates,
            header=header, size=size, resize=resize, skip_broken=skip_broken,
            ignore=ignore, images=images, masks=masks,
        )  # fmt: skip
        plan = make_plan(
            data_options.suited(terminal, read, objective, file), file,
            ranges=False, epochs=epochs, batch_size=batch_size, patience=patience,
            tile=tile_option.requested_tile_side(tile), objective=objective, class_weight=class_weight,
        )  # fmt: skip
        class_weights.tell(terminal, plan, objective, class_weight)
        plan, drawn = with_own_rows(terminal, plan, validation, test)
        tile_option.print_tile(terminal, plan)
        text_options.tell(terminal, plan)
        with watching(terminal, f"shoal train {data}") as watch:
            model = train_network(
                plan.network, plan.recipe, plan.data, seed=seed, objective=objective,
                ensemble_folds=ensemble_folds or 0, time_limit=time, callbacks=watch, **drawn,
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


def _beside(model: Model | Ensemble) -> str:
    """What an ensemble is of, and its score beside one network's; of one network nothing."""
    from shoal.models.ensemble import Ensemble
    from shoal.report.sentences import product_sentence

    if not isinstance(model, Ensemble):
        return ""
    told = {**model.info, "members": list(model.shares)}
    positive = {"positive": model.preprocessing.positive_class}
    metric = next(iter(model.info["out_of_fold"]))
    return product_sentence("folds", metric, {"folds": told}, {**positive, **model.info["single"]})


def _tell(terminal: Terminal, model: Model | Ensemble, path: Path) -> None:
    from shoal.report.sentences import SPLITS

    info = model.info
    scores = {split: finite(info.get(split)) for split in SPLITS}
    validation, test = scores["validation"], scores["test"]
    result: dict[str, Any] = {
        "validation": validation,
        "test": test or None,
        **({"out_of_fold": scores["out_of_fold"]} if scores["out_of_fold"] else {}),
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
    beside = _beside(model)
    terminal.result(
        result,
        "",
        metrics_table(
            {SPLITS[split]: metrics for split, metrics in scores.items()},
            model.preprocessing.positive_class,
        ),
        "",
        *(Text(line) for line in wrap(beside, WIDTH)),
        cost_line(info["seconds"], [] if beside else [epochs]),
        *file_lines({"ensemble" if beside else "model": path}),
        *next_steps(path, None, model.task),
    )
