"""scikit-learn's network and its boosted trees, as they come and searched.

The network has the usual pipeline before it: medians for missing numbers and standard
scaling, one-hot categories, and for a regression a scaled target, without which it would
be far behind. Boosted trees take missing values and categories as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import loguniform, randint, uniform
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, RandomizedSearchCV, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.tables.methods.method import Asked, Predict, of_estimator
from benchmarks.tables.sets import Problem

FOLDS = 3
NETWORKS, TREES = 16, 30
"""Points of the random searches."""

NETWORK_SPACE = {
    "hidden_layer_sizes": [(64,), (128,), (256,), (64, 64), (128, 128), (256, 256)],
    "learning_rate_init": loguniform(3e-4, 1e-2),
    "alpha": loguniform(1e-6, 1e-1),
    "batch_size": [32, 64, 128, 256],
    "early_stopping": [False, True],
}
TREE_SPACE = {
    "learning_rate": loguniform(0.01, 0.3),
    "max_leaf_nodes": randint(8, 128),
    "min_samples_leaf": randint(2, 60),
    "l2_regularization": loguniform(1e-6, 10.0),
    "max_features": uniform(0.3, 0.7),
}
MOST_TREES = 1000
"""Of the searched trees, which stop early; as they come they are 100."""


def network(problem: Problem, seed: int) -> Any:
    """The network in its pipeline."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_exclude="category")),
        (
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            make_column_selector(dtype_include="category"),
        ),
    )
    if problem.task == "classification":
        return make_pipeline(columns, MLPClassifier(random_state=seed))
    scaled = TransformedTargetRegressor(
        MLPRegressor(random_state=seed), transformer=StandardScaler()
    )
    return make_pipeline(columns, scaled)


def trees(problem: Problem, seed: int, **settings: Any) -> Any:
    """Boosted trees; categories are told by the columns' type."""
    classes = problem.task == "classification"
    made = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return made(categorical_features="from_dtype", random_state=seed, **settings)


def searched(
    problem: Problem, asked: Asked, estimator: Any, space: dict[str, Any], points: int
) -> Any:
    """A random search on folds, by what ranks."""
    classes = problem.task == "classification"
    folds = (StratifiedKFold if classes else KFold)(FOLDS, shuffle=True, random_state=asked.seed)
    return RandomizedSearchCV(
        estimator,
        space,
        n_iter=points,
        cv=folds,
        scoring="accuracy" if classes else "neg_root_mean_squared_error",
        random_state=asked.seed,
        n_jobs=asked.threads,
    )


def _network_search(problem: Problem, asked: Asked) -> Any:
    inner = {
        "classification": "mlpclassifier__",
        "regression": "transformedtargetregressor__regressor__",
    }[problem.task]
    space = {inner + name: values for name, values in NETWORK_SPACE.items()}
    return searched(problem, asked, network(problem, asked.seed), space, NETWORKS)


def _tree_search(problem: Problem, asked: Asked) -> Any:
    many = trees(problem, asked.seed, max_iter=MOST_TREES, early_stopping=True)
    return searched(problem, asked, many, TREE_SPACE, TREES)


ESTIMATORS: dict[str, Callable[[Problem, Asked], Any]] = {
    "mlp": lambda problem, asked: network(problem, asked.seed),
    "mlp-search": _network_search,
    "hgb": lambda problem, asked: trees(problem, asked.seed),
    "hgb-search": _tree_search,
}


def fit(method: str, problem: Problem, asked: Asked) -> Predict:
    """The method's predictions, after fitting."""
    problem = replace(problem, x=numbered(problem.x))
    estimator = ESTIMATORS[method](problem, asked).fit(problem.x, problem.y)
    chosen = getattr(estimator, "best_params_", {})
    told = {name.split("__")[-1]: _plain(value) for name, value in chosen.items()}
    predict = of_estimator(estimator, problem, told)
    return replace(predict, function=lambda x: predict.function(numbered(x)))


def numbered(x: pd.DataFrame) -> pd.DataFrame:
    """Booleans as 0 and 1, which the imputer asks for."""
    return x.astype(dict.fromkeys(x.select_dtypes("bool").columns, "int64"))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
