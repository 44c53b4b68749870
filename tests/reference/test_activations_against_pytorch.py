"""Values and gradients of each activation against PyTorch."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from registered import LAYERS

from shoal.nn import Context

QUIET = Context(training=False)


def test_activation(activation_case, agree):
    spec = activation_case["spec"]
    layer = LAYERS[spec["kind"]](**spec["fields"])
    x = jnp.asarray(activation_case["x"])
    y, back = jax.vjp(lambda x: layer.apply({}, x, context=QUIET), x)
    agree(y, activation_case["y"])
    agree(back(jnp.asarray(activation_case["cotangent"]))[0], activation_case["d_x"])
