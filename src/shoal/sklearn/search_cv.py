"""`ShoalSearchCV`: the search of `GridSearchCV` and `RandomizedSearchCV`, in lanes."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV, check_cv

# What scikit-learn's own searches do with their results: the same here.
from sklearn.model_selection._validation import (
    _insert_error_scores,
    _warn_or_raise_about_fit_failures,
)
from sklearn.utils import assert_all_finite, get_tags, indexable
from sklearn.utils.validation import _check_method_params

from shoal.sklearn.candidates import candidates
from shoal.sklearn.cross_fits import cross_fits
from shoal.sklearn.estimator import seed_of
from shoal.sklearn.kept_results import ResultCache
from shoal.sklearn.task import (
    Task,
    asked_of,
    check_estimator_kind,
    fitted_alone,
    shoal_kind_of,
    trains_in_lanes,
)


class ShoalSearchCV(GridSearchCV):  # type: ignore[misc]  # scikit-learn has no types
    r"""Tries parameters by cross-validation, all candidates and folds in lanes of one program.

    What `GridSearchCV` and `RandomizedSearchCV` do with a process for each fit, this does
    with a lane for each: those that differ in widths, and in numbers that a compiled program
    takes as inputs, such as learning rates, penalties, dropout rates or epochs, share a
    program; another number of layers, another activation, optimizer or batch size is one
    more. Each fit comes to what it would come to alone: preprocessing and the rows that
    validate are its own fold's, and rows that are held out decide nothing but its score.
    The transformers of a pipeline are fitted by scikit-learn, once for each fold and each
    of their settings; the networks behind all of them train in lanes together.

    .. math:: \bar s = \frac1K \sum_{k=1}^K s(f_{-k}, X_k, y_k)

    s is a scorer of scikit-learn's, :math:`f_{-k}` was trained on all rows but those of fold
    k, and the candidate of the highest :math:`\bar s` is trained once more on all rows.

    Args:
        estimator: a `ShoalClassifier` or a `ShoalRegressor`; or scikit-learn's
            ``MLPClassifier`` or ``MLPRegressor``, for whose parameters shoal's are taken
            (see `shoal.sklearn.translated`): the grid names scikit-learn's, and
            ``best_estimator_`` is shoal's. Or a ``Pipeline`` with one of these as its last
            step, a ``TransformedTargetRegressor`` of one, or one inside the other.
        param_grid: parameters and their values, or a list of such. Values are lists, of
            which every combination is tried, or distributions to draw from: those of SciPy
            with a method ``rvs``, or shoal's `Float`, `Int` and `Choice`.
        n_iter: how many candidates to draw; None: every combination, or 10 where there is a
            distribution.
        scoring: as for `GridSearchCV`: a name, a callable, several, or None for the
            estimator's ``score``.
        n_jobs: accepted, and without effect: lanes use all processors.
        refit: as for `GridSearchCV`: whether the best is trained on all rows; of several
            scores by which; or a callable that chooses.
        cv: number of folds, a splitter, or an iterable of rows that train and rows that are
            held out; None: 5 folds.
        verbose: above 0 a panel shows progress.
        error_score: what stands for the score of a fit that fails; ``"raise"``: its error is
            raised.
        return_train_score: whether the rows that train are scored as well.
        random_state: of the draws, and of fits whose estimator has none: then one seed for
            all of them.
        study: a file that keeps what is done: after a break the same call goes on where it
            was. It needs splitters and draws that come out the same again.

    Attributes:
        cv_results_: as of `GridSearchCV`. The ``fit_time`` of a fit, in seconds, is its share
            of the time that all took, by rows and epochs.
        best_estimator_: the best candidate, trained on all rows.
        best_params_: its parameters.
        best_score_: its mean score on the rows that were held out.
        best_index_: its place in ``cv_results_``.
        n_splits_: number of folds.
        refit_time_: seconds of the last training.
        multimetric_: whether there are several scores.
        scorer_: what scored.

    Example::

        from sklearn.datasets import load_iris
        from sklearn.neural_network import MLPClassifier
        from shoal.sklearn import ShoalSearchCV

        X, y = load_iris(return_X_y=True)
        grid = {"hidden_layer_sizes": [(8,), (16,)], "alpha": [1e-4, 1e-2]}
        mlp = MLPClassifier(max_iter=40, random_state=0)
        ShoalSearchCV(mlp, grid, cv=2).fit(X, y).predict(X[:3])
    """

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
            TypeError: an estimator of another kind, alone or at the end of a pipeline.
            ValueError: data that scikit-learn refuses, or no fit that came to its end.
            StudyError: a file of another search, or one that cannot be written.
            KeyboardInterrupt: Ctrl-C; what was scored is in the file, if there is one.
        """
        check_estimator_kind(self.estimator)
        scorer, metric = self._get_scorers()
        X, y = indexable(X, y)
        if getattr(getattr(y, "dtype", None), "kind", None) == "f":
            assert_all_finite(y, input_name="y")
        routed = self._get_routed_params_for_fit(_check_method_params(X, params=params))
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        splits = list(cv.split(X, y, **routed.splitter.split))
        self.n_splits_ = len(splits)
        tried = candidates(self.param_grid, self.n_iter, self.random_state)
        task = Task(
            self.estimator, X, y, splits, scorer, routed.estimator.fit, routed.scorer.score,
            self.return_train_score, self.error_score, seed_of(self.random_state),
            searching=self, verbose=bool(self.verbose),
        )  # fmt: skip
        if self.study is not None:
            kept = ResultCache(self.study, asked_of(task, tried), task.seed)
            task = replace(task, kept=kept, seed=kept.seed)
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

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        if trains_in_lanes(self.estimator):
            own = get_tags(shoal_kind_of(self.estimator))
            tags.input_tags, tags.target_tags = own.input_tags, own.target_tags
        return tags

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
