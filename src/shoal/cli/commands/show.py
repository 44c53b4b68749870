"""`shoal show`: what is in a study, a model or a network's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from shoal.cli import options
from shoal.cli.finish import beginning_of, cost_line
from shoal.cli.network_file import SUFFIXES, read_network_file
from shoal.cli.options import ForData, InputShape, requested_input_shape
from shoal.cli.reading import kind_of, open_model, open_study
from shoal.cli.terminal import Terminal, command_help, printable
from shoal.cli.winner import (
    best_as_data,
    ensembles_as_data,
    ensembles_table,
    finite,
    metrics_table,
    optimism_line,
    positive_as_data,
    rows_table,
    test_uses_line,
    winner_tables,
)
from shoal.errors import DataError, NetworkError
from shoal.utils.text import (
    STATE_WORDS,
    bytes_text,
    number_text,
    of_trials_text,
    spread_text,
    states_text,
)

if TYPE_CHECKING:
    from shoal.models.model import Model
    from shoal.nn import Network, Shape
    from shoal.store import TrialRecord
    from shoal.study import Study

TOP = 10
"""Trials in the table of the best."""

Shown = Annotated[
    Path,
    typer.Argument(
        metavar="STUDY|MODEL|NETWORK",
        help="A .study, a .safetensors, or a network in .toml or .json.",
        show_default=False,
    ),
]
Card = Annotated[
    bool,
    typer.Option(
        "--card",
        help="The model card, as Markdown: data, split, scores, search, versions and limits.",
    ),
]
NO_SHAPES = "Shapes are known once the input's is: --input 28x28x1, or --data DATA"

HELP = command_help(
    "Show what is in a file: a study, a model, or a network.",
    "A network's file knows no input: with --input or --data its shapes and parameters are shown.",
    examples=(
        "shoal show digits-1.study",
        "shoal show digits-1.safetensors",
        "shoal show digits-1.safetensors --card > card.md",
        "shoal show my-network.toml --input 28x28x1",
        "shoal show my-network.toml --data digits",
    ),
)


def show(
    file: Shown,
    shape: InputShape = None,
    data: ForData = None,
    target: options.Target = None,
    card: Card = False,
    as_json: options.Json = False,
) -> None:
    """Show a file."""
    terminal = Terminal(as_json)
    if card:
        text = open_model(file).card()
        terminal.result({"card": text}, Text(printable(text.rstrip("\n"))))
        return
    if file.suffix.lower() in SUFFIXES:
        _show_network(terminal, file, requested_input_shape(shape, data, target))
        return
    if shape is not None or data is not None:
        option = "--data" if shape is None else "--input"
        raise typer.BadParameter("is for a network in .toml or .json", param_hint=option)
    kind = kind_of(file)
    if kind == "study":
        _show_study(terminal, file)
    elif kind == "model" or file.suffix == ".safetensors":
        _show_model(terminal, file)
    else:
        raise DataError(
            "a study, a model or a network is shown" if file.exists() else "no such file",
            expected="a .study, a .safetensors, a .toml or a .json" if file.exists() else None,
            received=("a folder" if file.is_dir() else "another file") if file.exists() else None,
            where=str(file),
        )


def _show_network(terminal: Terminal, path: Path, shape: Shape | None) -> None:
    from shoal.space import Space, conditions_in_words

    read = read_network_file(path)
    network, recipe = read.network, _recipe(read.recipe, path)
    if shape is not None:
        network = _for_input(network, shape, path)
    space = Space(network, *([recipe] if recipe is not None else []))
    ranges = {entry.name: _range_text(entry.to_json()["range"]) for entry in space}
    defaults = space.describe({entry.name: entry.default for entry in space})
    where = conditions_in_words(space.to_json()["hyperparameters"])
    shown: list[RenderableType] = ["", _space_table(ranges, defaults, where)] if ranges else []
    terminal.result(
        {
            "layers": _layers(network),
            "parameters": _parameters(network),
            "hyperparams": ranges,
            "defaults": defaults,
            "conditions": where,
        },
        Text(printable(str(network))),
        *([Text(NO_SHAPES, style="dim")] if network.input_shape is None else []),
        *shown,
    )


def _for_input(network: Network, shape: Shape, path: Path) -> Network:
    """The network with the shapes that come of an input's; a family's are tried, too.

    Raises:
        NetworkError: it does not take such inputs.
    """
    from shoal.space import Space

    try:
        known = network.with_input(shape)
        space = Space(known)
        space.bind(known, space.default_point()).shapes()
    except NetworkError as error:
        raise error.at(f"{path}: {error.where}" if error.where else str(path)) from None
    return known


def _space_table(
    ranges: Mapping[str, str], defaults: Mapping[str, Any], where: Mapping[str, str]
) -> RenderableType:
    """The hyperparameters: their values, the first trial's, and where they count."""
    conditional = ["counts where"] if where else []
    rows = [
        [name, text, number_text(defaults[name]), *([where.get(name, "always")] if where else [])]
        for name, text in ranges.items()
    ]
    return rows_table(["hyperparameter", "values", "first", *conditional], rows)


def _recipe(data: Any, path: Path) -> Any:
    from shoal.engine import recipe_from_json

    return None if data is None else recipe_from_json(data, where=f"{path}: recipe")


def _network(model: Model) -> dict[str, Any]:
    return {"parameters": _parameters(model.network), "layers": _layers(model.network)}


def _layers(network: Network) -> list[dict[str, Any]]:
    from shoal.nn.summary import rows

    return [
        {
            "name": row.name,
            "kind": row.kind,
            "inputs": list(row.inputs),
            "shape": None if row.shape is None else list(row.shape),
            "parameters": row.parameters,
        }
        for row in rows(network)
    ]


def _parameters(network: Network) -> int | None:
    """Trainable numbers, where ranges and an unknown input leave them known."""
    try:
        return network.parameter_count()
    except NetworkError:
        return None


def _range_text(values: dict[str, Any]) -> str:
    if values["kind"] == "choice":
        return " | ".join(map(str, values["options"]))
    log = ", logarithmic" if values["log"] else ""
    return f"{number_text(values['low'])} … {number_text(values['high'])}{log}"


def _show_model(terminal: Terminal, path: Path) -> None:
    from shoal.models.model import Model
    from shoal.report.sentences import SPLITS

    model = open_model(path)
    info, task = model.info, model.task
    splits = {name: finite(info[name]) for name in SPLITS if info.get(name)}
    told: dict[str, Any] = {"task": task, "dataset": info.get("dataset")}
    if task != "regression":
        told["classes"] = model.classes.tolist()
        told.update(positive_as_data(model))
    if isinstance(model, Model):
        told.update(splits, **_network(model))
    else:
        each = zip(model.models, model.shares, strict=True)
        told.update(splits, members=[
            {"trial": member.info.get("trial"), "share": share, **_network(member)}
            for member, share in each
        ])  # fmt: skip
    positive, names = model.preprocessing.positive_class, model.preprocessing.classes
    named = {SPLITS[name]: metrics for name, metrics in splits.items()}
    shown: list[RenderableType] = ["", metrics_table(named, positive)] if splits else []
    head = f"{task} of {info.get('dataset') or 'arrays'}"
    if task != "regression":
        head += " into " + ", ".join(names[:12])
        head += ", …" if len(names) > 12 else ""
    terminal.result(
        told,
        Text(printable(head)),
        "",
        Text(printable(str(model.network if isinstance(model, Model) else model))),
        *shown,
    )


def _show_study(terminal: Terminal, path: Path) -> None:
    from shoal.store import ranked

    study = open_study(path)
    counts, winner = study.counts(), study.file.result("winner")
    ranking = ranked(study.trials)
    first, began = beginning_of(study)
    told = {
        "trials": counts,
        "asked": study.header.trials,
        "objective": study.header.objective,
        "disk": study.disk_use,
        "space": _space_as_data(study),
        "first": first,
        "best": best_as_data(winner) if winner else _leader(ranking),
        "ensembles": ensembles_as_data(study),
        "product": study.product,
        "test_scored": study.test_scored,
        **{name: study.cost[name] for name in ("seconds", "lanes", "occupancy") if study.cost},
    }
    terminal.result(told, *_study_text(study, ranking, winner, began))
    study.close()


def _space_as_data(study: Study) -> list[dict[str, Any]]:
    """The hyperparameters, with every place where they count."""
    from shoal.space import conditions_of

    return [
        {"name": data["name"], "range": data["range"], "conditions": conditions_of(data)}
        for data in study.header.space["hyperparameters"]
    ]


def _leader(ranking: Sequence[TrialRecord]) -> dict[str, Any] | None:
    """The best trial so far of a search that has no winner yet."""
    if not ranking:
        return None
    first = ranking[0]
    return {
        "trial": first.id,
        "hyperparams": first.hyperparams,
        "validation": finite(first.metrics),
    }


def _study_text(
    study: Study,
    ranking: Sequence[TrialRecord],
    winner: dict[str, Any] | None,
    began: Sequence[RenderableType],
) -> list[RenderableType]:
    from shoal.report.facts import called

    header, cost = study.header, study.cost
    shown: list[RenderableType] = [
        Text(f"{header.dataset['name']}: {called(header)}, seed {header.seed}"),
        *_own_parts(header.dataset),
        Text(f"{states_text(study.counts())}{of_trials_text(header.trials)}"),
    ]
    if cost:
        told = [f"{cost['lanes']} lanes", bytes_text(study.disk_use["total"])]
        shown.append(cost_line(cost["seconds"], told))
    shown += began
    if ranking:
        shown += ["", _best_trials(study, ranking[:TOP])]
    if winner:
        shown += ["", *winner_tables(winner), *ensembles_table(study, winner)]
        shown += [*optimism_line(study, winner), *test_uses_line(study)]
    return shown


def _own_parts(dataset: Mapping[str, Any]) -> list[RenderableType]:
    """Where validation and test rows come from, if not from the data themselves."""
    named = dataset.get("parts", {})
    told = [f"{part} rows: the {dataset['rows'][part]:,} of {name}" for part, name in named.items()]
    return [Text("; ".join(told))] if told else []


def _with_spread(trial: TrialRecord, metric: str) -> Any:
    """A metric; of a trial with several seeds or folds, with its standard deviation."""
    value = trial.metrics.get(metric)
    std = trial.spread.get(metric)
    return value if value is None or std is None else spread_text(value, std)


def _best_trials(study: Study, best: Sequence[TrialRecord]) -> RenderableType:
    from shoal.report.facts import called

    metric = study.header.objective["metric"]
    rows = [
        [str(trial.id), _with_spread(trial, metric), _with_spread(trial, "loss"),
         f"{trial.best_epoch}/{trial.epochs}", trial.parameters, STATE_WORDS[trial.state]]
        for trial in best
    ]  # fmt: skip
    headings = [
        "trial", f"validation\n{called(study.header)}", "validation\nloss", "best epoch",
        "parameters", "ended",
    ]  # fmt: skip
    return rows_table(headings, rows)
