"""Optimizers: how weights follow their gradients.

The public face of `shoal.training.optimizers`.
"""

from shoal.training.optimizers import *  # noqa: F403  # every public name there, and no other
from shoal.training.optimizers import __all__ as __all__
