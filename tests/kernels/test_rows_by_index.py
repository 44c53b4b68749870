from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal import kernels


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.uint8, np.float16])
def test_rows_of_any_type(operations, rng, dtype) -> None:
    data = rng.integers(0, 100, (9, 2, 3)).astype(dtype)
    index = rng.integers(0, 9, 14).astype(np.int32)
    taken = operations.take_rows(jnp.asarray(data), jnp.asarray(index))
    assert taken.dtype == dtype
    np.testing.assert_array_equal(taken, data[index])


def test_an_index_out_of_range_takes_the_nearest_row(operations) -> None:
    data = jnp.arange(12.0).reshape(4, 3)
    taken = operations.take_rows(data, jnp.asarray([-7, 99], jnp.int32))
    np.testing.assert_array_equal(taken, np.asarray(data)[[0, 3]])


@pytest.mark.parametrize("axes", [(None, 0), (0, None), (0, 0)])
def test_lanes(operations, rng, axes) -> None:
    data = rng.standard_normal((3, 5, 2) if axes[0] == 0 else (5, 2)).astype(np.float32)
    index = rng.integers(-1, 7, (3, 4) if axes[1] == 0 else 4).astype(np.int32)
    taken = jax.vmap(operations.take_rows, axes)(data, index)
    for lane in range(3):
        one = data[lane] if axes[0] == 0 else data
        which = index[lane] if axes[1] == 0 else index
        np.testing.assert_array_equal(taken[lane], one[np.clip(which, 0, 4)])


def test_labels_without_columns(operations) -> None:
    labels = jnp.asarray([5, 6, 7])
    taken = operations.take_rows(labels, jnp.asarray([2, 0], jnp.int32))
    np.testing.assert_array_equal(taken, [7, 5])


def test_gradient_adds_up_rows_taken_twice(operations) -> None:
    grad = jax.grad(lambda data: operations.take_rows(data, jnp.asarray([1, 1, 0])).sum())
    np.testing.assert_array_equal(grad(jnp.zeros((3, 2))), [[1, 1], [2, 2], [0, 0]])


def test_no_rows_wanted() -> None:
    assert kernels.take_rows(jnp.ones((3, 2)), jnp.zeros(0, jnp.int32)).shape == (0, 2)
