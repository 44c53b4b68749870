"""Augmentation: what each transform does to pixels, and with which chances."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from augmented import (
    MANY,
    OFF,
    ON,
    augmented,
    draws,
    images,
    index,
    kind,
    labels,
    whole,
)
from scipy import stats

from shoal.augmentation import (
    Augmentation,
    Brightness,
    Contrast,
    Crop,
    CutOut,
    Elastic,
    Flip,
    MixUp,
    Noise,
    Rotation,
    Saturation,
    Scale,
    Shear,
    Shift,
)
from shoal.augmentation.mix_up import log_gamma_variate, partners
from shoal.augmentation.warp import spline_basis
from shoal.registry import RECIPE_PARTS


def test_every_transform_is_tried_here():
    others = set(RECIPE_PARTS.of(Augmentation)) - {"random_crop"}  # before these: test_tiling.py
    assert {t.kind for t in OFF} == {t.kind for t in ON} == others


@pytest.mark.parametrize("transforms", [*[(t,) for t in OFF], tuple(OFF)], ids=len)
def test_strength_zero_is_the_identity_to_the_last_bit(transforms):
    x, masks = images(), jnp.asarray(np.random.default_rng(1).integers(0, 4, (6, 9, 12)), jnp.int32)
    for y in (labels(), masks):
        seen = augmented(transforms, x, y)
        np.testing.assert_array_equal(seen.x, x)
        np.testing.assert_array_equal(seen.y, y)
        assert seen.share is None or (np.asarray(seen.share) == 1).all()


@pytest.mark.parametrize("transform", ON, ids=kind)
def test_chance_belongs_to_the_example_and_the_step(transform):
    """Not to its place in the batch, nor to who is beside it."""
    x = images()
    order = np.array([4, 0, 5, 2, 1, 3])
    rows = [jnp.asarray(np.asarray(part)[order]) for part in (x, labels(), index())]
    one, other = augmented((transform,), x, labels()), augmented((transform,), *rows)
    if isinstance(transform, MixUp):
        np.testing.assert_array_equal(np.asarray(one.share)[order], other.share)
    else:
        before, after = np.asarray(x), np.asarray(one.x)
        np.testing.assert_array_equal(after[order], other.x)
        later = augmented((transform,), x, labels(), key=jnp.asarray([12, 6], jnp.uint32))
        assert (np.asarray(later.x) != after).any()
        assert (after != before).any()


def test_two_transforms_of_a_kind_have_their_own_chance():
    zeros = jnp.zeros_like(images())
    twice = np.asarray(augmented((Noise(1.0), Noise(1.0)), zeros, labels()).x)
    once = np.asarray(augmented((Noise(1.0),), zeros, labels()).x)
    assert float(np.corrcoef(np.ravel(twice - once), np.ravel(once))[0, 1]) < 0.1
    assert float(twice.std()) == pytest.approx(2**0.5, abs=0.1)


def linear(transform, size=(10, 20)):
    return whole(lambda: transform.source(draws(), size))


def test_shifts_are_uniform():
    offset = linear(Shift(0.2))[:, :, 2] / np.array([10, 20])
    for side in offset.T:
        assert stats.kstest(side, stats.uniform(-0.2, 0.4).cdf).pvalue > 0.01


def test_rotations_turn_and_do_nothing_else():
    a = linear(Rotation(30.0))
    angle = np.degrees(np.arctan2(a[:, 1, 0], a[:, 0, 0]))
    assert stats.kstest(angle, stats.uniform(-30, 60).cdf).pvalue > 0.01
    np.testing.assert_allclose(
        a[:, :, :2] @ a[:, :, :2].swapaxes(1, 2),
        np.broadcast_to(np.eye(2), (MANY, 2, 2)),
        atol=1e-6,
    )
    assert (a[:, :, 2] == 0).all()


def test_scales_grow_as_often_as_they_shrink():
    a = linear(Scale(0.5))
    np.testing.assert_array_equal(a[:, 0, 0], a[:, 1, 1])
    size = np.log(a[:, 0, 0]) / np.log(1.5)
    assert stats.kstest(size, stats.uniform(-1, 2).cdf).pvalue > 0.01


def test_shears_keep_rows():
    a = linear(Shear(0.4))
    np.testing.assert_array_equal(a[:, 0], np.broadcast_to([1, 0, 0], (MANY, 3)))
    assert stats.kstest(a[:, 1, 0], stats.uniform(-0.4, 0.8).cdf).pvalue > 0.01


@pytest.mark.parametrize(("horizontal", "vertical"), [(0.5, 0.0), (0.2, 0.7), (1.0, 1.0)])
def test_flips_happen_with_their_probability(horizontal, vertical):
    a = linear(Flip(horizontal, vertical))
    for column, probability in ((a[:, 1, 1], horizontal), (a[:, 0, 0], vertical)):
        assert set(np.unique(column)) <= {-1.0, 1.0}
        assert (column < 0).mean() == pytest.approx(probability, abs=0.03)


def test_flip_is_the_mirror_image_to_the_last_bit():
    x, plain = images(), np.asarray(images())
    seen = augmented((Flip(1.0, 0.0),), x, labels()).x
    np.testing.assert_array_equal(seen, plain[:, :, ::-1])
    seen = augmented((Flip(0.0, 1.0),), x, labels()).x
    np.testing.assert_array_equal(seen, plain[:, ::-1])


def test_crops_lie_inside():
    a = linear(Crop(0.6), (10, 20))
    side = a[:, 0, 0]
    assert stats.kstest(1 - side, stats.uniform(0, 0.6).cdf).pvalue > 0.01
    for axis, pixels in ((0, 10), (1, 20)):
        reach = np.abs(a[:, axis, 2]) + side * pixels / 2
        assert reach.max() <= pixels / 2 + 1e-4


def test_cut_out_blanks_its_share():
    x = jnp.ones((MANY, 10, 10, 1))
    seen = whole(lambda: CutOut(0.4).recolor(x, draws()))
    assert set(np.unique(seen)) == {0.0, 1.0}
    # Each coordinate is blanked where a center lies within 0.2 of it, and inside the image.
    middle = (np.arange(10) + 0.5) / 10
    near = np.minimum(middle + 0.2, 1) - np.maximum(middle - 0.2, 0)
    np.testing.assert_allclose(1 - seen[..., 0].mean(axis=0), near[:, None] * near, atol=0.03)


def test_brightness_and_contrast_change_mean_and_spread():
    x = np.asarray(images(200))
    brighter = whole(lambda: Brightness(0.5).recolor(x, draws(200))) - x
    np.testing.assert_allclose(brighter, brighter[:, :1, :1, :1] + 0 * x, atol=1e-6)
    assert 0.2 < float(np.abs(brighter).mean()) < 0.3
    contrast = whole(lambda: Contrast(0.5).recolor(x, draws(200)))
    np.testing.assert_allclose(contrast.mean((1, 2, 3)), x.mean((1, 2, 3)), atol=1e-5)
    ratio = np.log(contrast.std((1, 2, 3)) / x.std((1, 2, 3))) / np.log(1.5)
    assert ratio.min() > -1.001
    assert ratio.max() < 1.001
    assert abs(float(ratio.mean())) < 0.1


def test_saturation_spreads_the_channels_of_a_pixel_about_its_gray():
    """Against NumPy, with the change that the first pixel tells of."""
    x = np.asarray(images(50, channels=3))
    seen = np.asarray(Saturation(0.5).recolor(jnp.asarray(x), draws(50)))
    gray = x.mean(axis=-1, keepdims=True)
    np.testing.assert_allclose(seen.mean(axis=-1, keepdims=True), gray, atol=1e-5)
    spread = 1.5 ** (2.0 * np.asarray(draws(50).uniform(1)) - 1.0)[:, :, None, None]
    np.testing.assert_allclose(seen, gray + spread * (x - gray), atol=1e-5)
    assert spread.min() < 0.75 < 1.4 < spread.max()
    alone = images(50, channels=1)
    np.testing.assert_array_equal(Saturation(0.5).recolor(alone, draws(50)), alone)


def test_noise_is_standard_normal():
    zeros = jnp.zeros((300, 5, 5, 1))
    noise = np.ravel(whole(lambda: Noise(2.0).recolor(zeros, draws(300))))
    assert stats.kstest(noise, stats.norm(0, 2).cdf).pvalue > 0.01


@pytest.mark.parametrize("pixels", [7, 28])
@pytest.mark.parametrize("cells", [1, 4])
def test_splines_add_up_to_one(pixels, cells):
    basis = spline_basis(pixels, cells)
    assert basis.min() >= 0
    np.testing.assert_allclose(basis.sum(axis=0), 1, rtol=1e-6)


def test_elastic_fields_are_bounded_and_smooth():
    field = whole(lambda: Elastic(0.1).displacement(draws(100), (30, 40)))
    field = field / np.array([30, 40])[None, :, None, None]
    assert 0.02 < np.abs(field).max() <= 0.1
    assert np.abs(np.diff(field, axis=2)).max() < 0.04
    assert abs(field.mean()) < 0.005


SHARE = jax.jit(lambda alpha: MixUp(alpha).share(draws()))


@pytest.mark.parametrize("alpha", [0.1, 0.4, 1.0, 3.0])
def test_shares_of_a_blend_have_the_beta_distribution(alpha):
    share = np.asarray(SHARE(alpha))
    assert share.min() >= 0.5
    # Not a test of the whole distribution: for a small alpha much of it rounds to 1.
    beta = stats.beta(alpha, alpha)
    for point in (0.55, 0.7, 0.9, 0.99):
        assert (share <= point).mean() == pytest.approx(
            beta.cdf(point) - beta.cdf(1 - point), abs=0.025
        )


@jax.jit
def log_gamma_variates(shape):
    d = draws()
    return log_gamma_variate(d.normal(8), d.uniform(25)[:, 16:], shape)


def test_gamma_variates_against_scipy():
    for shape in (0.3, 1.0, 4.0):
        made = np.exp(log_gamma_variates(jnp.float32(shape)))
        assert stats.kstest(made, stats.gamma(shape).cdf).pvalue > 0.01


def test_blends_take_the_next_example_of_the_batch():
    rows = jnp.asarray([7, 3, 9, -1, -1], jnp.int32)
    np.testing.assert_array_equal(whole(lambda: partners(rows))[:3], [1, 2, 0])
    x, y = images(5), labels(5)
    seen = augmented((MixUp(1.0),), x, y, rows)
    own, other, x, y = map(np.asarray, (seen.share, seen.other, x, y))
    share, following = own[:, None, None, None], x[[1, 2, 0, 0, 0]]
    blend = share * x + (1 - share) * following
    np.testing.assert_allclose(np.asarray(seen.x)[:3], blend[:3], atol=1e-6)
    np.testing.assert_array_equal(other[:3], [1, 2, 0])
    mixed = whole(lambda: seen.losses(lambda y: y.astype(jnp.float32)))
    np.testing.assert_allclose(mixed, own * y + (1 - own) * other, rtol=1e-6)
