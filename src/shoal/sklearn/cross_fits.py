"""Candidates times folds: trained in lanes together, each scored on its own held-out rows."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sklearn.base import clone

# How scikit-learn itself scores a fold, errors of scorers included.
from sklearn.model_selection._validation import _score
from sklearn.utils.validation import _check_method_params, _num_samples

from shoal.data import Dataset
from shoal.data.splitting.split import Steering
from shoal.errors import ShoalError
from shoal.sklearn.estimator import ShoalEstimator, watching
from shoal.sklearn.pipelines import (
    SEPARATOR,
    Surrounding,
    fit_surrounding,
    innermost,
    innermost_name,
)
from shoal.sklearn.task import Task, check_estimator_kind
from shoal.sklearn.translated import parameters_of, shell_of
from shoal.tuning.fits import Fit, Fitted, Memo, train_fits
from shoal.utils.environment import memory


def cross_fits(task: Task, candidates: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What each candidate came to on each fold, candidate after candidate.

    Returns:
        of each ``test_scores``, ``train_scores`` if asked for, ``fit_time``, ``score_time``,
        ``n_test_samples`` and ``fit_error``, as scikit-learn's own searches note them.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    run = _Run(task, candidates)
    run.train()
    return run.results()


MOST_PREPARED = 1 / 16
"""Share of the memory; fits whose data take more are trained before more data are read."""


@dataclass(frozen=True, eq=False)
class _Waiting:
    """A fit that is to be trained, and what its scores are taken of."""

    place: int
    estimator: ShoalEstimator
    surrounding: Surrounding
    fit: Fit


@dataclass(frozen=True, eq=False)
class _Data:
    """A fold's training rows for some candidates.

    Attributes:
        data, steering: as `to_train` gives them.
        learned: what the estimator learned of them.
    """

    data: Dataset
    steering: Steering
    learned: Mapping[str, Any]


class _Run:
    """The fits of a cross-validation on their way."""

    def __init__(self, task: Task, candidates: Sequence[Mapping[str, Any]]) -> None:
        self.task = task
        self.pairs = list(product(candidates, range(len(task.splits))))
        self.out: list[dict[str, Any]] = [{} for _ in self.pairs]
        self.fitted: dict[int, Fitted] = {}
        self._name = innermost_name(task.estimator)
        self._surroundings: dict[Hashable, Surrounding] = {}
        self._data: dict[Hashable, _Data] = {}
        self._memo: Memo = {}

    def train(self) -> None:
        """Train and score them all."""
        for candidate, _ in self.pairs[:: len(self.task.splits)]:
            self._check(candidate)
        try:
            for waiting in self._batches():
                self._train(waiting)
                # Keys hold identities of these data, so that they go together.
                for read in (self._surroundings, self._data, self._memo):
                    read.clear()
        finally:
            if self.task.kept:
                scored = {n: f for n, f in self.fitted.items() if self.out[n]["fit_error"] is None}
                self.task.kept.add_times({n: f.seconds for n, f in scored.items()})

    def _check(self, candidate: Mapping[str, Any]) -> None:
        """Raise TypeError where a candidate has an innermost estimator of another kind."""
        try:
            given = clone(self.task.estimator).set_params(**clone(dict(candidate), safe=False))
        except Exception:  # told where it is fitted
            return
        check_estimator_kind(given)

    def _batches(self) -> Iterator[list[_Waiting]]:
        """The fits that train in lanes, with as many data at a time as memory is for.

        Those with the same surroundings one after another; those that train alone are done.
        """
        waiting: list[_Waiting] = []
        before: Hashable = None
        for place in sorted(range(len(self.pairs)), key=self._order()):
            candidate, fold = self.pairs[place]
            if self.task.kept and place in self.task.kept.results:
                self.out[place] = self.task.kept.results[place]
                continue
            around = self._surrounding_key(candidate)
            if around != before and self._bytes() > MOST_PREPARED * memory():
                yield waiting
                waiting = []
            before = around
            given = clone(self.task.estimator)
            try:
                given.set_params(**clone(dict(candidate), safe=False))
            except ShoalError as error:  # a part of a recipe out of its bounds
                self._failed(place, error)
                continue
            try:
                one = self._read(place, given, (fold, around))
            except Exception as error:
                self._failed(place, error)
            else:
                waiting += [] if one is None else [one]
        yield waiting

    def _order(self) -> Callable[[int], int]:
        """By surroundings, in the order in which they are first met."""
        first: dict[Hashable, int] = {}
        keys = [first.setdefault(self._surrounding_key(c), len(first)) for c, _ in self.pairs]
        return keys.__getitem__

    def _surrounding_key(self, candidate: Mapping[str, Any]) -> Hashable:
        """What a candidate says of all but the innermost estimator."""
        if not self._name:
            return ()
        inner = self._name + SEPARATOR
        return tuple(
            (name, *_same(value))
            for name, value in sorted(candidate.items())
            if name != self._name and not name.startswith(inner)
        )

    def _bytes(self) -> int:
        """Of the data that are prepared."""
        return sum(
            part.x.nbytes
            for prepared in self._memo.values()
            for part in (prepared.train, prepared.validation)
        )

    def _train(self, waiting: Sequence[_Waiting]) -> None:
        """Train some in lanes and score each as it ends."""

        def done(number: int, fitted: Fitted) -> None:
            one = waiting[number]
            self.fitted[one.place] = fitted
            if fitted.error is not None:
                self._failed(one.place, fitted.error)
                return
            one.estimator.take(fitted)
            self._scored(one.place, one.surrounding.around(one.estimator))
            fitted.model = None  # so many models would fill the memory
            one.estimator.forget()

        with watching(self.task.searching, self.task.verbose) as watch:
            whole = train_fits([one.fit for one in waiting], done, watch=watch)
        if not whole:
            raise KeyboardInterrupt

    def _read(self, place: int, given: Any, key: tuple[int, Hashable]) -> _Waiting | None:
        """What is to be trained in lanes; None of what is a search of its own and is done."""
        surrounding = self._surrounding(given, key)
        last = innermost(given)
        estimator = last if isinstance(last, ShoalEstimator) else shell_of(last)
        read = self._data_for(estimator, surrounding, key)
        estimator.__dict__.update(read.learned)
        if estimator is not last:
            estimator.set_params(**parameters_of(last, read.data))
        steering = read.steering
        if isinstance(steering, int | float):
            steering = estimator.validation_fraction
        if not estimator.trains_one(read.data, steering):
            self._alone(place, estimator, surrounding)
            return None
        if estimator.random_state is None:
            estimator.random_state = self.task.seed
        fit = estimator.fit_of(read.data, steering, self._memo)
        return _Waiting(place, estimator, surrounding, fit)

    def _surrounding(self, given: Any, key: tuple[int, Hashable]) -> Surrounding:
        """What stands around the innermost estimator, fitted to a fold once."""
        if key not in self._surroundings:
            X, y = self.task.rows(key[0], held_out=False)
            self._surroundings[key] = fit_surrounding(given, X, y, self._fit_params(key[0]))
        return self._surroundings[key]

    def _data_for(
        self, estimator: ShoalEstimator, surrounding: Surrounding, key: tuple[int, Hashable]
    ) -> _Data:
        """A fold's data for an estimator, which are read and checked once."""
        told = estimator.get_params(deep=False)
        own = key, repr(told.get("class_weight")), bool(told["validation_fraction"])
        if own not in self._data:
            before = set(vars(estimator))
            data, steering = estimator.to_train(surrounding.X, surrounding.y, **surrounding.params)
            learned = {k: v for k, v in vars(estimator).items() if k not in before}
            self._data[own] = _Data(data, steering, learned)
        return self._data[own]

    def _fit_params(self, fold: int) -> dict[str, Any]:
        rows = self.task.splits[fold][0]
        params: dict[str, Any] = _check_method_params(
            self.task.X, params=dict(self.task.fit_params), indices=rows
        )
        return params

    def _alone(self, place: int, estimator: ShoalEstimator, surrounding: Surrounding) -> None:
        """Fit what is a search of its own."""
        began = time.perf_counter()
        estimator.fit(surrounding.X, surrounding.y, **surrounding.params)
        self.fitted[place] = Fitted(None, [], seconds=time.perf_counter() - began)
        self._scored(place, surrounding.around(estimator))

    def _scored(self, place: int, estimator: Any) -> None:
        task, (_, fold) = self.task, self.pairs[place]
        began = time.perf_counter()
        X, y = task.rows(fold, held_out=True)
        out = self.out[place]
        out["fit_error"] = None
        out["n_test_samples"] = _num_samples(X)
        out["test_scores"] = self._score(estimator, X, y, task.splits[fold][1])
        out["score_time"] = time.perf_counter() - began
        if task.train_score:
            X, y = task.rows(fold, held_out=False)
            out["train_scores"] = self._score(estimator, X, y, task.splits[fold][0])
        if task.kept:
            task.kept.add(place, out)

    def _score(self, estimator: Any, X: Any, y: Any, rows: Any) -> Any:
        task = self.task
        params = _check_method_params(task.X, params=dict(task.score_params), indices=rows)
        return _score(estimator, X, y, task.scorer, params, task.error_score)

    def _failed(self, place: int, error: Exception) -> None:
        task = self.task
        if task.error_score == "raise":
            raise error
        several = getattr(task.scorer, "_scorers", None)
        scores = task.error_score if several is None else dict.fromkeys(several, task.error_score)
        told = str(error) if isinstance(error, ShoalError) else None
        self.out[place] = {
            "fit_error": told or "".join(traceback.format_exception(error)),
            "test_scores": scores,
            "score_time": 0.0,
            "n_test_samples": _num_samples(task.splits[self.pairs[place][1]][1]),
            **({"train_scores": scores} if task.train_score else {}),
        }

    def results(self) -> list[dict[str, Any]]:
        """With the time that each fit took."""
        for place, out in enumerate(self.out):
            if place in self.fitted:
                out["fit_time"] = self.fitted[place].seconds
            out.setdefault("fit_time", 0.0)
        return self.out


def _same(value: Any) -> tuple[Hashable, ...]:
    """What is equal of parameters that are the same: plain values, or one object."""
    plain = isinstance(value, str | int | float | bool | None)
    return type(value).__name__, value if plain else id(value)
