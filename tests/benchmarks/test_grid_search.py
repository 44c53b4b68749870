"""The row of the grid search: both sides do the same work, and what the row says of it."""

from __future__ import annotations

import pytest
from sklearn.model_selection import GridSearchCV

from benchmarks.grid import FOLDS, GRID, QUICK_GRID, fits, searched
from benchmarks.harness import Pair
from benchmarks.rows.grid_search import summary


def test_fits_are_candidates_times_folds() -> None:
    assert fits(QUICK_GRID) == 2 * FOLDS
    assert fits(GRID) == 4 * 3 * 2 * FOLDS


@pytest.fixture(scope="module")
def told() -> dict[str, object]:
    return searched(GridSearchCV, {"quick": True, "seed": 0})


def test_a_search_tells_its_seconds_and_its_best(told: dict[str, object]) -> None:
    assert told["units"] == 10
    assert 0.1 < told["best"] <= 1
    assert told["mean"] <= told["best"]
    assert set(told["chosen"]) == {"hidden_layer_sizes", "alpha"}


def test_row() -> None:
    def side(seconds: float, best: float) -> dict[str, object]:
        return {"seconds": seconds, "units": 10, "best": best}

    pairs = [Pair(side(1.0, 0.9), side(4.0, 0.95), 0.0, 0.1) for _ in range(3)]
    row = summary("grid-search-cv", pairs, [side(2.0, 0.9), side(5.0, 0.9)])
    assert (row["shoal"], row["peer"], row["ratio"]) == (100.0, 400.0, 4.0)
    assert row["with_compile"] == {"shoal": 200.0, "peer": 500.0, "ratio": 2.5}
    assert row["best"] == {"shoal": 0.9, "peer": 0.95}
