"""Schedules: numbers of an optimizer that change while training goes on.

The public face of `shoal.training.schedules`.
"""

from shoal.training.schedules import *  # noqa: F403  # every public name there, and no other
from shoal.training.schedules import __all__ as __all__
