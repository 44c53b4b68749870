"""Regularizers of weights: what keeps them small.

The public face of `shoal.training.regularizers`.
"""

from shoal.training.regularizers import *  # noqa: F403  # every public name there, and no other
from shoal.training.regularizers import __all__ as __all__
