"""How much memory a data file may ask for: told before any of it is taken."""

from shoal.limits import check_size

__all__ = ["check_size"]
