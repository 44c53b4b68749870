from shoal.samplers.breeder import Breeder as Breeder
from shoal.samplers.breeder import Heir as Heir
from shoal.samplers.first_points import FirstPoint as FirstPoint
from shoal.samplers.genetic import Genetic as Genetic
from shoal.samplers.grid import Grid as Grid
from shoal.samplers.halving import Halving as Halving
from shoal.samplers.judge import Judge as Judge
from shoal.samplers.judge import Reached as Reached
from shoal.samplers.optuna_sampler import Optuna as Optuna
from shoal.samplers.particle_swarm import ParticleSwarm as ParticleSwarm
from shoal.samplers.population_based import PopulationBased as PopulationBased
from shoal.samplers.random_search import Random as Random
from shoal.samplers.reviser import Reviser as Reviser
from shoal.samplers.sampler import Sampler as Sampler
from shoal.samplers.sampler import State as State
from shoal.samplers.sampler import Told as Told
from shoal.samplers.seeds import checked_seed as checked_seed
from shoal.samplers.seeds import generator as generator
from shoal.samplers.sobol import Sobol as Sobol
from shoal.samplers.tpe import TPE as TPE

__all__: list[str]
