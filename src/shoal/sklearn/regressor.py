"""`ShoalRegressor`: a network that predicts one number or several."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.utils import check_array

from shoal.data import Dataset
from shoal.network import Network
from shoal.sklearn.estimator import ShoalEstimator, counted
from shoal.training import Recipe
from shoal.usual import CONFIRM_SEEDS, VALIDATION


class ShoalRegressor(RegressorMixin, ShoalEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A neural network for numbers, one or several a row.

    A share of the rows validates: it decides when training stops, and which epoch's
    weights, and of several trials which one, are kept. All rows of equal inputs are on one
    side.

    X is what `ShoalClassifier` takes.

    Args:
        network: a `shoal.Network`, with ranges for a search; None: one that fits the data.
        recipe: a `shoal.Recipe`; None: one that fits the data. Its parts are parameters
            too, such as ``recipe__optimizer__learning_rate``.
        n_trials: 1 trains one network, with every range at its default; more search that
            many, in lanes of one program.
        confirm_seeds: of a search, fresh seeds on which the three best are trained again.
        validation_fraction: share of the rows that validates.
        objective: the validation metric that decides; None: the root mean squared error.
        random_state: seed of the split, the initial weights, the batches and the noise.
        verbose: whether a panel shows progress.

    Attributes:
        model_: the trained `shoal.Model`.
        study_: of a search the `shoal.Study`; None where there was none, and after
            pickling.
        n_features_in_: number of columns; of images pixels times channels.
        feature_names_in_: names of the columns, where X was a DataFrame with names.
        n_iter_: epochs that the network was trained.
        loss_curve_: the training loss of each epoch.

    Example::

        from sklearn.datasets import load_diabetes
        from shoal.sklearn import ShoalRegressor

        X, y = load_diabetes(return_X_y=True)
        ShoalRegressor(random_state=0).fit(X, y).predict(X[:3])
    """

    _targets: int

    def __init__(
        self,
        network: Network | None = None,
        recipe: Recipe | None = None,
        *,
        n_trials: int = 1,
        confirm_seeds: int = CONFIRM_SEEDS,
        validation_fraction: float = VALIDATION,
        objective: str | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.network = network
        self.recipe = recipe
        self.n_trials = n_trials
        self.confirm_seeds = confirm_seeds
        self.validation_fraction = validation_fraction
        self.objective = objective
        self.random_state = random_state
        self.verbose = verbose

    def dataset_of(self, X: Any, y: Any, sample_weight: Any) -> Dataset:
        """Inputs and targets, one or several a row."""
        x = self._training_inputs(X, y)
        y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y", estimator=self)
        self._targets = y.ndim
        x, y, weight = counted(x, y, sample_weight)
        return Dataset.from_arrays(x, y, task="regression", weight=weight)

    def predict(self, X: Any) -> npt.NDArray[np.float64]:
        """The numbers of each row, of the shape that ``y`` had in training."""
        x = self._inputs(X)
        found = np.asarray(self.model_.predict(x), np.float64)
        return found.reshape(-1, 1) if found.ndim < self._targets else found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
