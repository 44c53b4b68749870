"""Whole lanes, moved byte by byte: what comes where, and nothing else changes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal import kernels
from shoal.kernels.ffi import lane_copies as native_copies

ARRAYS = [((5, 3, 2), np.float32), ((5,), np.int32), ((5, 4), np.bool_), ((5, 0), np.float32)]
"""Shapes and types of what lanes are made of; the last has no numbers."""


@pytest.fixture
def arrays(rng) -> list[np.ndarray]:
    return [rng.integers(0, 2 if kind is np.bool_ else 90, at).astype(kind) for at, kind in ARRAYS]


@pytest.fixture
def parts(rng) -> list[np.ndarray]:
    """Three lanes more of each."""
    return [
        rng.integers(0, 2 if kind is np.bool_ else 90, (3, *at[1:])).astype(kind)
        for at, kind in ARRAYS
    ]


def same(found, wanted) -> None:
    for one, other in zip(found, wanted, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("count", [0, 2, 3])
def test_parts_are_put_into_lanes(operations, arrays, parts, count) -> None:
    at = np.array([4, 0, 2], np.int32)
    found = jax.jit(operations.put_lanes)(arrays, parts, at, np.int32(count))
    for whole, part in zip(arrays, parts, strict=True):
        whole[at[:count]] = part[:count]
    same(found, arrays)


def test_where_no_part_is_given_zeros_are_put(operations, arrays, parts) -> None:
    some = [None, parts[1], None, None]
    call = jax.jit(lambda *one: operations.put_lanes(one[0], [None, one[1], None, None], *one[2:]))
    found = call(arrays, parts[1], np.array([3, 1, 0], np.int32), np.int32(2))
    for whole, part in zip(arrays, some, strict=True):
        whole[[3, 1]] = 0 if part is None else part[:2]
    same(found, arrays)


def test_a_part_may_go_to_several_arrays(operations) -> None:
    whole, part = np.zeros((3, 2), np.float32), np.ones((1, 2), np.float32)
    at, count = jnp.array([2]), jnp.int32(1)
    call = jax.jit(lambda one, own: operations.put_lanes([one, one + 7], [own, own], at, count))
    first, second = call(whole, part)
    np.testing.assert_array_equal(first, [[0, 0], [0, 0], [1, 1]])
    np.testing.assert_array_equal(second, [[7, 7], [7, 7], [1, 1]])


def test_a_place_outside_is_the_nearest_and_of_two_parts_the_later_counts(operations) -> None:
    whole, part = np.zeros((3, 1), np.float32), np.array([[1], [2], [3]], np.float32)
    put = jax.jit(operations.put_lanes)
    (found,) = put([whole], [part], np.array([-5, 9, 9], np.int32), np.int32(3))
    np.testing.assert_array_equal(found, [[1], [0], [3]])
    (found,) = put([whole], [part], np.array([1, 1, 0], np.int32), np.int32(3))
    np.testing.assert_array_equal(found, [[3], [2], [0]])


def test_only_improved_lanes_are_kept(operations, arrays, rng) -> None:
    now = [rng.permuted(whole, axis=0) for whole in arrays]
    improved = np.array([True, False, False, True, False])
    found = jax.jit(operations.keep_lanes)(arrays, now, improved)
    for whole, new in zip(arrays, now, strict=True):
        whole[improved] = new[improved]
    same(found, arrays)


@pytest.mark.parametrize("at", [[3], [1, 1, 4, 0, 2], [-2, 11]])
def test_lanes_are_taken(operations, arrays, at) -> None:
    found = jax.jit(operations.take_lanes)(arrays, np.array(at, np.int32))
    same(found, [whole[np.clip(at, 0, 4)] for whole in arrays])


def test_donated_memory_is_changed_in_place(native) -> None:
    """Nothing else is written: XLA is left with a call and no copy."""
    whole, part = jnp.zeros((4, 6)), np.ones((2, 6), np.float32)
    where = whole.unsafe_buffer_pointer()
    at, count = np.array([3, 0], np.int32), np.int32(2)
    call = jax.jit(
        lambda one, own: native_copies.put_lanes([one], [own], at, count)[0], donate_argnums=0
    )
    assert " copy(" not in call.lower(whole, part).compile().as_text()
    changed = call(whole, part)
    assert changed.unsafe_buffer_pointer() == where
    np.testing.assert_array_equal(changed, [[1] * 6, [0] * 6, [0] * 6, [1] * 6])


def test_what_is_not_donated_stays_as_it_was(native) -> None:
    whole = jnp.zeros((4, 6))
    improved = np.array([True, True, False, True])
    changed = jax.jit(lambda one: native_copies.keep_lanes([one], [one + 1], improved)[0])(whole)
    np.testing.assert_array_equal(changed[:, 0], [1, 1, 0, 1])
    np.testing.assert_array_equal(whole, np.zeros((4, 6)))


def test_large_arrays_are_shared_by_threads(native, rng) -> None:
    whole = rng.standard_normal((3, 300_001)).astype(np.float32)
    (found,) = jax.jit(native_copies.take_lanes)([whole], np.array([2, 0], np.int32))
    np.testing.assert_array_equal(found, whole[[2, 0]])


@pytest.mark.parametrize("axes", [(0, 0), (0, None), (None, 0)])
def test_bounds_hold_under_a_flag(axes) -> None:
    flag = np.array([True, False, True]) if axes[0] == 0 else np.True_
    bound = np.array([4, 5, 6], np.int32) if axes[1] == 0 else np.int32(4)
    call = jax.jit(jax.vmap(lambda on, one: kernels.mask_bounds(on, [one, one + 1]), axes))
    for found, wanted in zip(call(flag, bound), (bound, bound + 1), strict=True):
        np.testing.assert_array_equal(found, np.where(flag, wanted, np.int32(0)) + np.zeros(3, int))


def test_no_bounds_make_no_call() -> None:
    assert kernels.mask_bounds(jnp.bool_(True), []) == []
