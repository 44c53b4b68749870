"""Losses: what training minimizes. `loss.py` has the protocol, the other files one family each."""

from shoal.utils.lazy import import_names

__all__ = import_names(__name__, __file__)
