"""Activation functions, as layers without parameters.

Each class has one ready-made instance, written like a function: ``relu``.
"""

from shoal.utils.lazy import import_names

__all__ = import_names(__name__, __file__)
