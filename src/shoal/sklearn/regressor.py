"""`ShoalRegressor`: a network that predicts one number or several."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.utils import check_array

from shoal.data import Dataset
from shoal.sklearn.estimator import ShoalEstimator
from shoal.sklearn.inputs import Rows
from shoal.sklearn.texts import documented


@documented
class ShoalRegressor(RegressorMixin, ShoalEstimator):  # type: ignore[misc]  # scikit-learn has no types
    r"""A neural network for numbers, one or several a row.

    .. math:: \hat y = \mu + \sigma\, f(x; w)

    f is the network, and μ and σ are mean and standard deviation of each target over the
    rows that train, unless the recipe's loss takes targets as they are. Predictions and the
    rmse are in the targets' units.

    {{steering}}

    X is what `ShoalClassifier` takes.

    Args:
        {{network}}
        objective: the validation metric that decides; None: the root mean squared error.
        {{manner}}

    Attributes:
        {{learned}}

    Example::

        from sklearn.datasets import load_diabetes
        from shoal.sklearn import ShoalRegressor

        X, y = load_diabetes(return_X_y=True)
        ShoalRegressor(random_state=0).fit(X, y).predict(X[:3])
    """

    _targets: int
    _shape: tuple[int, ...]

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch more on these rows, with the optimizer as it was.

        The first call decides network and preprocessing, by its rows. No rows validate.

        Args:
            X: inputs, of shape (n, ...).
            y: their targets.
            sample_weight: how much each row counts.

        Raises:
            ValueError: data that scikit-learn refuses, or of another form than before.
            ShoalError: data, network or recipe that cannot be used.
        """
        return self._partial_fit(X, y, sample_weight)

    def _dataset_of(
        self, x: Any, y: Any, weight: Any, steers: Any, *, again: bool
    ) -> tuple[Dataset, Rows]:
        y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y", estimator=self)
        goes_on = again or (self.warm_start and hasattr(self, "model_"))
        if goes_on and (y.ndim, y.shape[1:]) != (self._targets, self._shape):
            raise ValueError(
                f"Training goes on with as many targets as before; y is of shape {y.shape}."
            )
        self._targets, self._shape = y.ndim, y.shape[1:]
        rows = Rows(x, y, None, steers).weighted(weight)
        return Dataset.from_arrays(rows.x, rows.y, task="regression", weight=rows.weight), rows

    def predict(self, X: Any) -> npt.NDArray[np.float64]:
        """The numbers of each row, of the shape that ``y`` had in training."""
        x = self._inputs(X)
        found = np.asarray(self.model_.predict(x), np.float64)
        return found.reshape(-1, 1) if found.ndim < self._targets else found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
