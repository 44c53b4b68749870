"""What the classifier and the regressor have in common: parameters, training, pickling."""

from __future__ import annotations

import numbers
import warnings
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_consistent_length, check_is_fitted

from shoal.data import Dataset
from shoal.data.preprocessing import take
from shoal.defaults import default_network, default_recipe
from shoal.errors import ShoalWarning
from shoal.model import Model
from shoal.network import Network
from shoal.sklearn.inputs import inputs_as_trained, training_inputs
from shoal.sklearn.plain_state import from_plain, to_plain
from shoal.sklearn.recipe_parameters import SEPARATOR, parts_of, with_part
from shoal.study import Study
from shoal.training import Recipe
from shoal.wiring import search
from shoal.wiring.fits import Fit, Fitted, Memo, fit_of, train_fits

_LARGEST_SEED = 2**31 - 1


class ShoalEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A network as an estimator; see `ShoalClassifier` and `ShoalRegressor`."""

    network: Network | None
    recipe: Recipe | None
    n_trials: int
    confirm_seeds: int
    validation_fraction: float
    objective: str | None
    random_state: Any
    verbose: bool | int
    n_features_in_: int
    model_: Model
    study_: Study | None
    n_iter_: int
    loss_curve_: list[float]
    _columns: tuple[str, ...] | None

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

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on inputs and their targets."""
        data = self.dataset_of(X, y, sample_weight)
        if self.n_trials == 1:
            whole = train_fits(
                [self.fit_of(data)], lambda _, fitted: self.take(fitted), lanes=1,
                progress=bool(self.verbose),
            )  # fmt: skip
            self._after(whole)
        else:
            self._search(data)
        return self

    def dataset_of(self, X: Any, y: Any, sample_weight: Any) -> Dataset:
        """Inputs and targets, checked; what is told of them after `fit` is learned.

        Raises:
            ValueError: data that scikit-learn refuses.
            DataError: data that cannot be used.
        """
        raise NotImplementedError

    def fit_of(self, data: Dataset, memo: Memo | None = None) -> Fit:
        """What is trained of checked data where nothing is searched.

        The one place that decides what one `fit` comes to, by itself and in `ShoalSearchCV`.
        """
        return fit_of(
            default_network(data, ranges=False) if self.network is None else self.network,
            default_recipe(data, ranges=False) if self.recipe is None else self.recipe,
            data, seed=seed_of(self.random_state), objective=self.objective,
            validation=self.validation_fraction, memo=memo,
        )  # fmt: skip

    def take(self, fitted: Fitted) -> None:
        """Keep what a fit came to.

        Raises:
            TrainingError: it came to nothing.
        """
        if fitted.model is None:
            assert fitted.error is not None
            raise fitted.error
        self.model_, self.study_ = fitted.model, None
        self.loss_curve_ = [epoch.train_loss for epoch in fitted.history]
        self.n_iter_ = len(self.loss_curve_)

    def _after(self, whole: bool) -> None:
        """Tell of an interrupt, or raise it where it left nothing to keep."""
        if whole:
            return
        if not hasattr(self, "model_"):
            raise KeyboardInterrupt
        warnings.warn(
            "training was interrupted: the best of it so far is kept", ShoalWarning, stacklevel=4
        )

    def _search(self, data: Dataset) -> None:
        """Search a family on checked data, and keep the study and its winner."""
        study = search(
            default_network(data, ranges=True) if self.network is None else self.network,
            default_recipe(data, ranges=True) if self.recipe is None else self.recipe,
            data,
            trials=_plain(self.n_trials),
            confirm_seeds=_plain(self.confirm_seeds),
            seed=seed_of(self.random_state),
            objective=self.objective,
            validation=self.validation_fraction,
            test=0.0,
            progress=bool(self.verbose),
        )
        whole = not study.cost["interrupted"]
        if not whole and study.file.result("winner") is None:
            study.close()
            raise KeyboardInterrupt
        self.model_, self.study_ = study.best_model, study
        winner = study.winner
        history = study.file.history(int(winner.get("weights", winner["trial"])))
        self.loss_curve_ = [float(epoch.train_loss) for epoch in history]
        self.n_iter_ = len(self.loss_curve_)
        self._after(whole)

    def _inputs(self, X: Any) -> Any:
        """Inputs to predict from, checked."""
        check_is_fitted(self, "model_")
        return inputs_as_trained(self, X, self._columns, self.model_.preprocessing)

    def _training_inputs(self, X: Any, y: Any) -> Any:
        """Inputs to train on, checked."""
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, "
                "but the target y is None."
            )
        x, self._columns = training_inputs(self, X)
        check_consistent_length(x, y)
        return x

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
        return tags


def seed_of(random_state: Any) -> int:
    """The seed that a ``random_state`` of scikit-learn's stands for."""
    if isinstance(random_state, numbers.Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(_LARGEST_SEED))


def counted(x: Any, y: Any, weight: Any) -> tuple[Any, Any, Any]:
    """Inputs, targets and weights of the rows that count.

    Rows of weight 0 are left out, and weights that are all the same are none.

    Args:
        x: inputs.
        y: targets, an array.
        weight: a number from 0 for each row, or None.

    Raises:
        ValueError: weights of another shape, negative ones, or none above 0.
    """
    if weight is None:
        return x, y, None
    weight = _check_sample_weight(weight, x, dtype=np.float64, ensure_non_negative=True)
    if not weight.any():
        raise ValueError("Some sample weight is above zero, but all are zero.")
    if not weight.all():
        rows = np.flatnonzero(weight)
        x, y, weight = take(x, rows), y[rows], weight[rows]
    return x, y, None if (weight == weight[0]).all() else weight


def _plain(value: Any) -> Any:
    """A whole number of NumPy's as one of Python's."""
    return int(value) if isinstance(value, np.integer) else value
