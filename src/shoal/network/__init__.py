"""Networks: directed acyclic graphs of layers."""

from shoal.lazy import import_names

__all__ = import_names(__name__, __path__[0])
