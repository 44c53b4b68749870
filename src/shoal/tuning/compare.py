"""`compare`: given members of a family, each with several seeds, trained side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shoal.data import Dataset, Prepared
from shoal.data.splitting.split import Steering
from shoal.engine import EpochDone, Lanes, Recipe, Splits, TrialDone
from shoal.engine.compilation import use_cache
from shoal.engine.lane_count import WIDTH_LEVELS, lane_count
from shoal.errors import RecipeError, SpaceError
from shoal.models.model import Model
from shoal.nn import Network
from shoal.samplers import Random
from shoal.space import Choice, Point, Space
from shoal.tuning.checks import check_arguments, check_seed, check_whole
from shoal.tuning.comparison import TRAIN_LOSS, Comparison
from shoal.tuning.limits import interruptible, young_garbage_only
from shoal.tuning.problem import OwnPart, Problem, split_rows, with_implied_task
from shoal.tuning.progress import Callbacks, Progress, one_callback, shows_progress
from shoal.tuning.run_search import now
from shoal.tuning.trainings import Trainings
from shoal.utils.default_values import SEED, TEST, VALIDATION


@shows_progress
def compare(
    family: Network,
    recipe: Recipe,
    data: Dataset,
    alternatives: Mapping[str, Mapping[str, Any]],
    *,
    seeds: int = 8,
    seed: int = SEED,
    lanes: int | str = "auto",
    objective: str | None = None,
    validation: Steering | OwnPart = VALIDATION,
    test: float | OwnPart = TEST,
    progress: bool = True,
    callbacks: Callbacks | None = None,
) -> Comparison:
    """Train some members of a family, each with several seeds, and tell how they differ.

    Every alternative has the same seeds and the same split of the data; those that
    differ by numbers alone share one program. The test split is left alone: the
    models are there to be scored on it.

    Args:
        family: a network, with ranges where the alternatives differ.
        recipe: how to train; may hold ranges too.
        data: what to train on.
        alternatives: by name, the values of all hyperparameters by their names in
            the space (such as ``"dropout_1.rate"``); of a `Choice`, an option's label.
        seeds: how many of each: ``seed``, ``seed + 1``, …
        seed: the first, and that of the split.
        lanes: how many networks train side by side; ``"auto"`` chooses.
        objective: the validation metric that decides which epoch was best.
        validation: share of the rows that steers training, or the numbers of these rows; or
            rows of their own (see `Dataset.with_parts`).
        test: share of the rows that neither trains nor steers; or rows of their own.
        progress: whether a panel shows how far it is, on a terminal and in a notebook.
        callbacks: a function, or several, each called with a `Progress` at the start of every
            phase, after every round and now and then between; in place of the panel.

    Returns:
        curves, best epochs and models. After Ctrl-C, which ends the round, they are of
        the trainings that had ended, and the curves of the others go as far as they had
        come; where none had ended, models are the best so far. It says so (`interrupted`).

    Raises:
        RecipeError: no alternatives, or no whole number of seeds.
        SpaceError: an alternative that leaves a hyperparameter open, names one that
            is none, or gives a value outside its range.
        ShoalError: data, network or recipe that cannot be used.
        KeyboardInterrupt: a second Ctrl-C, or one before any epoch.
    """
    began, watch = now(), one_callback(callbacks)
    check_arguments(family, recipe, data, Random())
    check_seed(seed)
    check_whole(seeds, "seeds", least=1)
    if not alternatives:
        raise RecipeError("a comparison is of at least one alternative", received="none")
    watch(Progress("preparing", len(alternatives) * seeds))
    data = with_implied_task(data, objective, recipe.loss)
    problem = Problem.build(family, recipe, *split_rows(data, seed, validation, test), objective)
    space, goal = problem.space(), problem.objective
    points = [_point(space, name, values) for name, values in alternatives.items()]
    use_cache()
    group = Lanes(
        problem.family, problem.recipe, space, Splits.of(problem.prepared, goal), goal,
        lane_count(lanes), WIDTH_LEVELS,
    )  # fmt: skip
    trials = [
        group.trial(number * seeds + i, point, int(seed) + i)
        for number, point in enumerate(points)
        for i in range(seeds)
    ]
    table = _Table(tuple(alternatives), int(seed), seeds, problem.prepared)
    with interruptible() as interrupt, young_garbage_only():
        whole = Trainings(
            group, trials, watch, interrupt, began, table.take_end, table.take_epochs
        ).run()
    if not whole and not any(table.rows):
        raise KeyboardInterrupt
    return table.comparison(group.groups, interrupted=not whole)


def _point(space: Space, name: str, values: Mapping[str, Any]) -> Point:
    """An alternative as a point of the space."""
    point: Point = {}
    ranges = {entry.name: entry.range for entry in space}
    for key, value in values.items():
        given = ranges.get(key)
        if isinstance(given, Choice):
            labels = given.labels()
            if value not in labels:
                raise SpaceError(
                    "of a choice, one of its options is named",
                    where=f"alternative {name!r}, {key}",
                    expected=", ".join(map(str, labels)),
                    received=repr(value),
                )
            value = labels.index(value)
        point[key] = value
    try:
        space.check(point)
    except SpaceError as error:
        place = f", {error.where}" if error.where else ""
        raise error.at(f"alternative {name!r}{place}") from None
    return point


class _Table:
    """What the lanes tell, put in its place as it comes."""

    def __init__(self, names: tuple[str, ...], seed: int, seeds: int, prepared: Prepared) -> None:
        self.names, self.prepared = names, prepared
        self.seeds = tuple(seed + i for i in range(seeds))
        count = len(names) * seeds
        self.rows: list[list[EpochDone]] = [[] for _ in range(count)]
        self.best = np.zeros(count, np.int64)
        self.models: list[Model | None] = [None] * count

    def take_epochs(self, epochs: Sequence[EpochDone]) -> None:
        """Take what a round has trained."""
        for done in epochs:
            self.rows[done.trial.id].append(done)

    def take_end(self, end: TrialDone) -> None:
        """Take the weights of a training that ended."""
        if end.end == "diverged" or not end.best_epoch:
            return
        trial = end.trial
        self.best[trial.id] = end.best_epoch
        info = {"dataset": self.prepared.name, "seed": trial.seed, "validation": end.metrics}
        self.models[trial.id] = Model(
            trial.network, trial.recipe, end.weights(), self.prepared.preprocessing, info
        )

    def comparison(self, programs: int, *, interrupted: bool) -> Comparison:
        """All of it by alternative and seed."""
        shape = (len(self.names), len(self.seeds))
        models = np.array(self.models, object).reshape(shape)
        return Comparison(
            self.names, self.seeds, self._curves(shape), self.best.reshape(shape),
            {name: tuple(row) for name, row in zip(self.names, models, strict=True)},
            programs, interrupted,
        )  # fmt: skip

    def _curves(self, shape: tuple[int, int]) -> dict[str, np.ndarray]:
        told = [{TRAIN_LOSS: e.train_loss, **e.metrics} for row in self.rows for e in row]
        longest = max((len(row) for row in self.rows), default=0)
        curves = {key: np.full((len(self.rows), longest), np.nan) for key in (told or [{}])[0]}
        for number, row in enumerate(self.rows):
            for epoch in row:
                for key, value in {TRAIN_LOSS: epoch.train_loss, **epoch.metrics}.items():
                    curves[key][number, epoch.epoch - 1] = value
        return {key: values.reshape(*shape, longest) for key, values in curves.items()}
