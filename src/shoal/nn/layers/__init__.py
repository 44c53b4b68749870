"""The layers, one family a file."""

from shoal.utils.lazy import import_names

__all__ = import_names(__name__, __file__)
