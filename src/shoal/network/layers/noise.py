"""Which noise a number of a layer's output draws."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

MOST_FEATURES = 2**20
"""Features of a member whose noise is surely not another member's."""


def member_ranks(ranks: Array, members: int) -> Array:
    """The identities of all members' features in a row, from those of one member's.

    They depend neither on how many members nor on how many features there are, so that a
    number draws what it draws in a network with fewer of either.

    Args:
        ranks: int32 of shape (features,).
        members: how many.

    Returns:
        int32 of shape (members · features,).
    """
    first = jnp.arange(members, dtype=jnp.int32) * MOST_FEATURES
    shape = (members, ranks.shape[0])
    each = jnp.broadcast_to(first[:, None], shape) + jnp.broadcast_to(ranks[None], shape)
    return each.reshape(-1)
