"""Samplers: where the next points of a search come from. Nothing here trains.

`sampler.py` has the protocols, the other files one algorithm each. `first_points.py` has the
points that come before those of a sampler.
"""

from shoal.utils.lazy import import_names

__all__ = import_names(__name__, __file__)
