"""The Lovász extension of the Jaccard loss."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

_LAST = -1e30
"""The error of a pixel that does not count: after all others, and cut off at 0."""


def lovasz_jaccard(errors: Array, true: Array, present: Array) -> Array:
    r"""Lovász extension of the Jaccard loss of one class, at a vector of errors.

    .. math:: \bar\Delta(m) = \sum_{i=1}^P m_{\pi_i}
        \left( \Delta(\{\pi_1, …, \pi_i\}) - \Delta(\{\pi_1, …, \pi_{i-1}\}) \right),
        \qquad \Delta(S) = \frac{|S|}{|\mathrm{true} \cup S|}

    where π sorts the errors downwards and S is a set of mispredicted pixels.

    Args:
        errors: m ≥ 0 of each pixel, shape (batch, pixels).
        true: 1 in the class's true region, 0 outside; the same shape.
        present: 1 for a pixel that counts; the same shape.

    Returns:
        shape (batch,).

    Source: Berman, Triki, Blaschko, *The Lovász-softmax loss* (2018), definition
    1 and equation 9, algorithm 1.
    """
    keys = jnp.where(present > 0, -errors, -_LAST)
    steps, region = jax.lax.sort((keys, true * present), dimension=1, num_keys=1)
    region = jax.lax.stop_gradient(region)
    size = region.sum(axis=1, keepdims=True)
    left = size - jnp.cumsum(region, axis=1)
    union = size + jnp.cumsum(1.0 - region, axis=1)
    loss = 1.0 - left / union
    before = jnp.concatenate([jnp.zeros_like(loss[:, :1]), loss[:, :-1]], axis=1)
    return (jax.nn.relu(-steps) * (loss - before)).sum(axis=1)
