"""The default with one part changed: networks of several seeds, averaged.

Each network draws its own validation rows of those to learn from, so that the average is
about as good as what a search hands over, and the same for each variation.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

import shoal
from benchmarks.tables.methods.method import Asked, LeftOutError, Predict
from benchmarks.tables.methods.of_shoal import in_order
from benchmarks.tables.methods.table import PART
from benchmarks.tables.sets import Problem
from benchmarks.tables.variations import VARIATIONS, Trained
from shoal.data import Dataset
from shoal.defaults.choose import default_network, default_recipe


def fit(method: str, problem: Problem, asked: Asked) -> Predict:
    """The mean prediction of the networks.

    Raises:
        LeftOutError: the variation is none for this problem.
    """
    data = Dataset.from_arrays(problem.x, problem.y, task=problem.task)
    default = Trained(default_network(data, ranges=False), default_recipe(data, ranges=False), data)
    changed = VARIATIONS[method.removeprefix(PART)](default)
    if changed is None:
        raise LeftOutError(f"{method} changes nothing for a {problem.task}")
    found = [_one(changed, 1000 * asked.seed + i) for i in range(changed.networks)]
    models, epochs = zip(*found, strict=True)

    def mean(x: pd.DataFrame) -> np.ndarray:
        return np.mean([in_order(model, problem, x) for model in models], axis=0)

    return Predict(mean, {"epochs": list(epochs)})


def _one(trained: Trained, seed: int) -> tuple[shoal.Model, int]:
    """A network, and how many epochs it was trained."""
    study = shoal.search(
        trained.network,
        trained.recipe,
        trained.data,
        trials=1,
        lanes=1,
        confirm_seeds=0,
        test=0.0,
        seed=seed,
        progress=False,
    )
    model, epochs = study.best_model, int(study.trials[0].epochs)
    study.close()
    return model, epochs
