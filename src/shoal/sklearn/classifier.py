"""`ShoalClassifier`: a network that tells classes, or which of several labels apply."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.utils import assert_all_finite, column_or_1d, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from shoal.data import Dataset
from shoal.data.columns.fit import listed
from shoal.data.io.arrays import is_frame
from shoal.data.preprocessing import take
from shoal.engine import Recipe
from shoal.errors import ShoalWarning
from shoal.nn import Network
from shoal.sklearn.estimator import ShoalEstimator
from shoal.sklearn.inputs import Rows
from shoal.sklearn.texts import documented
from shoal.utils.default_values import VALIDATION

Array = npt.NDArray[Any]


@documented
class ShoalClassifier(ClassifierMixin, ShoalEstimator):  # type: ignore[misc]  # scikit-learn has no types
    r"""A neural network for classes, or for several labels of which any may apply.

    .. math:: p_k = \frac{e^{o_k}}{\sum_j e^{o_j}}, \qquad o = f(x; w)

    f is the network, and p are the probabilities of the classes; of labels each has its own,
    :math:`p_k = 1 / (1 + e^{-o_k})`.

    {{steering}}
    A class with a single row trains and validates with it, which a `ShoalWarning` tells.

    X is an array or a DataFrame of numbers, text, booleans and dates, in which values may
    be missing; or an array of images, of shape (n, height, width) or
    (n, height, width, channels).

    Args:
        {{network}}
        objective: the validation metric that decides; None: accuracy.
        class_weight: ``"balanced"``, or how much the rows of each class count, by class;
            None: all the same, unless the recipe's loss has weights, as the default one has where
            the objective is ``"balanced_accuracy"``. It multiplies ``sample_weight``. Balanced,
            the rows of a class count :math:`n / (K n_k)`, with n rows, K classes and
            :math:`n_k` rows of it.
        {{manner}}

    Attributes:
        classes_: the classes, sorted, in the order of `predict_proba`; of several labels
            their places.
        {{learned}}

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
        n_trials: int | None = None,
        ensemble_folds: int | None = None,
        time_limit: float | str | None = None,
        confirm_seeds: int | None = None,
        validation_fraction: float = VALIDATION,
        objective: str | None = None,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: bool | int = False,
    ) -> None:
        super().__init__(
            network, recipe, n_trials=n_trials, ensemble_folds=ensemble_folds,
            time_limit=time_limit, confirm_seeds=confirm_seeds,
            validation_fraction=validation_fraction, objective=objective, warm_start=warm_start,
            random_state=random_state, n_jobs=n_jobs, verbose=verbose,
        )  # fmt: skip
        self.class_weight = class_weight

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch more on these rows, with the optimizer as it was.

        The first call decides network and preprocessing, by its rows. No rows validate.

        Args:
            X: inputs, of shape (n, ...).
            y: their classes, or rows of labels.
            classes: all classes that will ever come; the first call needs them.
            sample_weight: how much each row counts.

        Raises:
            ValueError: data that scikit-learn refuses, a class that is none of these, or no
                classes in the first call.
            ShoalError: data, network or recipe that cannot be used.
        """
        if getattr(self, "_reached", None) is None:
            self._asked = self._labels_or(classes, y)
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(f"`classes={classes!r}` is not the same as on the last call.")
        return self._partial_fit(X, y, sample_weight)

    def _labels_or(self, classes: Any, y: Any) -> Array | None:
        """The classes that were asked for; None where there are labels."""
        if type_of_target(y, input_name="y") == "multilabel-indicator":
            return None
        if classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        return np.unique(classes)

    def _dataset_of(
        self, x: Any, y: Any, weight: Any, steers: Any, *, again: bool
    ) -> tuple[Dataset, Rows]:
        y, names = _targets(y)
        rows = Rows(x, y, None, steers).weighted(weight)
        if self.class_weight is not None:
            rows = rows.weighted(compute_sample_weight(self.class_weight, rows.y))
        before = self.__dict__.pop("_asked", None)
        if again and self._labels is None:
            before = self.classes_
        if before is None and not again:
            self._check_warm(np.arange(rows.y.shape[1]) if rows.y.ndim == 2 else np.unique(rows.y))
        if rows.y.ndim == 2:
            self.classes_, self._labels = np.arange(rows.y.shape[1]), rows.y.dtype
            data = Dataset.from_arrays(
                rows.x, rows.y, task="multi-label", weight=rows.weight, classes=names
            )
            return data, rows
        if before is not None:
            self.classes_, self._labels = before, None
            return _of_classes(rows, before), rows
        self.classes_, self._labels = np.unique(rows.y), None
        if len(self.classes_) < 2:
            where = "" if weight is None else " in rows whose sample_weight is above zero"
            raise ValueError(
                f"At least 2 classes are needed{where}; the only class is {rows.y[0]!r}."
            )
        if rows.steers is None and self.validation_fraction:
            rows = _single_rows_twice(rows)
        return Dataset.from_arrays(rows.x, rows.y, task="classification", weight=rows.weight), rows

    def _check_warm(self, classes: Array) -> None:
        """Raise ValueError unless a warm start goes on with the classes that it had."""
        if (
            self.warm_start
            and hasattr(self, "model_")
            and not np.array_equal(classes, self.classes_)
        ):
            raise ValueError(
                "warm_start goes on with the classes of the last fit: "
                f"{self.classes_.tolist()}, not {classes.tolist()}."
            )

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
    y = y.toarray() if hasattr(y, "toarray") else _without_nullable(y)
    if getattr(getattr(y, "dtype", None), "kind", None) == "f":
        assert_all_finite(y, input_name="y")
    if type_of_target(y, input_name="y") == "multilabel-indicator":
        return np.asarray(y), [str(c) for c in y.columns] if is_frame(y) else None
    y = column_or_1d(y, warn=True)
    check_classification_targets(y)
    return y, None


def _without_nullable(y: Any) -> Any:
    """Whole numbers and booleans of pandas' nullable types as NumPy's; anything else as it is.

    scikit-learn would make floats of them, and classes would come back as these.
    """
    kind = getattr(getattr(y, "dtype", None), "numpy_dtype", None)
    nullable = isinstance(kind, np.dtype) and kind.kind in "iub" and not y.isna().any()
    return y.to_numpy(kind) if nullable else y


def _of_classes(rows: Rows, classes: Array) -> Dataset:
    """The data set of these rows, of all of these classes, whichever of them occur."""
    unknown = np.setdiff1d(rows.y, classes)
    if len(unknown):
        raise ValueError(f"`y` has classes that are not in `classes`: {unknown.tolist()}.")
    # Each class once before the rows: so they are named and typed as if all occurred.
    more = np.zeros(len(classes), np.int64)
    at = np.concatenate([more, np.arange(len(rows))])
    y = np.concatenate([classes.astype(rows.y.dtype, copy=False), rows.y])
    weight = None if rows.weight is None else rows.weight[at]
    whole = Dataset.from_arrays(take(rows.x, at), y, task="classification", weight=weight)
    return whole.rows(np.arange(len(classes), len(y)))


def _single_rows_twice(rows: Rows) -> Rows:
    """The rows with the only one of a class twice, so that it can train and validate."""
    classes, codes, counts = np.unique(rows.y, return_inverse=True, return_counts=True)
    single = np.flatnonzero(counts[codes] == 1)
    if len(single) == 0:
        return rows
    warnings.warn(
        "a class with a single row trains and validates with it, so that nobody sees how well "
        f"it is told: {listed([repr(c) for c in classes[counts == 1].tolist()])}",
        ShoalWarning,
        stacklevel=3,
    )
    return rows.take(np.concatenate([np.arange(len(rows)), single]))
