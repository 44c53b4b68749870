"""Cosine and sine of turns against NumPy's, in float64, and their derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal.nn.layers.number_embeddings import cosine, sine

TURNS = np.concatenate([np.linspace(-3, 3, 20_001), [0.0, 0.25, 0.5, -0.5, 1e4, 12345.25]])


@pytest.mark.parametrize(
    ("ours", "true", "slope"),
    [(cosine, np.cos, lambda a: -np.sin(a)), (sine, np.sin, np.cos)],
)
def test_values_and_derivatives(ours, true, slope):
    turns = TURNS.astype(np.float32)
    angles = 2 * np.pi * turns.astype(np.float64)
    np.testing.assert_allclose(ours(jnp.asarray(turns)), true(angles), atol=1.2e-6)
    grads = jax.grad(lambda t: ours(t).sum())(jnp.asarray(turns))
    np.testing.assert_allclose(grads, 2 * np.pi * slope(angles), atol=1e-5)
