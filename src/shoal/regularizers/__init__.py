"""Regularizers of weights: L1, L2 and decoupled weight decay."""

from shoal.utils.lazy import import_names

__all__ = import_names(__name__, __file__)
