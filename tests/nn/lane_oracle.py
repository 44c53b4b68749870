"""What a lane of a wider program computes against the narrow network that it claims to be."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from shoal.testing.lanes import check_lane, outputs_and_gradients, random_params, widths_of

__all__ = ["check", "outputs_and_gradients", "random_params", "widths_of"]


def check(wide, narrow, bounded=True):
    rng = np.random.default_rng(6)
    x = jnp.asarray(rng.normal(size=(3, *narrow.input_shape)), jnp.float32)
    check_lane(wide, narrow, x, narrow, bounded)
