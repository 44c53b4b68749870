"""A study of Optuna's in memory, asked for points of a space and told what came of them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from shoal.samplers.novelty import Novelty, key_of, uniform
from shoal.samplers.seeds import generator
from shoal.space import Choice, Int, Point, Range, Space

TRIES = 10
"""Proposals of Optuna's that may be known before points are drawn at random."""


class OptunaStudy:
    """One of Optuna's studies and the space that it is about.

    Args:
        space: the space.
        sampler: of Optuna's, unused so far.
        seed: of the points that are drawn where Optuna proposes known ones.
    """

    def __init__(self, space: Space, sampler: Any, seed: int) -> None:
        import optuna

        self._space, self._seed = space, seed
        with quiet():
            self._study = optuna.create_study(sampler=sampler)
        self._novelty = Novelty(space, ())
        self._open: dict[str, Any] = {}
        self._asked = 0

    def ask(self) -> Point | None:
        """A new point; None where the space has no more."""
        rng, proposed = generator(self._seed, self._asked), list[tuple[str, Any]]()

        def draw() -> Point:
            if len(proposed) == TRIES:
                return uniform(self._space, rng)
            trial = self._study.ask()
            point = self._suggested(trial)
            proposed.append((key_of(point), trial))
            return point

        with quiet():
            point = self._novelty.fresh(draw, rng)
            chosen = None if point is None else key_of(point)
            for key, trial in proposed:
                if key == chosen and chosen not in self._open:
                    self._open[key] = trial
                else:
                    self._fail(trial)
        self._asked += point is not None
        return point

    def tell(self, results: Sequence[Sequence[Any]]) -> None:
        """What came of points: each with its objective, or None."""
        self._novelty.note_all(point for point, _ in results)
        with quiet():
            for point, objective in results:
                trial = self._open.pop(key_of(point), None)
                if trial is None:
                    self._add(point, objective)
                elif objective is None:
                    self._fail(trial)
                else:
                    self._study.tell(trial, objective)

    def _fail(self, trial: Any) -> None:
        from optuna.trial import TrialState

        self._study.tell(trial, state=TrialState.FAIL)

    def _add(self, point: Point, objective: float | None) -> None:
        """A trial of a point that this study did not propose."""
        from optuna.trial import TrialState, create_trial

        active = [entry for entry in self._space if entry.name in point]
        kinds = {entry.name: _distribution(entry.range) for entry in active}
        state = TrialState.FAIL if objective is None else TrialState.COMPLETE
        self._study.add_trial(
            create_trial(state=state, value=objective, params=dict(point), distributions=kinds)
        )

    def _suggested(self, trial: Any) -> Point:
        point: Point = {}
        for entry in self._space:
            if entry.active(point):
                point[entry.name] = _suggested(trial, entry.name, entry.range)
        return point


def _suggested(trial: Any, name: str, values: Range) -> Any:
    if isinstance(values, Choice):
        return trial.suggest_categorical(name, list(range(len(values.options))))
    suggest = trial.suggest_int if isinstance(values, Int) else trial.suggest_float
    return suggest(name, values.low, values.high, log=values.log)


def _distribution(values: Range) -> Any:
    from optuna import distributions as kinds

    if isinstance(values, Choice):
        return kinds.CategoricalDistribution(list(range(len(values.options))))
    if isinstance(values, Int):
        return kinds.IntDistribution(int(values.low), int(values.high), log=values.log)
    return kinds.FloatDistribution(float(values.low), float(values.high), log=values.log)


@contextmanager
def quiet() -> Iterator[None]:
    """Without Optuna's log and its warnings that something is experimental."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)
