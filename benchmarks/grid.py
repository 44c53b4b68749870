"""The grid of the row `grid-search-cv`, its data and folds, for both sides.

The estimator is scikit-learn's own on both: what differs is the name of the search.
Nothing stops early, so that every fit takes the same epochs on both sides.
"""

from __future__ import annotations

import time
import warnings
from typing import Any

from sklearn.datasets import load_digits
from sklearn.model_selection import ParameterGrid, StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

FOLDS = 5
EPOCHS = 30
GRID: dict[str, list[Any]] = {
    "hidden_layer_sizes": [(32,), (64,), (128,), (64, 64)],
    "learning_rate_init": [1e-3, 3e-3, 1e-2],
    "alpha": [1e-4, 1e-2],
}
QUICK_GRID: dict[str, list[Any]] = {"hidden_layer_sizes": [(16,)], "alpha": [1e-4, 1e-2]}


def fits(grid: dict[str, list[Any]]) -> int:
    """Candidates times folds."""
    return len(ParameterGrid(grid)) * FOLDS


def searched(search: Any, request: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """Fits a search on the digits; seconds, and what it found.

    Args:
        search: `GridSearchCV`, or what stands for it.
        request: ``seed``, and ``quick`` for a small grid.
        **settings: more for the search.
    """
    x, y = load_digits(return_X_y=True)
    x, grid = StandardScaler().fit_transform(x), QUICK_GRID if request["quick"] else GRID
    estimator = MLPClassifier(
        batch_size=64,
        max_iter=2 if request["quick"] else EPOCHS,
        n_iter_no_change=EPOCHS,
        random_state=request["seed"],
    )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=request["seed"])
    made = search(estimator, grid, cv=folds, scoring="accuracy", **settings)
    with warnings.catch_warnings():
        # That fits end before they have converged, and that columns of pixels are constant.
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        made.fit(x, y)
        seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "units": fits(grid),
        "best": float(made.best_score_),
        "mean": float(made.cv_results_["mean_test_score"].mean()),
        "chosen": {name: str(value) for name, value in made.best_params_.items()},
    }
