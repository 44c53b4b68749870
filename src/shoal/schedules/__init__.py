"""Schedules: numbers of an optimizer that change in training. `schedule.py` has the protocol."""

from shoal.utils.lazy import import_names

__all__ = import_names(__name__, __file__)
