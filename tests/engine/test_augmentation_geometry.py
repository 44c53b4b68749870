"""Augmentation: moves of pixels are chained, undone, and shared by images and masks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from augmented import KEY, MOVES, augmented, images, index, kind, labels

from shoal.augmentation import Noise, Rotation, Shift
from shoal.augmentation.affine import chained, moved, scaling
from shoal.augmentation.augment import augment
from shoal.augmentation.transform import Draws
from shoal.augmentation.warp import OUTSIDE, source_positions


def test_chained_maps_are_one_map_after_the_other():
    rng = np.random.default_rng(0)
    one, two = jnp.asarray(rng.normal(size=(2, 5, 2, 3)), jnp.float32)
    p = jnp.asarray(rng.normal(size=(5, 2)), jnp.float32)

    def apply(m, p):
        return (m[..., :2] * p[:, None]).sum(-1) + m[..., 2]

    np.testing.assert_allclose(apply(chained(one, two), p), apply(one, apply(two, p)), rtol=1e-5)


class Given(Shift):
    """An affine map that a test chooses."""

    def __init__(self, matrix):
        object.__setattr__(self, "matrix", matrix)

    def source(self, draws, size):
        return jnp.broadcast_to(self.matrix, (draws.example.shape[0], 2, 3))


def inverse(transform, size):
    """The very transforms that undo those that were drawn."""
    maps = np.asarray(transform.source(Draws.of(KEY, f"{transform.kind}_1", index()), size), float)
    linear = np.linalg.inv(maps[:, :, :2])
    offset = -(linear @ maps[:, :, 2:])
    return Given(jnp.asarray(np.concatenate([linear, offset], axis=2), jnp.float32))


@pytest.mark.parametrize("transform", [t for t in MOVES if t.kind != "elastic"], ids=kind)
def test_a_transform_and_its_inverse_leave_each_pixel_in_its_place(transform):
    both = ((transform, Draws.of(KEY, f"{transform.kind}_1", index())),)
    undo = ((inverse(transform, (9, 12)), both[0][1]),)
    still = np.stack(np.meshgrid(range(9), range(12), indexing="ij"), axis=-1)
    for order in (both + undo, undo + both):
        at = source_positions(order, (9, 12))
        np.testing.assert_allclose(at, np.broadcast_to(still, at.shape), atol=1e-4)


def test_a_whole_shift_moves_pixels_down_and_to_the_right():
    one = jnp.ones(1)
    down = Given(moved(scaling(one, one), jnp.asarray([[-2.0, -3.0]]))[0])
    x = images()
    mask = jnp.asarray(np.random.default_rng(1).integers(0, 4, (6, 9, 12)), jnp.int32)
    seen = augmented((down,), x, mask)
    np.testing.assert_allclose(seen.x[:, 2:, 3:], x[:, :-2, :-3], atol=1e-6)
    np.testing.assert_array_equal(seen.y[:, 2:, 3:], mask[:, :-2, :-3])
    assert (seen.y[:, :2] == OUTSIDE).all()
    assert (seen.y[:, :, :3] == OUTSIDE).all()
    np.testing.assert_allclose(seen.x[:, 0, 3:], x[:, 0, :-3], atol=1e-6)


def test_moves_apply_in_their_order():
    quarter = Given(jnp.asarray([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]))
    right = Given(jnp.asarray([[1.0, 0.0, 0.0], [0.0, 1.0, -1.0]]))
    x = images(height=9, width=9)
    turned = augmented((quarter,), x, labels()).x
    one = augmented((right,), turned, labels()).x
    both = augmented((quarter, right), x, labels()).x
    np.testing.assert_allclose(both[:, :, 1:], one[:, :, 1:], atol=1e-6)
    other = augmented((right, quarter), x, labels()).x
    assert float(np.abs(other - both).max()) > 0.1


@pytest.mark.parametrize("transforms", [*[(t,) for t in MOVES], tuple(MOVES)], ids=len)
def test_masks_stay_with_their_images(transforms):
    """An image that shows its own mask still does after any move, wherever it is not a border."""
    rows, columns = np.mgrid[:24, :32]
    disk = (rows - 11) ** 2 + (columns - 17) ** 2 < 60
    mask = jnp.asarray(np.broadcast_to(disk, (6, 24, 32)), jnp.int32)
    x = mask[..., None].astype(jnp.float32)
    seen = augmented(transforms, x, mask)
    values, found = np.asarray(seen.x)[..., 0], np.asarray(seen.y)
    assert set(np.unique(found)) <= {OUTSIDE, 0, 1}
    inside = found != OUTSIDE
    # The nearest pixel has a weight of at least a quarter, so a pure value is its label.
    for label in (0, 1):
        assert (found[inside & (np.abs(values - label) < 0.2)] == label).all()
    assert ((values > 0.8) & (found == 1)).sum() > 300


def test_traced_strengths_are_those_of_numbers():
    def run(amount):
        transforms = (Shift(amount), Rotation(amount * 90), Noise(amount))
        return augment(transforms, images(), labels(), index(), KEY).x

    by_lane = jax.jit(jax.vmap(run))(jnp.asarray([0.0, 0.1, 0.3]))
    for lane, amount in zip(by_lane, (0.0, 0.1, 0.3), strict=True):
        np.testing.assert_allclose(lane, jax.jit(run)(amount), atol=1e-5)
    np.testing.assert_array_equal(by_lane[0], images())
