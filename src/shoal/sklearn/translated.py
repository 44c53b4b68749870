"""Parameters of scikit-learn's multilayer perceptrons as parameters of shoal's estimators."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier

from shoal import optimizers
from shoal.data import Dataset
from shoal.engine import EarlyStopping, Recipe
from shoal.engine.early_stopping import TRAIN_LOSS
from shoal.errors import ShoalWarning
from shoal.losses import BinaryCrossEntropy, CrossEntropy, Loss, Poisson, SquaredError
from shoal.nn import Dense, Layer, Sequential, identity, relu, sigmoid, tanh
from shoal.optimizers import Optimizer
from shoal.regularizers import L2
from shoal.sklearn.classifier import ShoalClassifier
from shoal.sklearn.estimator import ShoalEstimator
from shoal.sklearn.regressor import ShoalRegressor

Perceptron = Any
"""``MLPClassifier`` or ``MLPRegressor``; scikit-learn has no types."""

_ACTIVATIONS: dict[str, Layer] = {
    "identity": identity, "logistic": sigmoid, "relu": relu, "tanh": tanh,
}  # fmt: skip

_MOST_BATCH = 200
"""``batch_size="auto"`` of scikit-learn."""


def shell_of(perceptron: Perceptron) -> ShoalEstimator:
    """The estimator of shoal's that stands for it, its network yet to be told."""
    kind = ShoalClassifier if isinstance(perceptron, MLPClassifier) else ShoalRegressor
    return kind(validation_fraction=_validating(perceptron))


def _validating(perceptron: Perceptron) -> float:
    """Without early stopping scikit-learn's trains on all rows, to its last epoch."""
    return float(perceptron.validation_fraction) if perceptron.early_stopping else 0.0


def parameters_of(perceptron: Perceptron, data: Dataset) -> dict[str, Any]:
    r"""Parameters with which shoal's estimator trains what scikit-learn's would.

    .. math:: E + \frac{\alpha}{2B} \sum_i w_i^2

    Its penalty, with B rows a batch, is `shoal.regularizers.L2` of strength α/B, with ``sgd``
    the same as weight decay; of a regression, whose loss is half the squared error, 2α/B.
    Inputs, and targets of a regression, are standardized, which scikit-learn leaves to the
    user. Without ``early_stopping`` all rows train, as they do there.

    Args:
        perceptron: ``MLPClassifier`` or ``MLPRegressor``.
        data: what it is to be trained on.

    Raises:
        ValueError: a parameter that scikit-learn refuses.
    """
    perceptron._validate_params()
    told = perceptron.get_params(deep=False)
    stops = told["early_stopping"]
    share = _validating(perceptron)
    rows = max(round(len(data) * (1 - share)), 1)
    asked = _MOST_BATCH if told["batch_size"] == "auto" else int(told["batch_size"])
    batch = min(asked, rows)
    loss, factor = _loss(data, told.get("loss"))
    alpha = float(told["alpha"]) / (batch * factor)
    return {
        "network": _network(told, data),
        "recipe": Recipe(
            loss=loss,
            optimizer=_optimizer(told, factor, alpha),
            batch_size=batch,
            epochs=int(told["max_iter"]),
            early_stopping=_stopping(told),
            regularizers=None if told["solver"] == "sgd" or not alpha else L2(alpha),
        ),
        "objective": ("r2" if data.task == "regression" else None) if stops else None,
        "validation_fraction": share,
        "random_state": told["random_state"],
    }


def _network(told: dict[str, Any], data: Dataset) -> Sequential:
    """Dense layers, an activation after each but the last."""
    activation = _ACTIVATIONS[told["activation"]]
    hidden = np.atleast_1d(told["hidden_layer_sizes"]).tolist()
    layers: list[Layer] = []
    for units in hidden:
        layers += [Dense(int(units)), activation]
    several = 1 if data.y is None or data.y.ndim == 1 else int(data.y.shape[1])
    return Sequential(*layers, Dense(len(data.classes) or several))


def _loss(data: Dataset, name: str | None) -> tuple[Loss, float]:
    """The loss, and what scikit-learn's is of it."""
    if data.task == "classification":
        return CrossEntropy(), 1.0
    if data.task == "multi-label":  # scikit-learn's is the sum over labels
        return BinaryCrossEntropy(), float(len(data.classes))
    return (Poisson(), 1.0) if name == "poisson" else (SquaredError(), 0.5)


def _optimizer(told: dict[str, Any], factor: float, alpha: float) -> Optimizer:
    rate, solver = float(told["learning_rate_init"]), told["solver"]
    if solver == "sgd":
        if told["learning_rate"] != "constant":
            _tell(f"learning_rate={told['learning_rate']!r} is constant here")
        momentum = float(told["momentum"])
        ahead = bool(told["nesterovs_momentum"]) and momentum > 0
        return optimizers.SGD(
            rate * factor, momentum=min(momentum, 1 - 1e-6), nesterov=ahead, weight_decay=alpha
        )
    if solver != "adam":
        _tell(f"solver={solver!r} needs all rows at once; it is 'adam' here")
    return optimizers.Adam(
        rate, beta1=float(told["beta_1"]), beta2=float(told["beta_2"]),
        epsilon=float(told["epsilon"]),
    )  # fmt: skip


def _stopping(told: dict[str, Any]) -> EarlyStopping | None:
    """Epochs without progress: scikit-learn ends after one more than its parameter says."""
    if math.isinf(told["n_iter_no_change"]):
        return None
    return EarlyStopping(
        patience=int(told["n_iter_no_change"]) + 1,
        min_delta=float(told["tol"]),
        monitor=None if told["early_stopping"] else TRAIN_LOSS,
    )


def _tell(remark: str) -> None:
    warnings.warn(f"of a multilayer perceptron, {remark}", ShoalWarning, stacklevel=2)
