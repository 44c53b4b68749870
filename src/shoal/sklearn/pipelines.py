"""Estimators that stand inside others: at the end of a pipeline, behind a target's transformer.

Only the innermost estimator trains in lanes. What stands around it is fitted by scikit-learn
itself, with an estimator in the innermost place that keeps what its `fit` is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, Self

from sklearn.base import BaseEstimator, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

SEPARATOR = "__"


@dataclass(frozen=True, eq=False)
class Surrounding:
    """What stands around an estimator, fitted, and what it hands to that estimator's `fit`.

    Attributes:
        fitted: the whole, with a stand-in in the innermost place.
        X, y: inputs and targets as the innermost estimator is given them.
        params: what else it is given.
    """

    fitted: Any
    X: Any
    y: Any
    params: Mapping[str, Any]

    def around(self, estimator: Any) -> Any:
        """The whole with a fitted estimator in the innermost place."""
        return with_innermost(self.fitted, estimator)


def fit_surrounding(estimator: Any, X: Any, y: Any, params: Mapping[str, Any]) -> Surrounding:
    """Fit what stands around the innermost estimator of a pipeline.

    Args:
        estimator: not fitted; its transformers are, where no ``memory`` makes copies of them.
        X: inputs.
        y: targets.
        params: what else `fit` is given, by the names that the whole has for it.
    """
    fitted = with_innermost(estimator, _StandIn(innermost(estimator)))
    fitted.fit(X, y, **params)
    return Surrounding(fitted, *innermost(fitted).given_)


def innermost(estimator: Any) -> Any:
    """The estimator at the end of pipelines and behind transformers of targets."""
    *_, (_, last) = _inwards(estimator)
    return last


def innermost_name(estimator: Any) -> str:
    """The innermost estimator's name as a parameter, such as ``mlp``; empty where it is alone."""
    return SEPARATOR.join(name for name, _ in _inwards(estimator) if name)


def with_innermost(estimator: Any, last: Any) -> Any:
    """The same, fitted or not, with another innermost estimator; what is given stays as it is."""
    if isinstance(estimator, Pipeline) and estimator.steps:
        outer, (name, inner) = copy(estimator), estimator.steps[-1]
        outer.steps = [*estimator.steps[:-1], (name, with_innermost(inner, last))]
        return outer
    if isinstance(estimator, TransformedTargetRegressor):
        outer = copy(estimator)
        if not hasattr(estimator, "regressor_"):
            outer.regressor = with_innermost(estimator.regressor, last)
            return outer
        outer.regressor_ = with_innermost(estimator.regressor_, last)
        outer.regressor = clone(outer.regressor_)
        return outer
    return last


def _inwards(estimator: Any) -> Iterator[tuple[str, Any]]:
    """The estimator, the one inside it and so on, with their names in what is around them."""
    name = ""
    while True:
        yield name, estimator
        if isinstance(estimator, Pipeline) and estimator.steps:
            name, estimator = estimator.steps[-1]
        elif isinstance(estimator, TransformedTargetRegressor):
            name = "regressor"
            estimator = getattr(estimator, "regressor_", estimator.regressor)
        else:
            return


class _StandIn(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Keeps what its `fit` is given; asks for the metadata that the estimator asks for."""

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        self.given_ = X, y, params
        return self

    def predict(self, X: Any) -> Any:
        raise NotFittedError("A stand-in predicts nothing.")

    def get_metadata_routing(self) -> Any:
        return self.estimator.get_metadata_routing()

    def __sklearn_tags__(self) -> Any:
        return get_tags(self.estimator)
