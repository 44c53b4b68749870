"""`shoal search`: a family of networks, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shoal.cli import first_options, options, text_options
from shoal.cli.display import watching
from shoal.cli.first_options import points_by_hand
from shoal.cli.found import Files, finish, going_on_told
from shoal.cli.places import (
    MODEL_SUFFIX,
    STUDY_SUFFIX,
    check_different,
    check_free,
    free_names,
    study_place,
)
from shoal.cli.plan import Plan, make_plan, read_network_option
from shoal.cli.reading import expect_study, read_data
from shoal.cli.teaching import command_help
from shoal.cli.terminal import Terminal
from shoal.cli.text_options import asked_tokenization
from shoal.errors import DataError, ModelError, StudyError
from shoal.usual import KEEP, SEED, TEST, TRIALS, VALIDATION

if TYPE_CHECKING:
    from shoal.samplers import Sampler
    from shoal.study import Study

SAMPLERS = ("random", "grid", "sobol", "swarm", "genetic", "tpe", "halving", "bohb", "pbt")
OPTUNA = ("optuna-tpe", "optuna-cma-es", "optuna-gp", "optuna-nsga-ii")

HELP = command_help(
    "Search a family of networks: many train side by side, the best is kept.",
    "The three best are trained again on fresh seeds; the one that does best there wins, and "
    "is scored once on the test split, which nothing has seen before.",
    examples=(
        "shoal search digits",
        "shoal search mnist-5k --trials 64 --report report.html",
        "shoal search house-prices.csv --target price --objective mae",
        "shoal search messages.csv --text message --target label",
        "shoal search patients.csv --folds 5 --groups patient",
        "shoal search digits --network examples/digits-family.toml --seed 1",
        "shoal search digits --sampler bohb --trials 200",
        "shoal search digits --sampler pbt --trials 64",
        "shoal search digits --try learning_rate=0.004,weight_decay=0.01",
        "shoal search mnist --prior mnist-5k-1.study",
    ),
    network=True,
)

Trials = Annotated[int, typer.Option(min=1, metavar="N", help="Networks to try.")]
Lanes = Annotated[
    str, typer.Option(metavar="auto|N", help="Networks that train side by side.", parser=str)
]
SamplerName = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help=f"Where points come from: {', '.join(SAMPLERS)}; or with shoal's extra optuna "
        f"{', '.join(OPTUNA)}. halving stops the worse early, at 1, 3, 9, … epochs; bohb does so "
        "with points of tpe. pbt is population-based training: the worst copy the best "
        "while they train; each copy counts as one tried.",
    ),
]
StudyOut = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Where to write the study; by default a new file here, such as digits-1.study.",
        show_default=False,
    ),
]
Keep = Annotated[
    int, typer.Option(min=3, metavar="K", help="Keep the weights of the K best trials.")
]
Repeats = Annotated[
    int, typer.Option(min=1, metavar="N", help="Train each with N seeds, and rank by the mean.")
]
Folds = Annotated[
    int | None,
    typer.Option(
        min=2,
        metavar="K",
        help="Cross-validate each on K folds, rank by the mean, and train the winner on all.",
        show_default=False,
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on with the search in --study if there is one, with more trials if asked for.",
    ),
]
ReportOut = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write the report as well (HTML).", show_default=False),
]


def search(
    data: options.Data,
    trials: Trials = TRIALS,
    network: options.NetworkFile = None,
    target: options.Target = None,
    weight: options.Weight = None,
    text: text_options.TextColumn = None,
    vocabulary: text_options.Vocabulary = None,
    text_length: text_options.TextLength = None,
    lowercase: text_options.Lowercase = False,
    groups: options.Groups = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    patience: options.Patience = None,
    validation: options.Validation = VALIDATION,
    test: options.Test = TEST,
    objective: options.ObjectiveName = None,
    repeats: Repeats = 1,
    folds: Folds = None,
    lanes: Lanes = "auto",
    sampler: SamplerName = "tpe",
    by_hand: first_options.Try = None,
    prior: first_options.Prior = None,
    seed: options.Seed = SEED,
    study: StudyOut = None,
    out: options.ModelOut = None,
    report: ReportOut = None,
    keep: Keep = KEEP,
    resume: Resume = False,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Search a family of networks."""
    terminal = Terminal(as_json, quiet)
    side_by_side, points_from = _lanes(lanes), _sampler(sampler)
    going_on = _going_on(study, resume=resume, force=force)
    files = _files(data, study, out, report, force=force, going_on=going_on)
    for earlier in prior or []:
        expect_study(earlier)
        check_different({"--prior": earlier, "--study": files.study, "--out": files.model,
                         "--report": report})  # fmt: skip
    check_different(
        {"DATA": Path(data), "--network": network, "--study": files.study, "--out": files.model,
         "--report": report}
    )  # fmt: skip
    file = read_network_option(network)
    plan = make_plan(
        read_data(
            terminal, data, target, text,
            asked_tokenization(vocabulary, text_length, lowercase), weight, groups,
        ),
        file,
        ranges=True, epochs=epochs, batch_size=batch_size, patience=patience,
    )  # fmt: skip
    settings: dict[str, Any] = {
        "trials": trials, "lanes": side_by_side, "seed": seed, "objective": objective,
        "keep": keep, "resume": resume, "sampler": points_from, "repeats": repeats,
        "folds": folds, "first": points_by_hand(plan, by_hand or []), "prior": prior or [],
        "validation": validation, "test": test,
    }  # fmt: skip
    with nullcontext() if going_on else study_place(files.study, force=force):
        found = _run(terminal, plan, files.study, settings)
    finish(terminal, found, files)


def _lanes(text: str) -> int | str:
    if text == "auto" or (text.isdecimal() and int(text) >= 1):
        return text if text == "auto" else int(text)
    raise typer.BadParameter(
        f"{text!r} is neither auto nor a number of networks", param_hint="--lanes"
    )


def _going_on(study: Path | None, *, resume: bool, force: bool) -> bool:
    """Whether there is a study that is to go on."""
    if not resume:
        return False
    if study is None or force:
        what = "--force replaces it" if force else "give --study"
        raise typer.BadParameter(f"goes on with the study of a file; {what}", param_hint="--resume")
    return study.exists()


def _sampler(name: str) -> Sampler:
    if name not in SAMPLERS + OPTUNA:
        raise typer.BadParameter(
            f"{name!r} is none of {', '.join(SAMPLERS + OPTUNA)}", param_hint="--sampler"
        )
    from shoal.samplers.reading import sampler_from_json

    if name == "bohb":
        return sampler_from_json({"kind": "halving", "points": {"kind": "tpe"}})
    kind, _, method = name.partition("-")
    return sampler_from_json({"kind": kind, "method": method} if method else {"kind": kind})


def _files(
    data: str,
    study: Path | None,
    out: Path | None,
    report: Path | None,
    *,
    force: bool,
    going_on: bool,
) -> Files:
    """Where to write, all checked before anything is read.

    Raises:
        ShoalError: a file that is there already, or a folder that is not.
    """
    free_study, free_model = free_names(data, STUDY_SUFFIX, MODEL_SUFFIX)
    if going_on and study is not None:
        files = Files(study, out or study.with_suffix(MODEL_SUFFIX), report)
        check_free(files.model, "--out", ModelError, force=out is None)  # its own, of the last time
    else:
        files = Files(study or free_study, out or free_model, report)
        check_free(files.study, "--study", StudyError, force=force)
        check_free(files.model, "--out", ModelError, force=force)
    if report is not None:
        check_free(report, "--report", DataError, force=force)
    return files


def _run(terminal: Terminal, plan: Plan, path: Path, settings: Mapping[str, Any]) -> Study:
    """Search, shown while it runs."""
    from shoal.wiring import search as search_family

    with (
        going_on_told(terminal, path) as noting,
        watching(terminal, f"shoal search {plan.data.name}") as watch,
    ):
        return search_family(
            plan.network, plan.recipe, plan.data, study=path, watch=noting(watch), **settings
        )
