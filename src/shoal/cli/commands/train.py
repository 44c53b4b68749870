"""`shoal train`: one network."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import typer
from rich.text import Text

from shoal.cli import options
from shoal.cli.data_options import Time
from shoal.cli.files import MODEL_SUFFIX, Claims, check_different
from shoal.cli.finish import cost_line, file_lines, next_steps
from shoal.cli.terminal import INTERRUPTED, Terminal, command_help, watching
from shoal.cli.training_options import TrainingOptions, with_training_options
from shoal.cli.winner import WIDTH, finite, metrics_table, positive_as_data
from shoal.errors import ModelError

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


@with_training_options
def train(
    training: TrainingOptions,
    ensemble_folds: options.EnsembleFolds = 0,
    time: Time = None,
    out: options.ModelOut = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Train one network."""
    from shoal.tuning.train import train as train_network

    terminal = Terminal(as_json, quiet)
    check_different({**training.files(), "--out": out})
    with Claims() as claims:
        path = _place(claims, training.data, out, force=force)
        plan, drawn = training.plan(terminal, ranges=False)
        with watching(terminal, f"shoal train {training.data}") as watch:
            model = train_network(
                plan.network, plan.recipe, plan.data, seed=training.seed,
                objective=training.objective,
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
