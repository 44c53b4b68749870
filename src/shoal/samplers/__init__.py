"""Samplers: where the next points of a search come from. No training in here."""

from shoal.utils.lazy import import_names

__all__ = import_names(__name__, __path__[0])
