"""What the classifier and the regressor have in common: parameters, training, pickling."""

from __future__ import annotations

import numbers
import warnings
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from shoal.data import Dataset
from shoal.data.splitting.split import Steering
from shoal.defaults.choose import default_network, default_recipe
from shoal.display import Watch, default_display, no_callback
from shoal.engine import Recipe
from shoal.engine.trial import Start
from shoal.errors import ShoalWarning
from shoal.models.ensemble import Ensemble
from shoal.models.model import Model
from shoal.nn import Network
from shoal.sklearn.inputs import Rows, inputs_as_trained, joined, training_inputs
from shoal.sklearn.plain_state import from_plain, to_plain
from shoal.sklearn.recipe_parameters import SEPARATOR, parts_of, with_part
from shoal.study import Study
from shoal.tuning.fits import Fit, Fitted, Memo, fit_of, train_fits
from shoal.tuning.search import search
from shoal.utils.default_values import FEW_ROWS, VALIDATION

USUAL_TRIALS = 3
"""Of a table's defaults: bins of its numbers, their waves, and the numbers as they are."""

_LARGEST_SEED = 2**31 - 1


class ShoalEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A network as an estimator; see `ShoalClassifier` and `ShoalRegressor`."""

    n_features_in_: int
    model_: Model | Ensemble
    study_: Study | None
    n_iter_: int
    loss_curve_: list[float]
    validation_scores_: list[float] | None
    best_validation_score_: float | None
    _columns: tuple[str, ...] | None
    _reached: Start | None

    def __init__(
        self,
        network: Network | None = None,
        recipe: Recipe | None = None,
        *,
        n_trials: int | None = None,
        ensemble_folds: int | None = None,
        time_limit: float | str | None = None,
        confirm_seeds: int | None = None,
        validation_fraction: float = VALIDATION,
        objective: str | None = None,
        warm_start: bool = False,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: bool | int = False,
    ) -> None:
        self.network = network
        self.recipe = recipe
        self.n_trials = n_trials
        self.ensemble_folds = ensemble_folds
        self.time_limit = time_limit
        self.confirm_seeds = confirm_seeds
        self.validation_fraction = validation_fraction
        self.objective = objective
        self.warm_start = warm_start
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name; with ``deep`` the parts of the recipe too."""
        params: dict[str, Any] = super().get_params(deep=False)
        return {**params, **dict(parts_of(params["recipe"], "recipe"))} if deep else params

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name, such as ``n_trials`` or ``recipe__epochs``.

        Raises:
            ValueError: there is no such parameter.
        """
        prefix = f"recipe{SEPARATOR}"
        super().set_params(**{k: v for k, v in params.items() if not k.startswith(prefix)})
        for name in sorted((k for k in params if k.startswith(prefix)), key=len):
            if self.recipe is None:
                raise ValueError(
                    f"Invalid parameter {name!r}: there is no recipe. "
                    "Give one, such as recipe=shoal.Recipe()."
                )
            self.recipe = with_part(self.recipe, name.removeprefix(prefix), params[name])
        return self

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        validation_data: Any = None,
        eval_set: Any = None,
    ) -> Self:
        r"""Train on inputs and their targets.

        Args:
            X: inputs, of shape (n, ...).
            y: a class for each, of shape (n,): numbers, names or booleans; of several labels 0
                and 1, of shape (n, labels); for a regression numbers of shape (n,) or
                (n, targets).
            sample_weight: how much each row counts, in training and validation: numbers from
                0. The loss of a batch of rows with losses :math:`E_i` is
                :math:`\sum_i w_i E_i / n`, where w is of mean 1 over all rows that train.
            validation_data: ``(X, y)`` or ``(X, y, sample_weight)`` that validate, in the
                place of a share of the rows. They fit neither weights nor preprocessing.
            eval_set: the same as libraries of boosted trees name it: ``(X, y)``, or a list
                of one such pair.

        Raises:
            ValueError: data that scikit-learn refuses, or a single class.
            ShoalError: data, network or recipe that cannot be used.
            KeyboardInterrupt: Ctrl-C before the first epoch; a later one ends training, and
                the best so far is kept, with a warning.
        """
        data, steering = self.to_train(
            X, y, sample_weight, validation_data=validation_data, eval_set=eval_set
        )
        if self.trains_one(data, steering):
            self._train(self.fit_of(data, steering))
        else:
            self._search(data, steering, *self._extent(data, steering))
        self._reached = Start(self.model_.params) if isinstance(self.model_, Model) else None
        return self

    def _extent(self, data: Dataset, steering: Steering) -> tuple[int, int | None]:
        """Trials, and folds of the ensemble; None: as many as `search` takes."""
        share = isinstance(steering, float | np.floating) and steering > 0
        several = share and not self.warm_start
        usual, table = self.network is None and several, data.kind == "table"
        trials = _count(self.n_trials, "n_trials", least=1)
        folds = _count(self.ensemble_folds, "ensemble_folds", least=0)
        if trials is None:
            together = usual and (table or len(data) < FEW_ROWS)
            trials = USUAL_TRIALS if usual and table else 1
        else:
            together = several and trials > 1
        if folds is None and not together:
            folds = 0
        if folds and not several:
            raise ValueError(
                "ensemble_folds needs a validation_fraction above 0, no validation_data, and no "
                "warm_start: each fold steers networks that are trained on the others."
            )
        return trials, folds

    def trains_one(self, data: Dataset, steering: Steering) -> bool:
        """Whether a `fit` trains one network, so that several may train side by side.

        Args:
            data: as `to_train` gives it.
            steering: which rows validate.
        """
        trials, folds = self._extent(data, steering)
        return trials == 1 and not folds and self.time_limit is None

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any) -> Self:
        """Train for one epoch more."""
        before: Start | None = getattr(self, "_reached", None)
        curve = self.loss_curve_ if before else []
        data, _ = self.to_train(X, y, sample_weight, again=before is not None)
        epoch = before.epoch if before else 0
        fit = self.fit_of(data, 0.0, fitted=self._network() if before else None)
        self._train(replace(fit, start=before, until=epoch + 1))
        self.loss_curve_ = [*curve, *self.loss_curve_]
        self.n_iter_ = len(self.loss_curve_)
        return self

    def _network(self) -> Model:
        """The one network that there is."""
        assert isinstance(self.model_, Model)
        return self.model_

    def _train(self, fit: Fit) -> None:
        """Train one network."""
        self.forget()
        with watching(self, self.verbose) as watch:
            whole = train_fits([fit], lambda _, done: self.take(done), lanes=1, watch=watch)
        self._after(whole)

    def forget(self) -> None:
        """Be without a model until there is a new one."""
        for name in ("model_", "_reached"):
            self.__dict__.pop(name, None)

    def to_train(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        validation_data: Any = None,
        eval_set: Any = None,
        again: bool = False,
    ) -> tuple[Dataset, Steering]:
        """Inputs and targets, checked, and which rows validate.

        What is told of them after `fit` is learned; or where that was before (``again``), it
        is held to.

        Raises:
            ValueError: data that scikit-learn refuses.
            DataError: data that cannot be used.
        """
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, "
                "but the target y is None."
            )
        X, y, weight, steers = joined(X, y, sample_weight, validation_data, eval_set)
        if again:
            x = self._inputs(X)
        else:
            x, self._columns = training_inputs(self, X)
        check_consistent_length(x, y)
        data, rows = self._dataset_of(x, y, weight, steers, again=again)
        steering = self.validation_fraction if rows.validation is None else rows.validation
        return data, steering

    def _dataset_of(
        self, x: Any, y: Any, weight: Any, steers: Any, *, again: bool
    ) -> tuple[Dataset, Rows]:
        """The data set of checked inputs, its targets checked; and its rows."""
        raise NotImplementedError

    def fit_of(
        self,
        data: Dataset,
        steering: Steering,
        memo: Memo | None = None,
        fitted: Model | None = None,
    ) -> Fit:
        """What is trained of checked data where nothing is searched.

        The one place that decides what one `fit` comes to, by itself and in `ShoalSearchCV`.

        Args:
            data: as `to_train` gives it, and so the next.
            steering: which rows validate.
            memo: data that were prepared already.
            fitted: whose network and preprocessing go on.
        """
        if fitted is None and self.warm_start:
            fitted = getattr(self, "model_", None)
            if isinstance(fitted, Ensemble):
                raise ValueError("warm_start goes on with one network, and there is an ensemble.")
            start = None if fitted is None else Start(fitted.params)
        else:
            start = None
        network = self.network if fitted is None else fitted.network
        fit = fit_of(
            default_network(data, ranges=False) if network is None else network,
            self._recipe_for(data, ranges=False),
            data, seed=seed_of(self.random_state), objective=self.objective,
            validation=steering, memo=memo,
            fitted=None if fitted is None else fitted.preprocessing,
        )  # fmt: skip
        return replace(fit, start=start)

    def _recipe_for(self, data: Dataset, *, ranges: bool) -> Recipe:
        """The recipe, or the default one, which balances no classes that are weighed already."""
        if self.recipe is not None:
            return self.recipe
        weighed = getattr(self, "class_weight", None) is not None
        return default_recipe(data, ranges=ranges, objective=None if weighed else self.objective)

    def take(self, fitted: Fitted) -> None:
        """Keep what a fit came to.

        Raises:
            TrainingError: it came to nothing.
        """
        if fitted.model is None:
            assert fitted.error is not None
            raise fitted.error
        self.model_, self.study_, self._reached = fitted.model, None, fitted.reached
        scores = [epoch.metrics[fitted.metric] for epoch in fitted.history]
        curve = [epoch.train_loss for epoch in fitted.history]
        self._keep_history(curve, scores if fitted.steered else None, fitted.best_epoch)

    def _keep_history(self, curve: list[float], scores: list[float] | None, best: int) -> None:
        """Training losses and validation scores by epoch, and which epoch was the best."""
        self.loss_curve_, self.n_iter_ = curve, len(curve)
        self.validation_scores_ = scores
        self.best_validation_score_ = None if scores is None else scores[best - 1]

    def _after(self, whole: bool) -> None:
        """Tell of an interrupt, or raise it where it left nothing to keep."""
        if whole:
            return
        if not hasattr(self, "model_"):
            raise KeyboardInterrupt
        warnings.warn(
            "training was interrupted: the best of it so far is kept", ShoalWarning, stacklevel=4
        )

    def _search(self, data: Dataset, steering: Steering, trials: int, folds: int | None) -> None:
        """Search a family on checked data, and keep the study and what it hands over."""
        if self.warm_start and hasattr(self, "model_"):
            raise ValueError(
                "warm_start goes on with one network: n_trials is 1 then, without a time_limit."
            )
        self.forget()
        ranges = self.n_trials is not None  # else the usual networks, one of each kind
        study = search(
            default_network(data, ranges=ranges, options=True)
            if self.network is None
            else self.network,
            self._recipe_for(data, ranges=ranges),
            data,
            trials=trials,
            ensemble_folds=folds,
            time_limit=self.time_limit,
            confirm_seeds=_count(self.confirm_seeds, "confirm_seeds", least=0),
            seed=seed_of(self.random_state),
            objective=self.objective,
            validation=steering,
            test=0.0,
            progress=bool(self.verbose),
        )
        whole = not study.cost["interrupted"]
        if not whole and study.file.result("winner") is None:
            study.close()
            raise KeyboardInterrupt
        self.model_, self.study_ = study.model(), study
        winner, metric = study.winner, study.header.objective["metric"]
        history = study.file.history(int(winner.get("weights", winner["trial"])))
        curve = [float(epoch.train_loss) for epoch in history]
        scores = [float(epoch.metrics[metric]) for epoch in history]
        self._keep_history(curve, scores, int(winner["best_epoch"]))
        self._after(whole)

    def _inputs(self, X: Any) -> Any:
        """Inputs to predict from, checked."""
        check_is_fitted(self, "model_")
        return inputs_as_trained(self, X, self._columns, self.model_.preprocessing)

    def __getstate__(self) -> dict[str, Any]:
        return to_plain(super().__getstate__())

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(from_plain(state))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.input_tags.three_d_array = True
        tags.input_tags.sparse = True  # filled up with its zeros
        return tags


def watching(estimator: Any, verbose: Any) -> AbstractContextManager[Watch]:
    """Whom a `fit` tells of its progress: a panel, if it is to be seen."""
    return (
        default_display(f"{type(estimator).__name__}.fit") if verbose else nullcontext(no_callback)
    )


def seed_of(random_state: Any) -> int:
    """The seed that a ``random_state`` of scikit-learn's stands for."""
    if isinstance(random_state, numbers.Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(_LARGEST_SEED))


def _count(value: Any, name: str, *, least: int) -> int | None:
    """A whole number, NumPy's as one of Python's; None as it is.

    Raises:
        ValueError: something else, or less than it may be.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"{name} must be None or a whole number of at least {least}: {value!r}.")
    return int(value)
