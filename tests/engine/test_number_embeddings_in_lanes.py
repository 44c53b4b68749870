"""Embeddings of a table: a lane's gradients are the same bits whatever the number of lanes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal import CategoryEmbedding, Dense, PBLDEmbedding, PeriodicEmbedding, Sequential, tanh
from shoal.engine.compilation import compiled
from shoal.kernels import backend
from shoal.nn import initialize
from shoal.nn.forward import forward

pytestmark = pytest.mark.bits

LANES = 5


@pytest.mark.parametrize(
    "layer",
    [
        PeriodicEmbedding(numeric=6),
        PBLDEmbedding(numeric=6),
        CategoryEmbedding(one_hot=2, categories=(3, 4)),
    ],
    ids=lambda layer: layer.kind,
)
def test_the_number_of_lanes_does_not_matter(layer):
    network = Sequential(layer, tanh, Dense(1), input_shape=(8,))
    drawn = [initialize(network, seed) for seed in range(LANES)]
    params = jax.tree.map(lambda *each: jnp.stack(each), *drawn)
    x = jnp.asarray(np.random.default_rng(0).normal(size=(48, 8)), jnp.float32)

    def gradients(params):
        def cost(own):
            return jnp.square(forward(network, own, x) - 1.0).mean()

        return jax.vmap(jax.grad(cost))(params)

    def of(lanes):
        some = jax.tree.map(lambda a: a[:lanes], params)
        return compiled(jax.jit(gradients).lower(some))(some)

    whole, alone = of(LANES), of(1)
    rtol, atol = (0.0, 0.0) if backend() == "native" else (1e-5, 1e-6)
    for owner, arrays in alone.items():
        for name, array in arrays.items():
            assert np.abs(array).max() > 0
            np.testing.assert_allclose(whole[owner][name][:1], array, rtol=rtol, atol=atol)
