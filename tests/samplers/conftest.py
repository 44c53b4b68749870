"""The samplers and the spaces on which every one of them is tested."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import pytest

from shoal import samplers
from shoal.space import Choice, Float, Int, Space, traced

SAMPLERS: dict[str, samplers.Sampler] = {
    "random": samplers.Random(),
    "grid": samplers.Grid(3),
    "sobol": samplers.Sobol(),
    "swarm": samplers.ParticleSwarm(4),
    "genetic": samplers.Genetic(population=4),
    "halving": samplers.Halving(),
    "bohb": samplers.Halving(points=samplers.TPE(first=4, candidates=8)),
    "halving-swarm": samplers.Halving(points=samplers.ParticleSwarm(4)),
    "halving-genetic": samplers.Halving(points=samplers.Genetic(population=4)),
    "halving-sobol": samplers.Halving(points=samplers.Sobol()),
    "pbt": samplers.PopulationBased(4),
    "tpe": samplers.TPE(first=4, candidates=8),
}
if find_spec("optuna"):
    SAMPLERS |= {
        f"optuna-{method}": samplers.Optuna(method)
        for method, package in {"tpe": "optuna", "cma-es": "cmaes", "nsga-ii": "optuna"}.items()
        if find_spec(package)
    }
"""A new sampler is one line here, and passes every test of the protocol."""


@dataclass(frozen=True, eq=False)
class Part:
    """Something to put ranges into."""

    first: Any = traced(0)
    second: Any = traced(0)
    third: Any = traced(0)


def spaces() -> dict[str, Space]:
    """By name: nothing to search, one number, all kinds, and ranges that hang on choices."""
    size = Int(1, 9, name="size")
    return {
        "empty": Space(Part()),
        "single": Space(Part(Float(-1.0, 1.0))),
        "mixed": Space(
            (Part(Float(-2.0, 3.0), Float(1e-5, 1.0, log=True), Int(0, 7)),
             Part(Int(1, 500, log=True), Choice("a", "b", "c"), Choice(1, 2.5)))
        ),
        "conditional": Space(
            Part(
                Choice(None, Part(Float(0.0, 1.0), Choice("x", Part(Int(1, 3))), size)),
                Choice(Part(size), Part(Float(1e-3, 1.0, log=True)), "plain"),
            )
        ),
    }  # fmt: skip


@pytest.fixture(params=SAMPLERS)
def sampler(request):
    return SAMPLERS[request.param]


@pytest.fixture(params=["empty", "single", "mixed", "conditional"])
def space(request):
    return spaces()[request.param]
