"""`train_fits`: networks, each on its own division of its own data, in lanes together.

What `train` does with one network this does with many at once, where none of them is
compared with another here: the fits of a cross-validation, candidates times folds. Each is
trained, steered, stopped and kept by itself, and comes to what it would come to alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shoal.data import Dataset, Prepared, Preprocessing, Split
from shoal.data.splitting.split import Steering, split
from shoal.engine import (
    EarlyStopping,
    EpochDone,
    Lanes,
    Member,
    Objective,
    Recipe,
    Trial,
    TrialDone,
)
from shoal.engine.compilation import use_cache
from shoal.engine.early_stopping import TRAIN_LOSS
from shoal.engine.lane_count import WIDTH_LEVELS, lane_count
from shoal.engine.stacked import stacked
from shoal.engine.trial import Predicts, Start
from shoal.errors import RecipeError, ShoalError, TrainingError
from shoal.models.model import Model
from shoal.nn import Network
from shoal.samplers import Random
from shoal.space import Space, common_family
from shoal.space.common_family import likeness
from shoal.tuning.checks import check_arguments, check_seed
from shoal.tuning.limits import Interrupt, interruptible, young_garbage_only
from shoal.tuning.problem import Preparation, Problem
from shoal.tuning.progress import Progress, Watch, no_callback
from shoal.tuning.trainings import Trainings
from shoal.utils.environment import Machine

Memo = dict[Hashable, Prepared]
"""Data that were prepared already, so that fits on the same data share them."""


@dataclass(frozen=True, eq=False)
class Fit:
    """One network to be trained, as `train` would train it.

    Attributes:
        network, recipe: without ranges; the input's shape known.
        prepared: the data; its test part is not looked at.
        goal: what decides which epoch was the best.
        seed: of initial weights, batches and noise.
        start: what training goes on from; None: its first weights are drawn.
        until: the epoch that ends it; None: the recipe's rules.
    """

    network: Network
    recipe: Recipe
    prepared: Prepared
    goal: Objective
    seed: int
    start: Start | None = None
    until: int | None = None

    @property
    def steered(self) -> bool:
        """Whether some rows validate."""
        return len(self.prepared.validation) > 0


@dataclass(frozen=True, eq=False)
class LaneModel(Model):
    """A model that predicts by the program that trained it, together with its neighbors.

    Attributes:
        lane: what it predicts with.
    """

    lane: Predicts | None = None

    def _predictor(self) -> Any:
        return super()._predictor() if self.lane is None else self.lane


@dataclass(eq=False)
class Fitted:
    """What came of a fit.

    Attributes:
        model: with the weights of its best epoch; None where there is none.
        history: of each epoch the training loss and the validation metrics.
        error: why there is no model.
        seconds: its share of the time that all took.
        best_epoch: of which the weights are, from 1.
        reached: what training could go on from; of a fit that was trained alone.
        metric: the objective's.
        steered: whether some rows validate.
    """

    model: Model | None
    history: list[EpochDone]
    error: ShoalError | None = None
    seconds: float = 0.0
    best_epoch: int = 0
    reached: Start | None = None
    metric: str = ""
    steered: bool = True


Done = Callable[[int, Fitted], None]
"""Told of each fit that ends: its place, and what came of it."""


def fit_of(
    network: Network,
    recipe: Recipe,
    data: Dataset,
    *,
    seed: int,
    objective: str | None,
    validation: Steering,
    memo: Memo | None = None,
    fitted: Preprocessing | None = None,
) -> Fit:
    """What `train` would train, of a family the member at its defaults.

    Args:
        network: may have ranges, and so may the recipe.
        recipe: how to train it.
        data: with targets.
        seed: of everything.
        objective: the validation metric that decides; None: the task's usual one.
        validation: share of the rows that steers training, or the numbers of these rows; 0:
            all rows train, the weights are those of the last epoch, and early stopping
            watches the training loss.
        memo: what was prepared of the same data sets, and what is from now on.
        fitted: the preprocessing, if it was fitted before, on other rows.

    Raises:
        ShoalError: data, network or recipe that cannot be used.
    """
    check_arguments(network, recipe, data, Random())
    check_seed(seed)
    space = Space(network, recipe)
    point = space.default_point()
    network, recipe = space.bind(network, point), space.bind(recipe, point)
    Objective.of(data.task, objective)  # a name that is none is refused before data are prepared
    preparation = Preparation.of(network, recipe)
    share = validation if isinstance(validation, int | float) else tuple(validation)
    key = (id(data), seed, share, preparation)
    memo = {} if memo is None else memo
    if key not in memo:
        memo[key] = preparation.apply(data, _split(data, seed, validation), fitted)
    problem = Problem.on(network, recipe, memo[key], objective)
    prepared, recipe = problem.prepared, problem.recipe
    if not len(prepared.validation):
        recipe = _unsteered(recipe)
    return Fit(problem.family, recipe, prepared, problem.objective, seed)


def _split(data: Dataset, seed: int, validation: Steering) -> Split:
    if not isinstance(validation, int | float) or validation != 0:
        return split(data, seed=seed, validation=validation, test=0.0)
    nothing = np.empty(0, np.int64)
    return Split(np.arange(len(data)), nothing, nothing, seed)


def _unsteered(recipe: Recipe) -> Recipe:
    """The recipe where no rows validate."""
    stopping = recipe.early_stopping
    if not isinstance(stopping, EarlyStopping) or stopping.monitor == TRAIN_LOSS:
        return recipe
    if stopping.monitor is not None:
        raise RecipeError(
            "early stopping watches what is measured, and no rows validate",
            where="recipe.early_stopping.monitor",
            expected=TRAIN_LOSS,
            received=stopping.monitor,
        )
    return replace(recipe, early_stopping=replace(stopping, monitor=TRAIN_LOSS))


def train_fits(
    fits: Sequence[Fit],
    done: Done,
    *,
    lanes: int | str = "auto",
    watch: Watch = no_callback,
) -> bool:
    """Train them all, those that are alike in lanes of one program.

    Args:
        fits: what to train.
        done: is given each fit that ends.
        lanes: how many networks train side by side; ``"auto"`` chooses.
        watch: told of progress.

    Returns:
        whether nobody interrupted. After an interrupt the fits that had ended are done, or
        where none had, what the running ones had reached.
    """
    use_cache()
    with interruptible() as interrupt, young_garbage_only():
        before = _Before(watch, len(fits))
        for places in _pools(fits):
            pool = _Pool([fits[place] for place in places], places, done, lanes)
            if not pool.train(before, interrupt):
                return False
            before.take(pool)
    return True


def _pools(fits: Sequence[Fit]) -> list[list[int]]:
    """The places of fits that are members of one family, the first ones first."""
    pools: dict[Hashable, list[int]] = {}
    for place, fit in enumerate(fits):
        fitted = fit.prepared.preprocessing
        graph = tuple((node.name, node.inputs, node.owner) for node in fit.network.nodes)
        key = (
            likeness(fit.network, fit.recipe), graph, fit.network.output,
            fit.network.input_shape, fitted.task, fitted.outputs, fit.goal,
        )  # fmt: skip
        pools.setdefault(key, []).append(place)
    return list(pools.values())


class _Before:
    """The pools that are over, told of along with the one that is trained."""

    def __init__(self, watch: Watch, asked: int) -> None:
        self.watch, self.asked, self.began = watch, asked, time.perf_counter()
        self.ended = self.epochs = self.compilations = 0

    def take(self, pool: _Pool) -> None:
        """One pool more is over."""
        self.ended += len(pool.fits)
        self.epochs += pool.epochs
        self.compilations += pool.compilations

    def __call__(self, progress: Progress) -> None:
        states = dict(progress.states)
        states["completed"] = states.get("completed", 0) + self.ended
        waiting = self.asked - self.ended - sum(progress.states.values())
        states["waiting"] = states.get("waiting", 0) + max(waiting, 0)
        more = {"epochs": self.epochs, "compilations": self.compilations}
        told = {name: getattr(progress, name) + value for name, value in more.items()}
        self.watch(replace(progress, asked=self.asked, states=states, **told))


class _Pool:
    """Fits of one family."""

    def __init__(
        self, fits: Sequence[Fit], places: Sequence[int], done: Done, lanes: int | str
    ) -> None:
        self.fits, self.places, self.done, self.asked = fits, places, done, lanes
        self.epochs = self.compilations = 0
        self._history: list[list[EpochDone]] = [[] for _ in fits]
        self._fitted: list[Fitted | None] = [None for _ in fits]

    def train(self, watch: Watch, interrupt: Interrupt) -> bool:
        """Train them; whether nobody interrupted."""
        began = time.perf_counter()
        (family, recipe), space, points = common_family([(f.network, f.recipe) for f in self.fits])
        parts = list({id(fit.prepared): fit.prepared for fit in self.fits}.values())
        number = {id(part): place for place, part in enumerate(parts)}
        goal = self.fits[0].goal
        count = lane_count(self.asked, machine=Machine.here())
        lanes = Lanes(family, recipe, space, stacked(parts, goal), goal, count, WIDTH_LEVELS)
        trials: list[Trial] = []
        for place, (fit, point) in enumerate(zip(self.fits, points, strict=True)):
            member = Member(fit.seed, number[id(fit.prepared)])
            try:
                trial = lanes.trial(place, point, fit.seed, (member,))
                trials.append(
                    replace(trial, last=not fit.steered, start=fit.start, until=fit.until)
                )
            except ShoalError as error:
                self._end(place, Fitted(None, [], error))
        try:
            if not trials:
                return True
            return Trainings(lanes, trials, watch, interrupt, began, self._ended, self._noted).run()
        finally:
            self.epochs = sum(map(len, self._history))
            self.compilations = lanes.log.count
            self._share(time.perf_counter() - began)

    def _noted(self, epochs: Sequence[EpochDone]) -> None:
        for epoch in epochs:
            self._history[epoch.trial.id].append(epoch)

    def _ended(self, done: TrialDone) -> None:
        place = done.trial.id
        history = self._history[place]
        if done.end == "diverged" or done.objective is None:
            self._end(place, Fitted(None, history, _diverged(done)))
            return
        fit = self.fits[place]
        info = {
            "dataset": fit.prepared.name, "seed": fit.seed, "epochs": done.epochs,
            "best_epoch": done.best_epoch, "validation": done.metrics,
        }  # fmt: skip
        model = LaneModel(
            fit.network, fit.recipe, done.weights(), fit.prepared.preprocessing, info,
            done.predictor() if len(self.fits) > 1 else None,
        )  # fmt: skip
        reached = done.reached() if len(self.fits) == 1 else None
        self._end(place, Fitted(model, history, best_epoch=done.best_epoch, reached=reached))

    def _end(self, place: int, fitted: Fitted) -> None:
        fit = self.fits[place]
        fitted.metric, fitted.steered = fit.goal.metric, fit.steered
        self._fitted[place] = fitted
        self.done(self.places[place], fitted)

    def _share(self, seconds: float) -> None:
        """Divide the time by examples gone through."""
        work = np.array([
            len(history) * len(fit.prepared.train)
            for history, fit in zip(self._history, self.fits, strict=True)
        ], float)  # fmt: skip
        total = max(float(work.sum()), 1.0)
        for fitted, own in zip(self._fitted, work, strict=True):
            if fitted is not None:
                fitted.seconds = seconds * float(own) / total


def _diverged(done: TrialDone) -> TrainingError:
    at = "" if done.first_bad_step is None else f" after {done.first_bad_step} steps"
    return TrainingError(
        "training ends with a finite loss",
        received=f"a loss that is not finite{at}",
        hint="Lower the learning rate.",
    )
