"""Clipping of gradients, by value and by norm."""

from shoal.utils.lazy import import_names

__all__ = import_names(__name__, __file__)
