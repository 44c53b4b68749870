"""What a lane of a wider program computes against the narrow network that it claims to be."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from shoal.network import (
    Widths,
    active_of,
    feature_masks,
    forward,
    initialize,
    member_counts,
    narrow_down,
    ranks_of,
    widen,
)

KEY = jnp.asarray([3, 14], jnp.uint32)


def widths_of(masks, bounded, members=()):
    """As a program gives them to a lane: for those nodes only that some lane masks."""
    masked = {name: mask for name, mask in masks.items() if not mask.all()}
    return Widths(
        {name: jnp.asarray(mask, jnp.float32) for name, mask in masked.items()},
        {name: jnp.asarray(ranks_of(mask)) for name, mask in masked.items()},
        {n: jnp.int32(active_of(mask)) for n, mask in masked.items()} if bounded else {},
        {n: jnp.int32(count) for n, count in dict(members).items()},
    )


def outputs_and_gradients(network, params, x, widths):
    """Outputs while training, and the gradients of a sum that weighs each output differently."""

    @jax.jit
    def run(params, x, widths):
        def value(params, x):
            y = forward(network, params, x, training=True, key=KEY, widths=Widths(*widths))
            example, feature = jnp.indices(y.shape, y.dtype)
            return (y * jnp.cos(10 * example + feature)).sum(), y

        (_, y), gradients = jax.value_and_grad(value, argnums=(0, 1), has_aux=True)(params, x)
        return y, gradients

    y, (d_params, d_x) = run(params, x, (widths.masks, widths.ranks, widths.active, widths.members))
    return np.asarray(y), jax.tree.map(np.asarray, d_params), np.asarray(d_x)


def agree(received, expected):
    scale = float(np.abs(expected).max(initial=0.0))
    np.testing.assert_allclose(received, expected, rtol=2e-5, atol=2e-5 * scale + 1e-7)


def random_params(network, seed):
    """Initial weights with biases that are not zero."""
    rng = np.random.default_rng(seed)
    return jax.tree.map(
        lambda a: a + rng.normal(0, 0.2, a.shape).astype(np.float32), initialize(network, seed)
    )


def check(wide, narrow, bounded=True):
    masks, members = feature_masks(wide, narrow), member_counts(wide, narrow)
    params = random_params(narrow, 5)
    padded = widen(params, wide, masks, members)
    rng = np.random.default_rng(6)
    x = jnp.asarray(rng.normal(size=(3, *narrow.input_shape)), jnp.float32)
    y, d_params, d_x = outputs_and_gradients(narrow, params, x, Widths())
    wide_y, wide_d_params, wide_d_x = outputs_and_gradients(
        wide, padded, x, widths_of(masks, bounded, members)
    )
    end = masks[wide.output]
    agree(wide_y[..., end], y)
    agree(wide_d_x, d_x)
    own = narrow_down(wide_d_params, wide, masks, members)
    assert jax.tree.structure(own) == jax.tree.structure(d_params)
    jax.tree.map(agree, own, d_params)
    # What the lane does not have gets no gradient at all, not even a small one.
    jax.tree.map(np.testing.assert_array_equal, widen(own, wide, masks, members), wide_d_params)
