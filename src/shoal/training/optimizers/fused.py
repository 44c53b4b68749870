"""What the optimizers with a kernel of their own have in common."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels import fused_updates
from shoal.network import Params


def fusible(params: Params) -> bool:
    """Whether the kernels can update these weights in place."""
    return all(fused_updates(leaf.dtype) for leaf in jax.tree.leaves(params))


def number(value: Any) -> Array:
    """A number of the optimizer as the kernels take it."""
    return jnp.asarray(value, jnp.float32)


def unzipped(like: Params, tree: Any, count: int) -> tuple[Any, ...]:
    """A tree of tuples, shaped like the weights, as a tuple of trees."""
    structure = jax.tree.structure(like)
    return tuple(jax.tree.transpose(structure, jax.tree.structure((0,) * count), tree))
