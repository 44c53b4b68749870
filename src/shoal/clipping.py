"""Clipping: gradients cut down to a size.

The public face of `shoal.training.clipping`.
"""

from shoal.training.clipping import *  # noqa: F403  # every public name there, and no other
from shoal.training.clipping import __all__ as __all__
