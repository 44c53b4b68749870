"""Samplers: where the next points of a search come from. No training in here."""

from shoal.samplers.random_search import Random
from shoal.samplers.sampler import Sampler, State, Told

__all__ = ["Random", "Sampler", "State", "Told"]
