"""Compute kernels: one function an operation, written for one network."""

from shoal.kernels.operations import avg_pool, conv, dense, max_pool, take_rows

__all__ = ["avg_pool", "conv", "dense", "max_pool", "take_rows"]
