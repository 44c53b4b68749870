"""Bounds that hold under a flag, through the extension: one call for all of them."""

from __future__ import annotations

from functools import cache

import jax.numpy as jnp
from jax import Array

from shoal.kernels.ffi.call import lane_count, native
from shoal.kernels.lanes import LaneCall, for_one_network


@cache
def mask_bounds(count: int) -> LaneCall:
    """The call for (flag, *bounds), for one network and under ``vmap``."""

    @for_one_network(0, *(0,) * count)
    def call(flag: Array, *bounds: Array) -> tuple[Array, ...]:
        lanes = lane_count(flag, *bounds)
        return native("mask_bounds", (flag, *bounds), ((lanes,),) * count, jnp.int32)

    return call
