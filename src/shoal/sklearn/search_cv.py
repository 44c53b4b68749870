"""`ShoalSearchCV`: the search of `GridSearchCV` and `RandomizedSearchCV`, in lanes."""

from __future__ import annotations

import time
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV, check_cv

# What scikit-learn's own searches do with their results: the same here.
from sklearn.model_selection._validation import (
    _insert_error_scores,
    _warn_or_raise_about_fit_failures,
)
from sklearn.utils import indexable
from sklearn.utils.validation import _check_method_params

from shoal.sklearn.candidates import candidates
from shoal.sklearn.cross_fits import Task, cross_fits, fitted_alone
from shoal.sklearn.estimator import seed_of


class ShoalSearchCV(GridSearchCV):  # type: ignore[misc]  # scikit-learn has no types
    """Tries parameters by cross-validation, all candidates and folds in lanes of one program."""

    _parameter_constraints: ClassVar[dict[str, Any]] = {}

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        n_iter: int | None = None,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        random_state: Any = None,
        study: Any = None,
    ) -> None:
        super().__init__(
            estimator, param_grid, scoring=scoring, n_jobs=n_jobs, refit=refit, cv=cv,
            verbose=verbose, error_score=error_score, return_train_score=return_train_score,
        )  # fmt: skip
        self.n_iter = n_iter
        self.random_state = random_state
        self.study = study

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Train and score all candidates on all folds, then the best one on all rows.

        Args:
            X: inputs, as the estimator takes them.
            y: targets.
            **params: ``groups`` for the splitter, ``sample_weight`` for the fits.

        Raises:
            ValueError: data that scikit-learn refuses, or no fit that came to its end.
            KeyboardInterrupt: Ctrl-C.
        """
        scorer, metric = self._get_scorers()
        X, y = indexable(X, y)
        routed = self._get_routed_params_for_fit(_check_method_params(X, params=params))
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        splits = list(cv.split(X, y, **routed.splitter.split))
        self.n_splits_ = len(splits)
        tried = candidates(self.param_grid, self.n_iter, self.random_state)
        task = Task(
            self.estimator, X, y, splits, scorer, routed.estimator.fit, routed.scorer.score,
            self.return_train_score, self.error_score, seed_of(self.random_state),
            bool(self.verbose),
        )  # fmt: skip
        out = cross_fits(task, tried)
        if not out:
            raise ValueError("No fits were performed: there is no candidate, or no fold.")
        _warn_or_raise_about_fit_failures(out, self.error_score)
        if callable(self.scoring):
            _insert_error_scores(out, self.error_score)
        results = self._format_results(tried, self.n_splits_, out)
        self._choose(results, out, metric)
        if self.refit:
            self._refit(task)
        self.scorer_ = getattr(scorer, "_scorers", scorer)
        self.cv_results_ = results
        return self

    def _choose(self, results: dict[str, Any], out: list[dict[str, Any]], metric: str) -> None:
        """The best candidate, by ``refit``."""
        first = out[0]["test_scores"]
        self.multimetric_ = isinstance(first, dict)
        if callable(self.scoring) and self.multimetric_:
            self._check_refit_for_multimetric(first)
            metric = self.refit
        if self.refit or not self.multimetric_:
            self.best_index_ = self._select_best_index(self.refit, metric, results)
            if not callable(self.refit):
                self.best_score_ = results[f"mean_test_{metric}"][self.best_index_]
            self.best_params_ = results["params"][self.best_index_]

    def _refit(self, task: Task) -> None:
        """Train the best candidate on all rows."""
        began = time.time()
        given = clone(self.estimator).set_params(**clone(self.best_params_, safe=False))
        self.best_estimator_ = fitted_alone(given, task)
        self.refit_time_ = time.time() - began
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_
