from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from shoal import kernels


def pictures(rng, *lead, height=7, width=5, channels=3):
    return rng.standard_normal((*lead, height, width, channels)).astype(np.float32)


def places(rng, *lead, reach=3.0):
    """Places inside and up to ``reach`` pixels outside of a picture of 7×5."""
    at = rng.uniform(-reach, 1.0, (*lead, 4, 6, 2)) + rng.uniform(0, 1, (*lead, 4, 6, 2)) * [7, 5]
    return at.astype(np.float32)


def test_against_scipy(operations, rng) -> None:
    images, at = pictures(rng, 3), places(rng, 3)
    found = np.asarray(operations.resample(images, at))
    for n in range(3):
        for channel in range(3):
            wanted = map_coordinates(
                images[n, ..., channel], at[n].transpose(2, 0, 1), order=1, mode="nearest"
            )
            np.testing.assert_allclose(found[n, ..., channel], wanted, atol=1e-5)


def test_a_pixels_own_place_gives_its_value_to_the_last_bit(operations, rng) -> None:
    images = pictures(rng, 2)
    still = np.stack(np.meshgrid(range(7), range(5), indexing="ij"), axis=-1).astype(np.float32)
    at = np.broadcast_to(still, (2, 7, 5, 2))
    np.testing.assert_array_equal(operations.resample(images, jnp.asarray(at)), images)


@pytest.mark.parametrize("axes", [(None, 0), (0, None), (0, 0)])
def test_lanes(operations, rng, axes) -> None:
    images = pictures(rng, *((3, 2) if axes[0] == 0 else (2,)))
    at = places(rng, *((3, 2) if axes[1] == 0 else (2,)))
    found = jax.vmap(operations.resample, axes)(images, at)
    for lane in range(3):
        one = images[lane] if axes[0] == 0 else images
        where = at[lane] if axes[1] == 0 else at
        np.testing.assert_allclose(found[lane], operations.resample(one, where), atol=1e-6)


def test_a_picture_of_one_pixel_is_it_everywhere(operations, rng) -> None:
    image = np.full((1, 1, 1, 2), 3.5, np.float32)
    np.testing.assert_array_equal(
        operations.resample(image, places(rng, 1)), np.full((1, 4, 6, 2), 3.5)
    )


def test_labels_are_those_of_the_nearest_pixels(rng) -> None:
    masks, at = rng.integers(0, 9, (2, 7, 5)).astype(np.int32), places(rng, 2, reach=2.0)
    found = np.asarray(kernels.nearest(jnp.asarray(masks), jnp.asarray(at), -1))
    assert found.dtype == np.int32
    for n, i, j in np.ndindex(found.shape):
        y, x = (int(np.floor(c + np.float32(0.5))) for c in at[n, i, j])
        inside = 0 <= y < 7 and 0 <= x < 5
        assert found[n, i, j] == (masks[n, y, x] if inside else -1)
    assert {-1} < set(np.unique(found))


def test_wrong_shapes_are_refused(native, rng) -> None:
    from shoal.kernels.ffi.call import native as call

    with pytest.raises(Exception, match="resample takes float32 images"):
        jax.jit(lambda x, at: call("resample", (x, at), ((2, 4, 6, 3),)))(
            pictures(rng, 3), places(rng, 2)
        )
