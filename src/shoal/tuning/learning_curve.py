"""`learning_curve`: one network on more and more of the data, as lanes of one program."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from shoal.analysis.learning_curve import FEWEST_SIZES, LearningCurve
from shoal.data import Dataset, Prepared
from shoal.data.splitting.folds import nested_rows
from shoal.data.splitting.split import Steering
from shoal.engine import Lanes, Objective, Recipe, Trial, TrialDone
from shoal.engine.predictor import predictor_for
from shoal.errors import DataError, RecipeError
from shoal.metrics import final_measures
from shoal.models.model import Model
from shoal.nn import Network
from shoal.samplers import Random
from shoal.tuning.checks import check_arguments, check_no_range, check_seed, check_whole
from shoal.tuning.limits import interruptible, young_garbage_only
from shoal.tuning.problem import OwnPart, Problem, resolve_arguments, split_rows
from shoal.tuning.progress import Callbacks, Progress, one_callback, shows_progress
from shoal.tuning.run_search import SearchPlan, lanes_of, now
from shoal.tuning.trainings import Trainings
from shoal.tuning.winner import fresh_seeds
from shoal.utils.default_values import CURVE_SEEDS, SEED, TEST, VALIDATION

FRACTIONS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
"""Shares of the training split, each twice the one before."""


@shows_progress
def learning_curve(
    network: Network | Dataset | None = None,
    recipe: Recipe | Dataset | None = None,
    data: Dataset | None = None,
    *,
    fractions: Sequence[float] = FRACTIONS,
    seeds: int = CURVE_SEEDS,
    lanes: int | str = "auto",
    seed: int = SEED,
    objective: str | None = None,
    validation: Steering | OwnPart = VALIDATION,
    test: float | OwnPart = TEST,
    progress: bool = True,
    callbacks: Callbacks | None = None,
) -> LearningCurve:
    r"""Train one network on nested parts of the data, and tell what more data are worth.

    .. math:: e(n) = a + b\,n^{-c}

    The data are split once. For every seed the training rows come in another random
    order, of which each part is a beginning: a larger part holds the smaller ones. All
    parts and seeds train side by side as lanes of one program, and all take the same
    number of steps: a smaller part is gone through more often, so that what is
    compared are data, not steps. Each keeps the weights of its epoch that did best on
    the validation split, which is the same for all, as is the scaling of inputs,
    fitted on the whole training split; both are a little kinder to small parts than
    having had only these data would have been. The weights are then scored on the
    test split, and a power law is fitted to the errors e over n rows of training.

    Source: Hestness et al., "Deep learning scaling is predictable, empirically"
    (2017), section 3.

    Args:
        network: without ranges; left out, one that fits the data.
        recipe: without ranges, an epoch is one of the whole training split; left out, one
            that fits the data.
        data: what to train on; may be given in the first place that is left out.
        fractions: shares of the training split, above 0 to 1, at least three.
        seeds: trainings of each part, at least 2; each has its own rows, initial
            weights, batches and noise.
        lanes: how many networks train side by side; ``"auto"`` chooses.
        seed: of the split, and of all that the seeds decide.
        objective: the metric, on the validation split to choose the epoch, on
            the test split for the curve.
        validation: share of the rows that steers training, or the numbers of these rows; or
            rows of their own (see `Dataset.with_parts`).
        test: share of the rows that errors are measured on, above 0; or rows of their own.
        progress: whether a panel shows how far it is, on a terminal and in a notebook.
        callbacks: a function, or several, each called with a `Progress` at the start of every
            phase, after every round and now and then between; in place of the panel.

    Returns:
        sizes, scores and errors, the power law with intervals, a sentence and a figure.

    Raises:
        RecipeError: a range is left, or fractions or seeds that cannot be used.
        DataError: data that cannot be used, or too few rows for the fractions.
        TrainingError: too many of the trainings diverged for a curve.
        KeyboardInterrupt: a second Ctrl-C, or one before any epoch. The first ends the
            round, and the curve is of the trainings that had ended; where none had, of
            what they had reached. It says so (`interrupted`).
    """
    began, watch = now(), one_callback(callbacks)
    network, recipe, data = resolve_arguments(
        network, recipe, data, ranges=False, objective=objective
    )
    check_arguments(network, recipe, data, Random())
    check_no_range(network, recipe, "learning_curve")
    check_seed(seed)
    check_whole(seeds, "seeds", least=2)
    shares = _checked(fractions)
    watch(Progress("preparing", len(shares) * seeds))
    data, parts = split_rows(data, seed, validation, test)
    problem = Problem.build(network, recipe, data, parts, objective)
    prepared, goal = problem.prepared, problem.objective
    if not len(prepared.test):
        raise DataError("errors are measured on a test split", received="no test rows")
    sizes = _sizes(shares, len(prepared.train))
    _check_metric(prepared, goal)
    plan = SearchPlan(problem, Random(), seed, len(sizes) * seeds, 0, 0, lanes=lanes)
    pool = lanes_of(plan, problem.space())
    numbers = (seed, *fresh_seeds(seed, seeds - 1))
    trials = _trials(pool, prepared, sizes, numbers)
    scores = _Scores(pool, prepared, len(trials))
    with interruptible() as interrupt, young_garbage_only():
        whole = Trainings(pool, trials, watch, interrupt, began, scores.take).run()
    curve = LearningCurve(
        prepared.name, goal.metric, goal.direction == "maximize", np.array(sizes), numbers,
        scores.values.reshape(len(sizes), seeds), len(prepared.test), _cost(pool, began),
        interrupted=not whole,
    )  # fmt: skip
    if not whole and not np.isfinite(curve.scores).any():
        raise KeyboardInterrupt
    if whole:
        curve.check_enough()
    return curve


def _checked(fractions: Sequence[float]) -> list[float]:
    """The fractions in ascending order."""
    try:
        shares = sorted({float(share) for share in fractions})
    except (TypeError, ValueError):
        shares = []
    if len(shares) < FEWEST_SIZES or not 0 < shares[0] <= shares[-1] <= 1:
        raise RecipeError(
            "a learning curve takes shares of the training rows",
            expected=f"at least {FEWEST_SIZES} different ones, above 0 to 1",
            received=fractions,
        )
    return shares


def _check_metric(prepared: Prepared, goal: Objective) -> None:
    """Raise RecipeError unless a finished model is scored by the metric."""
    known = final_measures(prepared.task, prepared.outputs, probabilities=True)
    names = [name for measure in known for name in measure.directions]
    if goal.metric not in names:
        raise RecipeError(
            "a learning curve is of a metric that every model is scored by",
            expected=", ".join(names),
            received=goal.metric,
        )


def _sizes(shares: Sequence[float], rows: int) -> list[int]:
    sizes = [max(round(share * rows), 1) for share in shares]
    if len(set(sizes)) < len(sizes) or sizes[0] < 2:
        raise DataError(
            "every part of the training rows has some rows more than the one before, and "
            "the smallest at least 2",
            received=f"parts of {', '.join(map(str, sizes))} of {rows} rows",
            hint="Use larger fractions, fewer of them, or more data.",
        )
    return sizes


def _trials(
    lanes: Lanes, prepared: Prepared, sizes: Sequence[int], seeds: Sequence[int]
) -> list[Trial]:
    """A trial for each size and seed, numbered by size, then seed.

    The first seed's come first, so that a curve that is broken off has all sizes.
    """
    rows = [nested_rows(prepared.train.y, prepared.task, sizes, seed) for seed in seeds]
    return [
        replace(lanes.trial(len(seeds) * i + j, {}, seed), rows=rows[j][i])
        for j, seed in enumerate(seeds)
        for i in range(len(sizes))
    ]


class _Scores:
    """The objective's metric on the test split, by trial; NaN where there is none."""

    def __init__(self, lanes: Lanes, prepared: Prepared, count: int) -> None:
        self.lanes, self.prepared = lanes, prepared
        self.values = np.full(count, np.nan)

    def take(self, done: TrialDone) -> None:
        """Score a training that ended."""
        if done.end == "diverged":
            return
        trial, prepared, metric = done.trial, self.prepared, self.lanes.objective.metric
        model = Model(trial.network, trial.recipe, done.weights(), prepared.preprocessing)
        predictor = predictor_for(trial.network, trial.recipe, prepared.task)
        part = prepared.test
        predictor.compile(model.params, part.x, part.y, self.lanes.log)
        self.values[trial.id] = model.score(part.x, part.y, part.weight)[metric]


def _cost(lanes: Lanes, began: float) -> dict[str, Any]:
    return {
        "seconds": time.perf_counter() - began,
        "compile": lanes.log.seconds,
        "compilations": lanes.log.count,
        "lanes": lanes.most,
        "programs": lanes.groups,
    }
