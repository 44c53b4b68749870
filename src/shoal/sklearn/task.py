"""What is cross-validated: an estimator, rows, folds and scorers; and one fit to all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.metaestimators import _safe_split

from shoal.sklearn.estimator import ShoalEstimator
from shoal.sklearn.kept_results import ResultCache, digest
from shoal.sklearn.pipelines import fit_surrounding, innermost, with_innermost
from shoal.sklearn.translated import parameters_of, shell_of


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
    kept: ResultCache | None = None
    searching: Any = None
    verbose: bool = False

    def rows(self, fold: int, *, held_out: bool) -> tuple[Any, Any]:
        """Inputs and targets of a fold."""
        train, test = self.splits[fold]
        if held_out:
            return _safe_split(self.estimator, self.X, self.y, test, train)  # type: ignore[no-any-return]
        return _safe_split(self.estimator, self.X, self.y, train)  # type: ignore[no-any-return]


def trains_in_lanes(estimator: Any) -> bool:
    """Whether the innermost estimator does, or one of shoal's that stands for it."""
    return isinstance(innermost(estimator), ShoalEstimator | MLPClassifier | MLPRegressor)


def check_estimator_kind(estimator: Any) -> None:
    """Raise TypeError unless the innermost estimator trains in lanes, or one like it can."""
    if trains_in_lanes(estimator):
        return
    last = innermost(estimator)
    name = repr(last) if last is None or isinstance(last, str) else type(last).__name__
    where = "" if last is estimator else f" at the end of a {type(estimator).__name__}"
    raise TypeError(
        "ShoalSearchCV is for ShoalClassifier, ShoalRegressor, MLPClassifier and MLPRegressor, "
        f"alone or as the last step of a Pipeline, not for {name}{where}."
    )


def shoal_kind_of(estimator: Any) -> Any:
    """The estimator with one of shoal's in the innermost place."""
    last = innermost(estimator)
    return (
        estimator if isinstance(last, ShoalEstimator) else with_innermost(estimator, shell_of(last))
    )


def asked_of(task: Task, candidates: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Digests of all that decides what fits come to, by what they are of."""
    if innermost(task.estimator) is task.estimator:
        shell = shoal_kind_of(clone(task.estimator))
        of_data = digest(shell.to_train(task.X, task.y, **task.fit_params)[0])
    else:  # what a pipeline takes may be anything
        of_data = joblib.hash((task.X, task.y, dict(task.fit_params)))
    return {
        "data": of_data,
        "folds": digest(*(np.asarray(rows) for fold in task.splits for rows in fold)),
        "candidates": digest(list(candidates)),
        "estimator": digest(task.estimator),
        "scoring": digest(getattr(task.scorer, "_scorers", task.scorer), task.train_score),
    }


def fitted_alone(given: Any, task: Task) -> Any:
    """An estimator fitted to all rows, the innermost one or the one of shoal's for it in place."""
    surrounding = fit_surrounding(given, task.X, task.y, task.fit_params)
    X, y, params = surrounding.X, surrounding.y, surrounding.params
    last = estimator = innermost(given)
    if not isinstance(last, ShoalEstimator):
        estimator = shell_of(last)
        data, _ = estimator.to_train(X, y, **params)
        estimator.set_params(**parameters_of(last, data))
    drawn = estimator.random_state is None
    if drawn:
        estimator.random_state = task.seed
    estimator.fit(X, y, **params)
    if drawn:
        estimator.random_state = None
    return surrounding.around(estimator)
