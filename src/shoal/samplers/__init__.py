"""Samplers: where the next points of a search come from. No training in here."""

from shoal.samplers.breeder import Breeder, Heir
from shoal.samplers.first_points import FirstPoint
from shoal.samplers.genetic import Genetic
from shoal.samplers.grid import Grid
from shoal.samplers.halving import Halving
from shoal.samplers.judge import Judge, Reached
from shoal.samplers.optuna_sampler import Optuna
from shoal.samplers.particle_swarm import ParticleSwarm
from shoal.samplers.population_based import PopulationBased
from shoal.samplers.random_search import Random
from shoal.samplers.reviser import Reviser
from shoal.samplers.sampler import Sampler, State, Told
from shoal.samplers.sobol import Sobol
from shoal.samplers.tpe import TPE

__all__ = [
    "TPE",
    "Breeder",
    "FirstPoint",
    "Genetic",
    "Grid",
    "Halving",
    "Heir",
    "Judge",
    "Optuna",
    "ParticleSwarm",
    "PopulationBased",
    "Random",
    "Reached",
    "Reviser",
    "Sampler",
    "Sobol",
    "State",
    "Told",
]
