"""Augmentation: training data varied at random.

The public face of `shoal.training.augmentation`.
"""

from shoal.training.augmentation import *  # noqa: F403  # every public name there, and no other
from shoal.training.augmentation import __all__ as __all__
