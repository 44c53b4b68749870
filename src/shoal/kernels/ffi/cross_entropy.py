"""Cross entropy through the extension."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import DTypeLike

from shoal.kernels.ffi.call import lane_count, native
from shoal.kernels.lanes import for_one_network


@for_one_network(2, 1, 0, 1)
def _forward(scores: Array, labels: Array, smoothing: Array, weights: Array) -> tuple[Array, ...]:
    shape = (lane_count(scores, labels, smoothing, weights), scores.shape[1])
    return native("cross_entropy", (scores, labels, smoothing, weights), (shape,))


@for_one_network(2, 1, 0, 1, 1)
def _gradient(*operands: Array) -> tuple[Array, ...]:
    shape = (lane_count(*operands), *operands[0].shape[1:])
    return native("cross_entropy_grad", operands, (shape,))


@jax.custom_vjp
def costs_of_rows(scores: Array, labels: Array, smoothing: Array, weights: Array) -> Array:
    """What each row costs; operands as the extension takes them."""
    return _forward(scores, labels, smoothing, weights)[0]


def _fwd(*operands: Array) -> tuple[Array, tuple[Array, ...]]:
    return _forward(*operands)[0], operands


def _bwd(kept: tuple[Array, ...], above: Array) -> tuple[Array | None, ...]:
    return _gradient(*kept, above)[0], None, None, None


costs_of_rows.defvjp(_fwd, _bwd)


def cross_entropy(
    scores: Array, labels: Array, smoothing: Array | None, weights: Array | None
) -> Array:
    """What each row costs; see `shoal.kernels.cross_entropy`."""
    given = as_operands(smoothing, weights, scores.shape[-1], scores.dtype)
    costs: Array = costs_of_rows(scores, labels.astype(jnp.int32), *given)
    return costs


def as_operands(
    smoothing: Array | None, weights: Array | None, classes: int, dtype: DTypeLike
) -> tuple[Array, Array]:
    """Smoothing and weights of classes as the extension takes them: absent, a leading 0."""
    even = jnp.zeros((0,), dtype) if smoothing is None else jnp.asarray(smoothing, dtype)
    own = jnp.zeros((0, classes), dtype) if weights is None else weights.astype(dtype)
    return even, own
