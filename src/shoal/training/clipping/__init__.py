"""Clipping: gradients cut down to a size."""

from shoal.training.clipping.by_norm import ByNorm
from shoal.training.clipping.by_value import ByValue
from shoal.training.clipping.clipping import Clipping

__all__ = ["ByNorm", "ByValue", "Clipping"]
