"""Tiles: where they lie, how their scores are blended, and which are trained on."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoal.augmentation import Flip, RandomCrop
from shoal.augmentation.random_crop import tile_side, with_random_crop
from shoal.augmentation.transform import Draws
from shoal.data import Dataset, fold
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.engine import Splits
from shoal.engine.device_rows import cut
from shoal.engine.tiling import (
    OVERLAP,
    blended,
    scores_in_tiles,
    tile_shares,
    tile_starts,
    tile_weights,
    tiles_a_picture,
)
from shoal.engine.trial import Member
from shoal.errors import RecipeError
from shoal.space import Choice, Int


@given(st.integers(1, 700), st.integers(1, 300))
def test_tiles_cover_a_side_evenly_and_overlap(length, tile):
    starts = tile_starts(length, tile)
    assert starts[0] == 0
    if length <= tile:
        assert starts == (0,)
        return
    assert starts[-1] == length - tile
    steps = np.diff(starts)
    assert steps.min() >= 1 or tile == 1
    # A rounded step may be longer by one pixel.
    assert steps.max() <= max(tile - int(np.ceil(OVERLAP * tile)), 1) + 1
    assert steps.max() - steps.min() <= 1


def by_pixel(x):
    """Scores that look at each pixel alone: tiles change nothing."""
    return np.concatenate([np.asarray(x), 1.0 - 2.0 * np.asarray(x)], axis=-1)


@settings(deadline=None, max_examples=40)
@given(
    st.tuples(st.integers(1, 23), st.integers(1, 23)),
    st.tuples(st.integers(1, 12), st.integers(1, 12)),
    st.integers(1, 5),
)
def test_scores_of_single_pixels_are_what_they_are_without_tiles(size, tile, batch):
    x = np.random.default_rng(0).normal(size=(2, *size, 1)).astype(np.float32)
    found = scores_in_tiles(by_pixel, x, (*tile, 1), batch)
    np.testing.assert_allclose(found, by_pixel(x), rtol=1e-5, atol=1e-6)


def blurred(x):
    """Scores that look at neighbors, and beyond the border at zeros, as a convolution does."""
    padded = jnp.pad(jnp.asarray(x), [(0, 0), (3, 3), (3, 3), (0, 0)])
    rows, columns = x.shape[1:3]
    return sum(padded[:, i : i + rows, j : j + columns] for i in range(7) for j in range(7)) / 49


def test_whole_pictures_come_out_the_same_inside_a_program_and_on_the_host():
    x = np.random.default_rng(1).normal(size=(3, 21, 30, 1)).astype(np.float32)
    inside = jax.jit(lambda x: blended(blurred, x, (8, 12)))(x)
    np.testing.assert_allclose(
        scores_in_tiles(blurred, x, (8, 12, 1), 4), inside, rtol=1e-5, atol=1e-6
    )


def test_no_seam_shows():
    x = np.ones((1, 64, 64, 1), np.float32)
    found = np.asarray(blended(blurred, jnp.asarray(x), (32, 32)))[0, :, :, 0]
    inner = found[8:-8, 8:-8]  # away from the picture's own border
    assert np.abs(np.diff(inner, axis=0)).max() < 0.05
    abrupt = np.concatenate([blurred(x[:, :32, :32]), blurred(x[:, 32:, :32])], axis=1)
    assert np.abs(abrupt[0, 31, 16, 0] - 1.0) > 0.4  # beside one another the tiles would show it


def test_weights_fade_out_and_add_up_to_one():
    weights, shares = tile_weights((8, 6)), tile_shares((20, 17), (8, 6))
    assert weights.min() > 0
    assert weights[0].max() < 0.05 < weights[3].max()
    total = np.zeros((20, 17, 1))
    for top in tile_starts(20, 8):
        for left in tile_starts(17, 6):
            total[top : top + 8, left : left + 6] += weights
    np.testing.assert_allclose(total * shares, 1.0, rtol=1e-5)


def test_what_is_smaller_than_a_tile_is_continued_by_its_mirror_image():
    seen = []

    def noted(x):
        seen.append(np.array(x))
        return x

    x = np.arange(6, dtype=np.float32).reshape(1, 2, 3, 1)
    np.testing.assert_allclose(scores_in_tiles(noted, x, (4, 4, 1), 1), x, rtol=1e-6)
    wanted = [[0, 1, 2, 1], [3, 4, 5, 4], [0, 1, 2, 1], [3, 4, 5, 4]]
    np.testing.assert_array_equal(seen[0][0, :, :, 0], wanted)


def corners(crop, room, count=600, seed=3):
    index = jnp.arange(count, dtype=jnp.int32)
    draws = Draws.of(jnp.asarray([seed, 5], jnp.uint32), crop.kind, index)
    return np.asarray(crop.corners(draws, jnp.broadcast_to(jnp.asarray(room), (count, 2))))


def test_every_corner_that_has_room_is_drawn_and_no_other():
    found = corners(RandomCrop(4), [2, 3])
    assert {tuple(corner) for corner in found} == {(i, j) for i in range(3) for j in range(4)}
    counts = np.bincount(found[:, 0] * 4 + found[:, 1])
    assert counts.min() > 25  # of 50 that are expected
    assert (corners(RandomCrop(4), [0, 0]) == 0).all()


def test_tiles_are_cut_out_of_pictures_and_masks_alike():
    y = np.arange(3 * 5 * 6, dtype=np.int32).reshape(3, 5, 6)
    x = np.stack([y, -y], axis=-1).astype(np.float32)
    rows, at = jnp.asarray([2, 0]), jnp.asarray([[1, 2], [0, 3]], jnp.int32)
    images, masks = cut(jnp.asarray(x), rows, at, (3, 2)), cut(jnp.asarray(y), rows, at, (3, 2))
    np.testing.assert_array_equal(masks[0], y[2, 1:4, 2:4])
    np.testing.assert_array_equal(masks[1], y[0, :3, 3:5])
    np.testing.assert_array_equal(images[..., 0], masks)
    np.testing.assert_array_equal(images[..., 1], -masks)


def test_an_epoch_shows_as_many_tiles_as_have_the_area_of_the_pictures():
    assert tiles_a_picture((9, 512, 512, 3), None, (256, 256, 3)) == 4
    assert tiles_a_picture((9, 300, 200, 3), None, (256, 200, 3)) == 2
    assert tiles_a_picture((9, 64, 64, 3), None, (64, 64, 3)) == 1
    sizes = np.array([[100, 100], [300, 300]])  # 50,000 pixels on average
    assert tiles_a_picture((2, 300, 300, 3), sizes, (200, 200, 3)) == 2


def test_tiles_of_one_picture_have_numbers_of_their_own():
    x = np.zeros((10, 8, 8, 1))
    data = Dataset.from_arrays(x, np.arange(640).reshape(10, 8, 8) % 2)
    prepared = prepare(data, split(data, seed=0), tile=4)
    assert prepared.input_shape == (4, 4, 1)
    splits = Splits.of(prepared)
    rows = len(prepared.train)
    member = Member(seed=1, fold=None)
    assert (splits.tiles, splits.rows, splits.rows_of(member)) == (4, rows, 4 * rows)
    order = splits.order(member, epoch=1, steps=9, batch=3)
    assert sorted(order[order >= 0].tolist()) == list(range(4 * rows))
    np.testing.assert_array_equal(splits.numbers(np.array([2, 0])), [8, 9, 10, 11, 0, 1, 2, 3])
    folded = Splits.of(prepare(data, fold(data, split(data, seed=0), 2), tile=4))
    own = folded.folds[1].train
    order = folded.order(Member(seed=1, fold=1), epoch=1, steps=9, batch=3)
    assert sorted(set((order[order >= 0] // 4).tolist())) == sorted(own.tolist())
    assert (order >= 0).sum() == 4 * len(own)


def test_a_recipe_has_one_random_crop():
    assert tile_side((Flip(), RandomCrop(8))) == 8
    assert tile_side((Flip(), None)) is None
    assert tile_side(Choice((RandomCrop(8),), (RandomCrop(8), Flip()))) == 8
    both = Choice((RandomCrop(8),), (Flip(),))
    for wrong in (both, (Choice(RandomCrop(8), None),), (RandomCrop(8), RandomCrop(4))):
        with pytest.raises(RecipeError, match="one random crop at most"):
            tile_side(wrong)
    (crop, flip) = with_random_crop((Flip(), RandomCrop(8)), 16)
    assert (crop.size, flip.kind) == (16, "flip")
    option = with_random_crop(Choice((Flip(),), (), default=()), 16).default
    assert [one.size for one in option] == [16]


@pytest.mark.parametrize("size", [0, 2.5, True, Int(4, 8), (4, 4)])
def test_the_size_of_a_tile_is_a_whole_number(size):
    with pytest.raises(RecipeError, match=r"size"):
        RandomCrop(size)
