"""Optimizers: how weights follow their gradients. `optimizer.py` has the protocol."""

from shoal.utils.lazy import import_names

__all__ = import_names(__name__, __file__)
