"""Candidates times folds: trained in lanes together, each scored on its own held-out rows."""

from __future__ import annotations

import time
import traceback
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from sklearn.base import clone

# How scikit-learn itself scores a fold, errors of scorers included.
from sklearn.model_selection._validation import _score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params, _num_samples

from shoal.data import Dataset
from shoal.data.split import Steering
from shoal.errors import ShoalError
from shoal.sklearn.estimator import ShoalEstimator, watching
from shoal.sklearn.kept_results import KeptResults, digest
from shoal.sklearn.translated import parameters_of, shell_of
from shoal.wiring.fits import Fit, Fitted, Memo, train_fits


@dataclass(frozen=True)
class Task:
    """What is cross-validated, and how it is scored.

    Attributes:
        estimator: a clone of it is fitted for each candidate and fold.
        X, y: all rows.
        splits: of each fold the rows that train and those that are held out.
        scorer: one, or several as one, as scikit-learn makes them.
        fit_params, score_params: what `fit` and the scorers are given beside data.
        train_score: whether the training rows are scored as well.
        error_score: of a fit that fails; ``"raise"``: its error is raised.
        seed: of fits whose estimator has no ``random_state``: the same for all.
        kept: the file's results; None: there is no file.
        searching: the search whose task it is.
        verbose: whether a panel shows progress.
    """

    estimator: Any
    X: Any
    y: Any
    splits: Sequence[tuple[Any, Any]]
    scorer: Any
    fit_params: Mapping[str, Any] = field(default_factory=dict)
    score_params: Mapping[str, Any] = field(default_factory=dict)
    train_score: bool = False
    error_score: Any = np.nan
    seed: int = 0
    kept: KeptResults | None = None
    searching: Any = None
    verbose: bool = False

    def rows(self, fold: int, *, held_out: bool) -> tuple[Any, Any]:
        """Inputs and targets of a fold."""
        train, test = self.splits[fold]
        if held_out:
            return _safe_split(self.estimator, self.X, self.y, test, train)  # type: ignore[no-any-return]
        return _safe_split(self.estimator, self.X, self.y, train)  # type: ignore[no-any-return]


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


def check_estimator_kind(estimator: Any) -> None:
    """Raise TypeError unless it is an estimator that trains in lanes, or one that can be."""
    if not isinstance(estimator, ShoalEstimator | MLPClassifier | MLPRegressor):
        raise TypeError(
            "ShoalSearchCV is for ShoalClassifier, ShoalRegressor, MLPClassifier and "
            f"MLPRegressor, not for {type(estimator).__name__}. In a pipeline, make the search "
            "its last step."
        )


def shoal_kind_of(estimator: Any) -> ShoalEstimator:
    """The estimator, or the one of shoal's that stands for it."""
    return estimator if isinstance(estimator, ShoalEstimator) else shell_of(estimator)


def asked_of(task: Task, candidates: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Digests of all that decides what fits come to, by what they are of."""
    shell = shoal_kind_of(clone(task.estimator))
    data, _ = shell.to_train(task.X, task.y, **task.fit_params)
    return {
        "data": digest(data),
        "folds": digest(*(np.asarray(rows) for fold in task.splits for rows in fold)),
        "candidates": digest(list(candidates)),
        "estimator": digest(task.estimator),
        "scoring": digest(getattr(task.scorer, "_scorers", task.scorer), task.train_score),
    }


def fitted_alone(given: Any, task: Task) -> ShoalEstimator:
    """An estimator, or the one of shoal's that stands for it, fitted to all rows."""
    estimator = given
    if not isinstance(given, ShoalEstimator):
        estimator = shell_of(given)
        data, _ = estimator.to_train(task.X, task.y, **task.fit_params)
        estimator.set_params(**parameters_of(given, data))
    drawn = estimator.random_state is None
    if drawn:
        estimator.random_state = task.seed
    estimator.fit(task.X, task.y, **task.fit_params)
    if drawn:
        estimator.random_state = None
    return estimator  # type: ignore[no-any-return]  # as given


class _Run:
    """The fits of a cross-validation on their way."""

    def __init__(self, task: Task, candidates: Sequence[Mapping[str, Any]]) -> None:
        self.task = task
        self.pairs = list(product(candidates, range(len(task.splits))))
        self.out: list[dict[str, Any]] = [{} for _ in self.pairs]
        self.fitted: dict[int, Fitted] = {}
        self._data: dict[Hashable, tuple[Dataset, Steering, dict[str, Any]]] = {}
        self._memo: Memo = {}

    def train(self) -> None:
        """Train and score them all."""
        together: list[tuple[int, ShoalEstimator, Fit]] = []
        for place, (candidate, fold) in enumerate(self.pairs):
            if self.task.kept and place in self.task.kept.results:
                self.out[place] = self.task.kept.results[place]
                continue
            given = clone(self.task.estimator)
            try:
                given.set_params(**clone(dict(candidate), safe=False))
            except ShoalError as error:  # a part of a recipe out of its bounds
                self._failed(place, error)
                continue
            try:
                estimator, data, steering = self._read(given, fold)
                if estimator.trains_one(data, steering):
                    if estimator.random_state is None:
                        estimator.random_state = self.task.seed
                    fit = estimator.fit_of(data, steering, self._memo)
                    together.append((place, estimator, fit))
                else:
                    self._alone(place, estimator, fold)
            except Exception as error:
                self._failed(place, error)

        def done(number: int, fitted: Fitted) -> None:
            place, estimator, _ = together[number]
            self.fitted[place] = fitted
            if fitted.error is not None:
                self._failed(place, fitted.error)
                return
            estimator.take(fitted)
            self._scored(place, estimator)
            fitted.model = None  # so many models would fill the memory
            estimator.forget()

        fits = [fit for *_, fit in together]
        try:
            with watching(self.task.searching, self.task.verbose) as watch:
                whole = train_fits(fits, done, watch=watch)
            if not whole:
                raise KeyboardInterrupt
        finally:
            if self.task.kept:
                scored = {n: f for n, f in self.fitted.items() if self.out[n]["fit_error"] is None}
                self.task.kept.add_times({n: f.seconds for n, f in scored.items()})

    def _read(self, given: Any, fold: int) -> tuple[ShoalEstimator, Dataset, Steering]:
        """An estimator and a fold's data for it, which are read and checked once."""
        estimator = given if isinstance(given, ShoalEstimator) else shell_of(given)
        told = estimator.get_params(deep=False)
        key = fold, repr(told.get("class_weight")), bool(told["validation_fraction"])
        if key not in self._data:
            X, y = self.task.rows(fold, held_out=False)
            before = set(vars(estimator))
            data, steering = estimator.to_train(X, y, **self._fit_params(fold))
            learned = {k: v for k, v in vars(estimator).items() if k not in before}
            self._data[key] = data, steering, learned
        data, steering, learned = self._data[key]
        estimator.__dict__.update(learned)
        if estimator is not given:
            estimator.set_params(**parameters_of(given, data))
        if isinstance(steering, int | float):
            steering = estimator.validation_fraction
        return estimator, data, steering

    def _fit_params(self, fold: int) -> dict[str, Any]:
        rows = self.task.splits[fold][0]
        params: dict[str, Any] = _check_method_params(
            self.task.X, params=dict(self.task.fit_params), indices=rows
        )
        return params

    def _alone(self, place: int, estimator: ShoalEstimator, fold: int) -> None:
        """Fit what is a search of its own."""
        began = time.perf_counter()
        X, y = self.task.rows(fold, held_out=False)
        estimator.fit(X, y, **self._fit_params(fold))
        self.fitted[place] = Fitted(None, [], seconds=time.perf_counter() - began)
        self._scored(place, estimator)

    def _scored(self, place: int, estimator: ShoalEstimator) -> None:
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

    def _score(self, estimator: ShoalEstimator, X: Any, y: Any, rows: Any) -> Any:
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
