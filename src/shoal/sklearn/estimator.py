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
from shoal.data.dataset import Task
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

    def _train(
        self, x: Any, y: Any, task: Task, weight: Any, classes: list[str] | None = None
    ) -> None:
        """Train on checked data, and keep what it came to.

        Args:
            x: as `training_inputs` gives it.
            y: classes, rows of labels, or numbers.
            task: what is predicted.
            weight: how much each row counts; None: all the same.
            classes: names of the labels, where they have some.
        """
        data = Dataset.from_arrays(x, y, task=task, weight=weight, classes=classes)
        several = self.n_trials != 1
        study = search(
            default_network(data, ranges=several) if self.network is None else self.network,
            default_recipe(data, ranges=several) if self.recipe is None else self.recipe,
            data,
            trials=_plain(self.n_trials),
            lanes="auto" if several else 1,
            confirm_seeds=_plain(self.confirm_seeds) if several else 0,
            seed=self._seed(),
            objective=self.objective,
            validation=self.validation_fraction,
            test=0.0,
            progress=bool(self.verbose),
        )
        self._keep(study, several)

    def _seed(self) -> int:
        if isinstance(self.random_state, numbers.Integral):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(_LARGEST_SEED))

    def _keep(self, study: Study, several: bool) -> None:
        """Take the winner out of the study."""
        if study.cost["interrupted"]:
            if study.file.result("winner") is None:
                study.close()
                raise KeyboardInterrupt
            warnings.warn(
                "training was interrupted: the best of it so far is kept", ShoalWarning,
                stacklevel=4,
            )  # fmt: skip
        self.model_ = study.best_model
        winner = study.winner
        history = study.file.history(int(winner.get("weights", winner["trial"])))
        self.loss_curve_ = [float(epoch.train_loss) for epoch in history]
        self.n_iter_ = len(self.loss_curve_)
        self.study_ = study if several else None
        if not several:
            study.close()

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
