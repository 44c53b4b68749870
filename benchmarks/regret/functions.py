"""Standard functions of global optimization, their best points off the center of the range.

Source: Surjanovic and Bingham, Virtual Library of Simulation Experiments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Float64

from benchmarks.regret.problem import Problem
from shoal.space import Choice, Float, Int, Point

Vector = Float64[np.ndarray, " size"]

BRANIN_LEAST = 0.39788735772973816
HARTMANN_LEAST = -3.322368011415515


def functions() -> Iterator[Problem]:
    """All functions."""
    yield _continuous("sphere", 6, -5.0, 4.0, lambda x: float(x @ x))
    yield _continuous("rosenbrock", 4, -3.0, 4.0, _rosenbrock)
    yield _continuous("ackley", 6, -20.0, 32.0, _ackley)
    yield _continuous("rastrigin", 4, -4.0, 5.12, _rastrigin)
    yield _continuous("hartmann6", 6, 0.0, 1.0, _hartmann, HARTMANN_LEAST)
    branin = (Float(-5.0, 10.0, name="x0"), Float(0.0, 15.0, name="x1"))
    yield Problem("functions", "branin", branin, _of_vector(_branin), BRANIN_LEAST)
    yield _mixed()


def _continuous(
    name: str,
    size: int,
    low: float,
    high: float,
    value: Callable[[Vector], float],
    least: float = 0.0,
) -> Problem:
    ranges = tuple(Float(low, high, name=f"x{i}") for i in range(size))
    return Problem("functions", name, ranges, _of_vector(value), least)


def _of_vector(value: Callable[[Vector], float]) -> Callable[[Point], float]:
    return lambda point: value(np.array([point[f"x{i}"] for i in range(len(point))], float))


def _mixed() -> Problem:
    """A learning rate, a width, a rate and two kinds: each kind with a best place of its own."""
    centers = {0: (-2.5, 5.0, 0.1), 1: (-3.5, 7.0, 0.4), 2: (-1.5, 3.0, 0.7)}

    def cost(point: Point) -> float:
        rate, width, drop = centers[int(point["kind"])]
        return float(
            (np.log10(point["learning_rate"]) - rate) ** 2
            + 0.3 * (np.log2(point["units"]) - width) ** 2
            + 4.0 * (point["dropout"] - drop) ** 2
            + (0.0, 0.3, 0.6)[int(point["kind"])]
            + (0.2, 0.0)[int(point["norm"])]
        )

    ranges = (
        Float(1e-5, 1.0, log=True, name="learning_rate"), Int(4, 512, log=True, name="units"),
        Float(0.0, 0.8, name="dropout"), Choice("a", "b", "c", name="kind"),
        Choice("with", "without", name="norm"),
    )  # fmt: skip
    return Problem("functions", "mixed", ranges, cost, 0.0)


def _rosenbrock(x: Vector) -> float:
    return float(np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2))


def _ackley(x: Vector) -> float:
    root, waves = np.sqrt(np.mean(x**2)), np.mean(np.cos(2 * np.pi * x))
    return float(20.0 + np.e - 20.0 * np.exp(-0.2 * root) - np.exp(waves))


def _rastrigin(x: Vector) -> float:
    return float(np.sum(x**2 - 10.0 * np.cos(2 * np.pi * x) + 10.0))


def _branin(x: Vector) -> float:
    bend = x[1] - 5.1 / (4 * np.pi**2) * x[0] ** 2 + 5 / np.pi * x[0] - 6.0
    return float(bend**2 + 10.0 * (1 - 1 / (8 * np.pi)) * np.cos(x[0]) + 10.0)


_HARTMANN_A = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8],
     [17, 8, 0.05, 10, 0.1, 14]]
)  # fmt: skip
_HARTMANN_P = 1e-4 * np.array(
    [[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
     [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]]
)  # fmt: skip
_HARTMANN_ALPHA = np.array([1.0, 1.2, 3.0, 3.2])


def _hartmann(x: Vector) -> float:
    distances = np.sum(_HARTMANN_A * (x[None, :] - _HARTMANN_P) ** 2, axis=1)
    return float(-np.sum(_HARTMANN_ALPHA * np.exp(-distances)))
