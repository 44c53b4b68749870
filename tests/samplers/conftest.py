"""The samplers and the spaces on which every one of them is tested."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from shoal import samplers
from shoal.testing.samplers import spaces

SAMPLERS: dict[str, samplers.Sampler] = {
    "random": samplers.Random(),
    "grid": samplers.Grid(3),
    "sobol": samplers.Sobol(),
    "swarm": samplers.ParticleSwarm(4),
    "genetic": samplers.Genetic(population_size=4),
    "halving": samplers.Halving(),
    "bohb": samplers.Halving(sampler=samplers.TPE(n_startup_trials=4, n_ei_candidates=8)),
    "halving-swarm": samplers.Halving(sampler=samplers.ParticleSwarm(4)),
    "halving-genetic": samplers.Halving(sampler=samplers.Genetic(population_size=4)),
    "halving-sobol": samplers.Halving(sampler=samplers.Sobol()),
    "pbt": samplers.PopulationBased(4),
    "tpe": samplers.TPE(n_startup_trials=4, n_ei_candidates=8),
}
if find_spec("optuna"):
    SAMPLERS |= {
        f"optuna-{method}": samplers.Optuna(method)
        for method, package in {"tpe": "optuna", "cma-es": "cmaes", "nsga-ii": "optuna"}.items()
        if find_spec(package)
    }
"""A new sampler is one line here, and passes every test of the protocol."""


@pytest.fixture(params=SAMPLERS)
def sampler(request):
    return SAMPLERS[request.param]


@pytest.fixture(params=["empty", "single", "mixed", "conditional"])
def space_name(request):
    return request.param


@pytest.fixture
def space(space_name):
    return spaces()[space_name]
