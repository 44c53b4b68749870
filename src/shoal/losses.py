"""Losses: what training minimizes.

The public face of `shoal.training.losses`.
"""

from shoal.training.losses import *  # noqa: F403  # every public name there, and no other
from shoal.training.losses import __all__ as __all__
