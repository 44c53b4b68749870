"""`shoal search`: a family of networks, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shoal.cli import options
from shoal.cli.data_options import Time
from shoal.cli.files import (
    MODEL_SUFFIX,
    STUDY_SUFFIX,
    Claims,
    check_different,
    check_free,
    prepare_study_path,
)
from shoal.cli.finish import Files, explaining_resume, finish
from shoal.cli.options import points_by_hand
from shoal.cli.plan import TrainingPlan
from shoal.cli.reading import expect_study
from shoal.cli.terminal import CHOICES, Terminal, command_help, watching
from shoal.cli.training_options import TrainingOptions, with_training_options
from shoal.errors import DataError, ModelError, StudyError
from shoal.utils.default_values import (
    CONFIRM_SEEDS,
    ENSEMBLE_FOLDS,
    ENSEMBLE_SIZE,
    FEW_ROWS,
    KEEP,
    OTHER_SIZE,
    TRIALS,
)

if TYPE_CHECKING:
    from shoal.samplers import Sampler
    from shoal.study import Study

HELP = command_help(
    "Search a family of networks: many train side by side, the best is kept.",
    "For a table, the four best networks are trained again on five folds of all rows but the test "
    "rows; for few pictures or texts, the best one is. These networks together are the model. For "
    "many pictures or texts, the model is those networks of the search that are best together. "
    "The model is scored once on the test split, which nothing has seen before.",
    examples=(
        "shoal search digits",
        "shoal search mnist-5k --trials 64 --report report.html",
        "shoal search house-prices.csv --time 10m",
        "shoal search house-prices.csv --target price --objective mae",
        "shoal search messages.csv --text message --target label",
        "shoal search patients.csv --folds 5 --groups patient",
        "shoal search digits --network examples/digits-family.toml --seed 1",
        "shoal search digits --sampler bohb --trials 200",
        "shoal search digits --sampler pbt --trials 64",
        "shoal search digits --try learning_rate=0.004,weight_decay=0.01",
        "shoal search mnist --warm-start mnist-5k-1.study",
    ),
    network=True,
)

Trials = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help=f"Networks to try: {TRIALS} by default, of pictures fewer where one takes long, with "
        "--time as many as it allows.",
        show_default=False,
    ),
]
Lanes = Annotated[
    str, typer.Option(metavar="auto|N", help="Networks that train side by side.", parser=str)
]
SamplerName = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help=f"Where points come from: {CHOICES}. Those of optuna need shoal's extra of that "
        "name. halving stops the worse early, at 1, 3, 9, … epochs; bohb does so "
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
Confirm = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="Train the three best again on N fresh seeds each, and save the winner alone; 0: "
        "choose it without. Where there can be no ensemble, by default as many as take a third of "
        f"the trials' trainings, at most {CONFIRM_SEEDS}.",
        show_default=False,
    ),
]
EnsembleFolds = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="K",
        help="Train the best again on K folds of all rows but the test rows, each network stopped "
        f"by its own fold; together they are the model. 0: none. {ENSEMBLE_FOLDS} by default for "
        f"tables and below {FEW_ROWS:,} rows.",
        show_default=False,
    ),
]
EnsembleSize = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="M",
        help=f"How many of the best are trained on these folds: {ENSEMBLE_SIZE} of tables, "
        f"{OTHER_SIZE} of other data by default.",
        show_default=False,
    ),
]
Single = Annotated[
    bool,
    typer.Option("--single", help="Save the winner alone, one network, not the ensemble."),
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


NO_RANGES = (
    "Nothing is left open to search: the network has no ranges, and is trained once. "
    "shoal train does that alone; --help shows how ranges are written."
)


@with_training_options
def search(
    training: TrainingOptions,
    trials: Trials = None,
    time: Time = None,
    repeats: Repeats = 1,
    folds: Folds = None,
    ensemble_folds: EnsembleFolds = None,
    ensemble_size: EnsembleSize = None,
    single: Single = False,
    lanes: Lanes = "auto",
    sampler: SamplerName = "tpe",
    by_hand: options.Try = None,
    warm_start: options.WarmStart = None,
    study: StudyOut = None,
    out: options.ModelOut = None,
    report: ReportOut = None,
    keep: Keep = KEEP,
    confirm: Confirm = None,
    resume: Resume = False,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Search a family of networks."""
    from shoal.defaults.choose import default_trials
    from shoal.space import Space

    terminal = Terminal(as_json, quiet)
    side_by_side, points_from = _lanes(lanes), _sampler(sampler)
    going_on = _going_on(study, resume=resume, force=force)
    given: dict[str, Path | None] = {**training.files(), "--report": report}
    check_different({**given, "--study": study, "--out": out})
    with Claims() as claims:
        files = _files(claims, training.data, study, out, report, force=force, going_on=going_on)
        written = {"--study": files.study, "--out": files.model}
        check_different({**given, **written})
        for earlier in warm_start or []:
            expect_study(earlier)
            check_different({"--warm-start": earlier, **written, "--report": report})
        plan, drawn = training.plan(terminal, ranges=True)
        if trials is None and training.network is None and time is None and sampler != "pbt":
            trials = default_trials(plan.data, plan.network, plan.recipe)
        settings: dict[str, Any] = {
            "trials": trials, "time_limit": time, "lanes": side_by_side, "seed": training.seed,
            "objective": training.objective,
            "keep": keep, "confirm_seeds": confirm, "resume": resume,
            "sampler": points_from, "repeats": repeats, "folds": folds,
            "ensemble_folds": ensemble_folds, "ensemble_size": ensemble_size,
            "initial_points": points_by_hand(plan, by_hand or []), "warm_start": warm_start or [],
            **drawn,
        }  # fmt: skip
        if trials != 1 and not Space(plan.network, plan.recipe).names():
            terminal.remark(NO_RANGES)
        with nullcontext() if going_on else prepare_study_path(files.study, force=force):
            found = _run(terminal, plan, files.study, settings)
        finish(terminal, found, files, single=single)


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
    from shoal.samplers.reading import named_samplers, sampler_from_json

    known = named_samplers()
    if name not in known:
        raise typer.BadParameter(f"{name!r} is none of {', '.join(known)}", param_hint="--sampler")
    return sampler_from_json(known[name])


def sampler_names() -> list[str]:
    """The names of samplers, as the help of the command lists them."""
    from shoal.samplers.reading import named_samplers

    return list(named_samplers())


def _files(
    claims: Claims,
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
    if report is not None:
        check_free(report, "--report", DataError, force=force)
    if going_on and study is not None:
        model = out or study.with_suffix(MODEL_SUFFIX)
        claims.take(model, "--out", ModelError, force=out is None)  # its own, of the last time
        return Files(study, model, report)
    if study is not None:
        check_free(study, "--study", StudyError, force=force)  # the store takes it by itself
    if out is not None:
        claims.take(out, "--out", ModelError, force=force)
    asked = [(study, STUDY_SUFFIX), (out, MODEL_SUFFIX)]
    missing = [suffix for given, suffix in asked if given is None]
    free = iter(claims.free_names(data, *missing, option="--study", error=StudyError))
    return Files(study or next(free), out or next(free), report)


def _run(terminal: Terminal, plan: TrainingPlan, path: Path, settings: Mapping[str, Any]) -> Study:
    """Search, shown while it runs."""
    from shoal.tuning.search import search as search_family

    with (
        explaining_resume(terminal, path) as noting,
        watching(terminal, f"shoal search {plan.data.name}") as watch,
    ):
        return search_family(
            plan.network, plan.recipe, plan.data, study=path, callbacks=noting(watch), **settings
        )
