from shoal.samplers.first_points import FirstPoint as FirstPoint
from shoal.samplers.genetic import Genetic as Genetic
from shoal.samplers.grid import Grid as Grid
from shoal.samplers.halving import Halving as Halving
from shoal.samplers.optuna_sampler import Optuna as Optuna
from shoal.samplers.particle_swarm import ParticleSwarm as ParticleSwarm
from shoal.samplers.population_based import PopulationBased as PopulationBased
from shoal.samplers.random_search import Random as Random
from shoal.samplers.random_search import Sobol as Sobol
from shoal.samplers.sampler import Clone as Clone
from shoal.samplers.sampler import PopulationSampler as PopulationSampler
from shoal.samplers.sampler import Pruner as Pruner
from shoal.samplers.sampler import RetractableSampler as RetractableSampler
from shoal.samplers.sampler import RunningTrial as RunningTrial
from shoal.samplers.sampler import Sampler as Sampler
from shoal.samplers.sampler import State as State
from shoal.samplers.sampler import TrialResult as TrialResult
from shoal.samplers.sampler import checked_seed as checked_seed
from shoal.samplers.sampler import generator as generator
from shoal.samplers.tpe import TPE as TPE

__all__: list[str]
