"""`ShoalClassifier`: a network that tells classes, or which of several labels apply."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.utils import assert_all_finite, column_or_1d, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from shoal.data import Dataset
from shoal.data.arrays import is_frame
from shoal.data.column_notes import listed
from shoal.data.preprocessing import take
from shoal.errors import ShoalWarning
from shoal.network import Network
from shoal.sklearn.estimator import ShoalEstimator, counted
from shoal.training import Recipe
from shoal.usual import CONFIRM_SEEDS, VALIDATION

Array = npt.NDArray[Any]


class ShoalClassifier(ClassifierMixin, ShoalEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A neural network for classes, or for several labels of which any may apply.

    A share of the rows validates: it decides when training stops, and which epoch's
    weights, and of several trials which one, are kept. All rows of equal inputs are on one
    side. A class with a single row trains and validates with it, which a `ShoalWarning`
    tells.

    X is an array or a DataFrame of numbers, text, booleans and dates, in which values may
    be missing; or an array of images, of shape (n, height, width) or
    (n, height, width, channels).

    Args:
        network: a `shoal.Network`, with ranges for a search; None: one that fits the data.
        recipe: a `shoal.Recipe`; None: one that fits the data. Its parts are parameters
            too, such as ``recipe__optimizer__learning_rate``.
        n_trials: 1 trains one network, with every range at its default; more search that
            many, in lanes of one program.
        confirm_seeds: of a search, fresh seeds on which the three best are trained again.
        validation_fraction: share of the rows that validates.
        objective: the validation metric that decides; None: accuracy.
        class_weight: ``"balanced"``, or how much the rows of each class count, by class;
            None: all the same. It multiplies ``sample_weight``.
        random_state: seed of the split, the initial weights, the batches and the noise.
        verbose: whether a panel shows progress.

    Attributes:
        classes_: the classes, sorted, in the order of `predict_proba`; of several labels
            their places.
        model_: the trained `shoal.Model`.
        study_: of a search the `shoal.Study`; None where there was none, and after
            pickling.
        n_features_in_: number of columns; of images pixels times channels.
        feature_names_in_: names of the columns, where X was a DataFrame with names.
        n_iter_: epochs that the network was trained.
        loss_curve_: the training loss of each epoch.

    Example::

        from sklearn.datasets import load_iris
        from shoal.sklearn import ShoalClassifier

        X, y = load_iris(return_X_y=True)
        ShoalClassifier(random_state=0).fit(X, y).predict(X[:3])
    """

    classes_: Array
    _labels: np.dtype[Any] | None

    def __init__(
        self,
        network: Network | None = None,
        recipe: Recipe | None = None,
        *,
        n_trials: int = 1,
        confirm_seeds: int = CONFIRM_SEEDS,
        validation_fraction: float = VALIDATION,
        objective: str | None = None,
        class_weight: Any = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.network = network
        self.recipe = recipe
        self.n_trials = n_trials
        self.confirm_seeds = confirm_seeds
        self.validation_fraction = validation_fraction
        self.objective = objective
        self.class_weight = class_weight
        self.random_state = random_state
        self.verbose = verbose

    def dataset_of(self, X: Any, y: Any, sample_weight: Any) -> Dataset:
        """Inputs and classes, or rows of labels; rows count by their class's weight as well."""
        x = self._training_inputs(X, y)
        y, names = _targets(y)
        x, y, weight = counted(x, y, sample_weight)
        if self.class_weight is not None:
            of_class = compute_sample_weight(self.class_weight, y)
            x, y, weight = counted(x, y, of_class if weight is None else weight * of_class)
        if y.ndim == 2:
            self.classes_, self._labels = np.arange(y.shape[1]), y.dtype
            return Dataset.from_arrays(x, y, task="multi-label", weight=weight, classes=names)
        self.classes_, self._labels = np.unique(y), None
        if len(self.classes_) < 2:
            raise ValueError(f"At least 2 classes are needed; the only class is {y[0]!r}.")
        x, y, weight = _single_rows_twice(x, y, weight)
        return Dataset.from_arrays(x, y, task="classification", weight=weight)

    def predict(self, X: Any) -> Array:
        """The class of each row, of shape (n,), or its labels, of shape (n, labels)."""
        x = self._inputs(X)
        found = self.model_.predict(x)
        if self._labels is not None:
            return found.astype(self._labels)
        named: Array = self.classes_[np.searchsorted(self.model_.classes, found)]
        return named

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, of shape (n, classes), in the order of ``classes_``.

        Of several labels that each applies: they do not add up to 1.

        Raises:
            ModelError: the network was not trained to give probabilities.
        """
        x = self._inputs(X)
        return self.model_.predict_proba(x)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _targets(y: Any) -> tuple[Array, list[str] | None]:
    """Classes of shape (n,), or labels of shape (n, labels) and their names."""
    y = y.toarray() if hasattr(y, "toarray") else y
    if getattr(getattr(y, "dtype", None), "kind", None) == "f":
        assert_all_finite(y, input_name="y")
    if type_of_target(y, input_name="y") == "multilabel-indicator":
        return np.asarray(y), [str(c) for c in y.columns] if is_frame(y) else None
    y = column_or_1d(y, warn=True)
    check_classification_targets(y)
    return y, None


def _single_rows_twice(x: Any, y: Array, weight: Any) -> tuple[Any, Array, Any]:
    """The data with the only row of a class twice, so that it can train and validate."""
    classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    single = np.flatnonzero(counts[codes] == 1)
    if len(single) == 0:
        return x, y, weight
    warnings.warn(
        "a class with a single row trains and validates with it, so that nobody sees how well "
        f"it is told: {listed([repr(c) for c in classes[counts == 1].tolist()])}",
        ShoalWarning,
        stacklevel=3,
    )
    rows = np.concatenate([np.arange(len(y)), single])
    return take(x, rows), y[rows], None if weight is None else weight[rows]
