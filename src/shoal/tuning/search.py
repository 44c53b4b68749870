"""`search`: a family, a recipe and data in; a study out."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from shoal.data import Dataset, Prepared, Split
from shoal.data.splitting.parts import VALIDATION as VALIDATION_PART
from shoal.data.splitting.split import Steering
from shoal.data.splitting.unseen_rows import describe_unseen_rows, digest_of
from shoal.defaults.choose import default_trials
from shoal.engine import Recipe
from shoal.nn import Network
from shoal.samplers import TPE, PopulationSampler, Sampler
from shoal.samplers.first_points import distinct
from shoal.samplers.random_search import key_of
from shoal.samplers.reading import sampler_to_json
from shoal.space import encode
from shoal.store import STUDY_VERSION, StudyFile, StudyHeader
from shoal.store.study_connection import is_blank
from shoal.study import Study
from shoal.tuning.checks import check_arguments, check_family, check_seed, check_whole
from shoal.tuning.final_training import FinalTraining, FoldEnsemble, averages
from shoal.tuning.first_trials import (
    InitialPoints,
    WarmStart,
    beginning,
    from_experience,
    other_branches,
)
from shoal.tuning.limits import OPEN
from shoal.tuning.members import Members
from shoal.tuning.problem import OwnPart, Problem, resolve_arguments, split_rows
from shoal.tuning.progress import Callbacks, Progress, one_callback, shows_progress
from shoal.tuning.recording import SECONDS
from shoal.tuning.resume import check_resumable, check_same, plan_of, take_up
from shoal.tuning.run_search import RunOptions, SearchPlan, lanes_of, now, run_search
from shoal.utils.default_values import FINALISTS, KEEP, SEED, TEST, TRIALS, VALIDATION
from shoal.utils.text import seconds_of


@shows_progress
def search(
    family: Network | Dataset | None = None,
    recipe: Recipe | Dataset | None = None,
    data: Dataset | None = None,
    *,
    trials: int | None = None,
    time_limit: float | str | None = None,
    sampler: Sampler | None = None,
    initial_points: InitialPoints = (),
    defaults: bool = True,
    warm_start: WarmStart = (),
    lanes: int | str = "auto",
    seed: int = SEED,
    study: str | os.PathLike[str] | None = None,
    resume: bool = False,
    keep: int = KEEP,
    objective: str | None = None,
    confirm_seeds: int | None = None,
    repeats: int = 1,
    folds: int | None = None,
    ensemble_folds: int | None = None,
    ensemble_size: int | None = None,
    ensemble_seeds: int = 1,
    validation: Steering | OwnPart = VALIDATION,
    test: float | OwnPart = TEST,
    checkpoint: float = SECONDS,
    progress: bool = True,
    callbacks: Callbacks | None = None,
) -> Study:
    """Train a family of networks in lanes, and find its best member.

    The data are split once. Points come from the sampler; trials train side by
    side, in lanes that are refilled as soon as one ends. What the study hands over
    (`Study.model`) is an ensemble, scored once on the test split beside the winner:

    - On a table the best four are trained again on five folds of all rows but the test
      rows, side by side, each network stopped by its own fold; on fewer than 2,000 pictures,
      masks or texts (test rows not counted) the best one is. These networks are chosen by
      what they predict of rows that they have not seen.
    - On more pictures, masks or texts the kept trials are it as they are, those that are
      best together on the validation rows, unless the winner alone is better there.

    With ``confirm_seeds``, or where answers cannot be averaged, the best three are trained
    again on fresh seeds, and the one that does best there is handed over alone: the very
    weights that the search found.

    What is left out is as the command has it: ``shoal.search(data)`` is ``shoal search DATA``.

    Args:
        family: a network, with ranges where its numbers are open; left out, one that fits
            the data.
        recipe: how to train; may hold ranges too; left out, one that fits the data.
        data: what to train on; may be given in the first place that is left out.
        trials: number of points to try; by default 32, of the default family for pictures
            fewer, the longer one takes (`shoal.defaults.default_trials`); a family without
            ranges has but one.
        time_limit: seconds that one is ready to spend in all, or a text such as ``"10m"`` or
            ``"1h30m"``; with the best of it when it ends. No trial is begun that could not
            end; those that run when the time is up end with their best epoch so far. Time is
            kept for training the best again and for the scores. Without ``trials`` they go on
            until the time is up, or the sampler has no more points; population-based
            training has 32 then. The first epoch is trained whatever it takes, and a
            search that goes on after a break has the whole limit anew.
        sampler: where points come from; `shoal.samplers.TPE` by default.
        initial_points: points to try before the sampler's, such as ``[{"learning_rate": 0.01}]``:
            names as `shoal show` prints them, or their end where it is the only one;
            for a choice an option or its label. What a point leaves out has its
            default. A point that comes again is tried once.
        defaults: whether the very first trial has every hyperparameter at its default
            (see `Float`, `Int` and `Choice`). After all other first points then come, for a
            choice among layers that are no activations, the defaults of its other options.
        warm_start: earlier studies on the same or a similar space, files or open ones. What
            did well there is tried first, after the points by hand: an eighth of the
            trials, at most ten, hyperparameters found by name and brought into
            their ranges. How it did there is not believed (see
            `shoal.samplers.first_points`); `Study.beginning` tells what it gave.
        lanes: how many networks train side by side; ``"auto"`` chooses by their shapes and
            the class of the machine: processors and memory. A trial does not depend on
            it. What a sampler that learns proposes does, and who is stopped or copied
            by one that compares running trials: they hear of other results first.
        seed: of the split, the points, the initial weights, the batches and the
            noise; the same seed gives the same study, on machines of one class or with
            the same ``lanes``.
        study: where to write the study; a temporary file if None. After Ctrl-C a search in
            a file can go on, and its test split is left alone until it has ended; without
            one the interrupt ends it, and the best so far is scored.
        resume: whether to go on with the search in ``study``, if there is one, that
            was broken off or had fewer trials: the one command to begin and to
            go on with. Everything but ``trials`` must then be what it was.
        keep: number of best trials whose weights the study keeps, at least 3, and at least
            ``ensemble_size`` where there is an ensemble of folds.
        objective: the validation metric to optimize; accuracy for
            classification, rmse for regression by default. One that is for numbers only
            takes whole numbers for a regression, where no task was asked for.
        confirm_seeds: fresh seeds on which the best three are trained again; 0: none. Left
            out, it is as many as take a third of the trials' trainings, at most 5 (3 of the
            usual 32 trials, none of fewer than 9); none where an ensemble is handed over.
        repeats: seeds of every trial. They train side by side, and the trial is
            stopped and ranked by their mean; its weights are those of the best.
        folds: cross-validation: every trial is trained that many times, each time
            steered by another part of the rows, which the other parts train; classes
            are dealt evenly, the data's groups stay whole. A trial is stopped and
            ranked by the mean. The winner is then trained once on all of these
            rows, for as many epochs as were best on the folds. Preprocessing is
            fitted once, on the inputs of all folds.
        ensemble_folds: folds of the training and validation rows, on which the networks of
            an ensemble are trained, each on all but one; 0: none. Left out, it is 5 for
            tables and for few rows, unless ``folds`` or ``confirm_seeds`` are given. Folds are
            dealt as for
            ``folds``, fewer where there are not so many rows or groups; the preprocessing
            is then fitted on all of these rows.
        ensemble_size: number of best trials whose networks are trained on them; 4 for tables,
            1 for other data by default.
        ensemble_seeds: networks of each of these trials on each fold.
        validation: share of the rows that steers training and search, or the numbers of
            these rows; with folds, all rows do that are not for the test. Or rows of their
            own, such as ``"validation.csv"`` (see `Dataset.with_parts`).
        test: share of the rows that scores the winner; or rows of their own.
        checkpoint: seconds between two copies of running trials into the study,
            from which they go on after a break.
        progress: whether a panel shows how far it is, on a terminal and in a notebook.
        callbacks: a function, or several, each called with a `Progress` at the start of every
            phase, after every round and now and then between; in place of the panel.

    Returns:
        the study, open for reading.

    Raises:
        SpaceError: a first point that is none of the search space.
        ShoalError: data, network, recipe or file that cannot be used.
        KeyboardInterrupt: a second Ctrl-C; the first ends the search in order.
    """
    sampler = TPE() if sampler is None else sampler
    usual = not isinstance(family, Network)
    family, recipe, data = resolve_arguments(family, recipe, data, ranges=True, objective=objective)
    check_arguments(family, recipe, data, sampler)
    check_seed(seed)
    limit = None if time_limit is None else seconds_of(time_limit)
    if trials is None:
        breeds = isinstance(sampler, PopulationSampler)
        if limit is None:
            trials = default_trials(data, family, recipe) if usual and not breeds else TRIALS
        else:
            trials = TRIALS if breeds else OPEN
    check_whole(trials, "trials", least=1)
    check_whole(keep, "keep", least=FINALISTS)
    check_whole(repeats, "repeats", least=1)
    going_on = study is not None and resume and Path(study).exists() and not is_blank(Path(study))
    watch = one_callback(callbacks)
    manner = RunOptions(watch, now(), only=study is None)
    watch(Progress("preparing", 0 if trials >= OPEN else trials, time_limit=limit))
    data, parts = split_rows(data, seed, validation, test, folds)
    again = FinalTraining.of(
        data, parts, confirm_seeds, ensemble_folds, ensemble_size, ensemble_seeds,
        trials=trials, averaged=averages(family, recipe, data),
        stored=_stored_plan(study) if going_on else None,
    )  # fmt: skip
    parts, keep = again.split(data, parts), max(keep, again.kept)
    problem = Problem.build(family, recipe, data, parts, objective)
    members = Members(repeats, folds or 0)
    space = problem.space()
    begin = beginning(space, initial_points, trials, defaults=defaults)
    if warm_start and not going_on:
        room = trials - len(begin)
        begin += from_experience(space, warm_start, trials, room)
    if defaults:
        begin += other_branches(space)
    plan = SearchPlan(
        problem, sampler, seed, trials, keep, again.confirm_seeds, members, again.ensemble,
        again.together, distinct(begin), lanes, checkpoint=checkpoint, time_limit=limit,
    )  # fmt: skip
    if study is not None and going_on:
        _go_on(Path(study), plan, data, manner)
        return Study(StudyFile.open(study))
    if isinstance(sampler, PopulationSampler):
        sampler.check(space, trials)
    pool = lanes_of(plan, space)
    check_family(pool, plan)
    with _study_file(study, _header(plan, data)) as (file, folder):
        run_search(plan, pool, file, manner)
    return Study(StudyFile.open(file.path), folder)


def _go_on(path: Path, plan: SearchPlan, data: Dataset, manner: RunOptions) -> None:
    """Go on with the search in a file, which must be the one that is asked for."""
    with StudyFile.open(path, write=True) as file:
        header = file.header
        check_resumable(header, file)
        asked = _header(plan, data)
        for what in ("seed", "split", "objective", "preprocessing", "network", "recipe"):
            check_same(header, file, what, getattr(header, what), getattr(asked, what))
        if "first" in header.plan:
            _check_first_points(header, file, asked)
        for what in ("keep", "confirm_seeds", "repeats", "folds"):
            check_same(header, file, what, header.plan[what], asked.plan[what])
        stored = header.plan.get("ensemble", FoldEnsemble().to_json())
        check_same(header, file, "ensemble of folds", stored, asked.plan["ensemble"])
        together = header.plan.get("together", False)
        check_same(header, file, "ensemble of trials", together, plan.together)
        if "lanes" in header.plan:
            check_same(header, file, "lanes", header.plan["lanes"], plan.lanes)
        trials = None if plan.open and header.plan.get("open") else plan.trials
        take_up(plan_of(file, data, plan.sampler, trials, plan), file, manner)


def _check_first_points(header: StudyHeader, file: StudyFile, asked: StudyHeader) -> None:
    """Raise StudyError unless the first points are the same.

    Those of other studies may be others, for these may have grown since; what comes behind
    them may be among them.
    """
    given = header.plan["first"]
    prior = {key_of(one["point"]) for one in given if one["origin"] == "prior"}
    stored = [one for one in given if one["origin"] != "prior"]
    again = [one for one in asked.plan["first"] if key_of(one["point"]) not in prior]
    check_same(header, file, "first points", stored, again)


def _stored_plan(study: str | os.PathLike[str] | None) -> dict[str, Any]:
    """The plan of a study that goes on."""
    assert study is not None
    with StudyFile.open(study) as file:
        return file.header.plan


def _header(plan: SearchPlan, data: Dataset) -> StudyHeader:
    problem, space = plan.problem, plan.problem.space()
    prepared, goal = problem.prepared, problem.objective
    return StudyHeader(
        version=STUDY_VERSION,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=int(plan.seed),
        trials=0 if plan.open else plan.trials,
        objective={"metric": goal.metric, "direction": goal.direction},
        space=space.to_json(),
        network=encode(problem.family, space),
        recipe=encode(problem.recipe, space),
        dataset=_dataset(prepared, data),
        preprocessing=prepared.preprocessing.to_json(),
        split=prepared.split.to_bytes(),
        plan={
            "sampler": sampler_to_json(plan.sampler),
            "keep": plan.keep,
            "confirm_seeds": plan.confirm_seeds,
            "repeats": plan.members.repeats,
            "folds": plan.members.folds,
            "ensemble": plan.ensemble.to_json(),
            **({"together": True} if plan.together else {}),
            "first": [first.to_json() for first in plan.first],
            "lanes": plan.lanes,
            "machine": plan.machine.to_json(),
            "checkpoint": plan.checkpoint,
            **({} if plan.time_limit is None else {"time_limit": plan.time_limit}),
            **({"open": True} if plan.open else {}),
        },
    )


def _dataset(prepared: Prepared, data: Dataset) -> dict[str, Any]:
    """What a study tells of its data."""
    parts: Split = prepared.split
    return {
        "name": prepared.name,
        "digest": digest_of(data),
        "target": data.target,
        **({} if data.weight_column is None else {"weight": data.weight_column}),
        **({} if data.encoding is None else {"encoding": data.encoding}),
        **({} if data.channels is None else {"channels": data.channels}),
        **({} if data.resizing is None else {"resizing": data.resizing.to_json()}),
        **({"skip_broken": True} if data.skip_broken else {}),
        **_of_pictures(data),
        **_of_texts(data),
        "group": data.group,
        **({"drop": list(data.dropped)} if data.dropped else {}),
        **_as_asked(data),
        **({"guessed": True} if data.guessed else {}),
        **({"parts": dict(data.part_sources)} if data.part_sources else {}),
        **({"notes": list(data.notes)} if data.notes else {}),
        "kind": prepared.kind,
        "task": prepared.task,
        "rows": {
            "train": len(parts.train),
            "validation": len(parts.validation),
            "test": len(parts.test),
        },
        "classes": list(prepared.classes),
        **_class_rows(prepared),
        "input_shape": list(prepared.input_shape),
        "unseen": _unseen(prepared, data),
    }


def _class_rows(prepared: Prepared) -> dict[str, Any]:
    """How many rows each class has, by part of the split; nothing for other tasks."""
    if prepared.task != "classification":
        return {}
    parts = {"train": prepared.train, "validation": prepared.validation, "test": prepared.test}
    classes = len(prepared.classes)
    return {
        "class_rows": {
            name: np.bincount(part.y.astype(np.int64), minlength=classes).tolist()
            for name, part in parts.items()
        }
    }


def _unseen(prepared: Prepared, data: Dataset) -> dict[str, Any] | None:
    """What a model remembers of its test rows; those of another file are known by themselves."""
    if "test" in data.part_sources:
        return None
    more = 0
    if "validation" in data.part_sources and data.parts is not None:
        more = int(np.count_nonzero(data.parts == VALIDATION_PART))
    return describe_unseen_rows(prepared, len(data) - more)


def _as_asked(data: Dataset) -> dict[str, Any]:
    """What was said of a table's columns and its header."""
    named = {name: list(getattr(data, name)) for name in ("categorical", "numeric", "dates")}
    header = {} if data.header is None else {"header": data.header}
    return {**{name: columns for name, columns in named.items() if columns}, **header}


def _of_pictures(data: Dataset) -> dict[str, Any]:
    """What masks, and pictures that a table names, are read again by."""
    ignored = data.coding.ignored if data.coding is not None else ()
    return {
        **({"ignore": list(ignored)} if ignored else {}),
        **({} if data.images is None else {"images": data.images}),
    }


def _of_texts(data: Dataset) -> dict[str, Any]:
    """What texts are read again by; nothing for other data."""
    if data.tokenization is None:
        return {} if data.text is None else {"text": data.text}
    return {"text": data.text, "tokenization": asdict(data.tokenization)}


@contextmanager
def _study_file(
    path: str | os.PathLike[str] | None, header: StudyHeader
) -> Iterator[tuple[StudyFile, Path | None]]:
    """A new study file, and the temporary folder that it is in if no path is given."""
    if path is not None:
        with StudyFile.create(path, header) as file:
            yield file, None
        return
    folder = Path(tempfile.mkdtemp(prefix="shoal-"))
    try:
        with StudyFile.create(folder / "study.db", header) as file:
            yield file, folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
