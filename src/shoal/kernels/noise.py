"""Noise that depends on coordinates alone: a hash in place of a generator."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array


def uniform(key: Array, rows: int, ranks: Array) -> Array:
    """Uniform noise in [0, 1) whose value at (r, c) depends only on (key, r, ranks[c]).

    There is no state and no order: a column with the same rank has the same
    noise in a wide array as in a narrow one, and a row the same in a large
    batch as in a small one. The value is the upper 24 bits of a 32-bit hash,
    so it is exactly representable and every platform computes the same bits.

    The hash mixes row and key, column and key, and then both together with the
    multiply-and-shift finalizers that C. Wellons found by search
    (https://github.com/skeeto/hash-prospector); it is meant for dropout and
    augmentation, not for cryptography.

    Args:
        key: uint32 of shape (2,).
        rows: number of rows.
        ranks: int32 of shape (columns,), the identity of each column.

    Returns:
        float32 of shape (rows, columns).
    """
    row_key = _mix(key[0] ^ jnp.uint32(0x9E3779B9))
    column_key = _mix(key[1] ^ jnp.uint32(0x85EBCA6B) ^ row_key)
    row = _mix(jnp.arange(rows, dtype=jnp.uint32) + row_key)
    column = _mix((ranks.astype(jnp.uint32) ^ column_key) + jnp.uint32(0xC2B2AE35))
    bits = _mix_thoroughly(row[:, None] ^ column[None, :])
    noise: Array = (bits >> 8).astype(jnp.float32) * jnp.float32(2.0**-24)
    return noise


def normal(key: Array, rows: int, ranks: Array) -> Array:
    r"""Standard normal noise, keyed as `uniform`: :math:`\sqrt 2\, \mathrm{erf}^{-1}(2u - 1)`.

    u is taken at the middle of its step of 2⁻²⁴, so that the noise is symmetric
    and never infinite; the largest is 5.3.

    Args:
        key: uint32 of shape (2,).
        rows: number of rows.
        ranks: int32 of shape (columns,), the identity of each column.

    Returns:
        float32 of shape (rows, columns).
    """
    centered = 2.0 * uniform(key, rows, ranks) - jnp.float32(1.0 - 2.0**-24)
    noise: Array = jnp.float32(2.0**0.5) * jax.lax.erf_inv(centered)
    return noise


def _mix(h: Array) -> Array:
    """Two rounds: enough for the few values of one axis."""
    h = (h ^ (h >> 16)) * jnp.uint32(0x7FEB352D)
    h = (h ^ (h >> 15)) * jnp.uint32(0x846CA68B)
    return h ^ (h >> 16)


def _mix_thoroughly(h: Array) -> Array:
    """Three rounds: what lies between two cells must not show."""
    h = (h ^ (h >> 17)) * jnp.uint32(0xED5AD4BB)
    h = (h ^ (h >> 11)) * jnp.uint32(0xAC4C1B51)
    h = (h ^ (h >> 15)) * jnp.uint32(0x31848BAB)
    return h ^ (h >> 14)
