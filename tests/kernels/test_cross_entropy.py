"""Cross entropy of scores with labels, against its definition in float64."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from drawn import drawn
from hypothesis import given
from hypothesis import strategies as st
from kernel_oracle import close

from shoal.kernels.ffi.cross_entropy import cross_entropy as on_the_extension

FEW = drawn(6)


def defined(scores, labels, above, smoothing, weights):
    """Costs and the scores' gradient."""
    o = scores.astype(np.float64)
    classes = o.shape[-1]
    below = o - o.max(-1, keepdims=True)
    logs = np.log(np.exp(below).sum(-1, keepdims=True)) - below
    hot = (labels[:, None] == np.arange(classes)).astype(np.float64)
    share = (1 - smoothing) * hot + smoothing / classes * hot.sum(-1, keepdims=True)
    share *= weights
    grad = np.exp(-logs) * share.sum(-1, keepdims=True) - share
    return (share * logs).sum(-1), above[:, None] * grad


def computed(form, scores, labels, above, smoothing=None, weights=None):
    @jax.jit  # compiled as a whole: operations are slower
    def both(scores, above):
        costs, pull = jax.vjp(lambda scores: form(scores, labels, smoothing, weights), scores)
        return costs, pull(above)[0]

    return both(scores, above)


def operands(rng, rows, classes, scale=1.0):
    scores = rng.normal(scale=scale, size=(rows, classes)).astype(np.float32)
    labels = rng.integers(-1, classes + 1, rows).astype(np.int32)
    return scores, labels, rng.normal(size=rows).astype(np.float32)


@FEW
@given(
    st.integers(0, 70), st.integers(1, 40), st.booleans(), st.booleans(),
    st.sampled_from([0.1, 1.0, 30.0, 1e4]), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_agrees_with_its_definition(
    operations, rows, classes, smooth, weighted, scale, seed
) -> None:
    rng = np.random.default_rng(seed)
    given = operands(rng, rows, classes, scale)
    smoothing = np.float32(0.2) if smooth else None
    weights = rng.uniform(0, 3, classes).astype(np.float32) if weighted else None
    wanted = defined(*given, smoothing if smooth else 0.0, weights if weighted else 1.0)
    actual = computed(operations.cross_entropy, *given, smoothing, weights)
    for found, right in zip(actual, wanted, strict=True):
        close(found, right)


def test_lanes_are_the_same_alone_and_among_others(native, rng) -> None:
    given = [
        np.stack(each) for each in zip(*(operands(rng, 33, 10) for _ in range(5)), strict=True)
    ]
    smoothing = rng.uniform(0, 0.5, 5).astype(np.float32)
    weights = rng.uniform(0, 2, (5, 10)).astype(np.float32)
    form = partial(computed, on_the_extension)
    together = jax.jit(jax.vmap(form))(*given, smoothing, weights)
    for lane in range(5):
        alone = form(*(each[lane] for each in (*given, smoothing, weights)))
        for one, many in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one, many[lane])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_stays_visible(operations, bad) -> None:
    scores = jnp.asarray([[0.0, bad, 1.0], [0.0, 2.0, 1.0]], jnp.float32)
    costs, grad = computed(operations.cross_entropy, scores, jnp.asarray([1, 1]), jnp.ones(2))
    assert not np.isfinite(costs[0])
    assert not np.isfinite(grad[0]).all()
    assert np.isfinite(costs[1])


def test_a_class_that_is_far_below_takes_no_part(operations) -> None:
    scores = jnp.asarray([[3.0, -200.0], [0.0, -np.inf]], jnp.float32)
    costs, grad = computed(operations.cross_entropy, scores, jnp.asarray([1, 1]), jnp.ones(2))
    np.testing.assert_array_equal(costs, [203.0, np.inf])
    np.testing.assert_array_equal(grad[0], [1.0, -1.0])
