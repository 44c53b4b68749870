"""Augmentation: what each transform does to pixels, and with which chances."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from augmented import KEY, MANY, OFF, ON, augmented, draws, images, index, kind, labels
from scipy import stats

from shoal.training.augmentation import (
    TRANSFORMS,
    Brightness,
    Contrast,
    Crop,
    CutOut,
    Elastic,
    Flip,
    MixUp,
    Noise,
    Rotation,
    Scale,
    Shear,
    Shift,
)
from shoal.training.augmentation.elastic import spline_basis
from shoal.training.augmentation.mix_up import log_gamma_variate, partners


def test_every_transform_is_tried_here():
    others = {t.kind for t in TRANSFORMS} - {"random_crop"}  # before these: test_tiling.py
    assert {t.kind for t in OFF} == {t.kind for t in ON} == others


@pytest.mark.parametrize("transforms", [*[(t,) for t in OFF], tuple(OFF)], ids=len)
def test_strength_zero_is_the_identity_to_the_last_bit(transforms):
    x, masks = images(), jnp.asarray(np.random.default_rng(1).integers(0, 4, (6, 9, 12)), jnp.int32)
    for y in (labels(), masks):
        seen = augmented(transforms, x, y)
        np.testing.assert_array_equal(seen.x, x)
        np.testing.assert_array_equal(seen.y, y)
        assert seen.share is None or (seen.share == 1).all()


@pytest.mark.parametrize("transform", ON, ids=kind)
def test_chance_belongs_to_the_example_and_the_step(transform):
    """Not to its place in the batch, nor to who is beside it."""
    x = images()
    order = np.array([4, 0, 5, 2, 1, 3])
    one = augmented((transform,), x, labels())
    other = augmented((transform,), x[order], labels()[order], index()[order])
    if isinstance(transform, MixUp):
        np.testing.assert_array_equal(one.share[order], other.share)
    else:
        np.testing.assert_array_equal(one.x[order], other.x)
        later = augmented((transform,), x, labels(), key=KEY + jnp.uint32(1))
        assert (later.x != one.x).any()
        assert (one.x != x).any()


def test_two_transforms_of_a_kind_have_their_own_chance():
    twice = augmented((Noise(1.0), Noise(1.0)), images() * 0, labels()).x
    once = augmented((Noise(1.0),), images() * 0, labels()).x
    assert float(np.corrcoef(np.ravel(twice - once), np.ravel(once))[0, 1]) < 0.1
    assert float(twice.std()) == pytest.approx(2**0.5, abs=0.1)


def linear(transform, size=(10, 20)):
    return np.asarray(transform.source(draws(), size))


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
    x = images()
    seen = augmented((Flip(1.0, 0.0),), x, labels()).x
    np.testing.assert_array_equal(seen, x[:, :, ::-1])
    seen = augmented((Flip(0.0, 1.0),), x, labels()).x
    np.testing.assert_array_equal(seen, x[:, ::-1])


def test_crops_lie_inside():
    a = linear(Crop(0.6), (10, 20))
    side = a[:, 0, 0]
    assert stats.kstest(1 - side, stats.uniform(0, 0.6).cdf).pvalue > 0.01
    for axis, pixels in ((0, 10), (1, 20)):
        reach = np.abs(a[:, axis, 2]) + side * pixels / 2
        assert reach.max() <= pixels / 2 + 1e-4


def test_cut_out_blanks_its_share():
    x = jnp.ones((MANY, 10, 10, 1))
    seen = CutOut(0.4).recolor(x, draws())
    assert set(np.unique(seen)) == {0.0, 1.0}
    # Each coordinate is blanked where a center lies within 0.2 of it, and inside the image.
    middle = (np.arange(10) + 0.5) / 10
    near = np.minimum(middle + 0.2, 1) - np.maximum(middle - 0.2, 0)
    np.testing.assert_allclose(
        1 - np.asarray(seen)[..., 0].mean(axis=0), near[:, None] * near, atol=0.03
    )


def test_brightness_and_contrast_change_mean_and_spread():
    x = images(200)
    brighter = Brightness(0.5).recolor(x, draws(200)) - x
    np.testing.assert_allclose(brighter, brighter[:, :1, :1, :1] + 0 * x, atol=1e-6)
    assert 0.2 < float(np.abs(brighter).mean()) < 0.3
    contrast = Contrast(0.5).recolor(x, draws(200))
    np.testing.assert_allclose(contrast.mean((1, 2, 3)), x.mean((1, 2, 3)), atol=1e-5)
    ratio = np.log(contrast.std((1, 2, 3)) / x.std((1, 2, 3))) / np.log(1.5)
    assert ratio.min() > -1.001
    assert ratio.max() < 1.001
    assert abs(float(ratio.mean())) < 0.1


def test_noise_is_standard_normal():
    noise = np.ravel(Noise(2.0).recolor(jnp.zeros((300, 5, 5, 1)), draws(300)))
    assert stats.kstest(noise, stats.norm(0, 2).cdf).pvalue > 0.01


@pytest.mark.parametrize("pixels", [7, 28])
@pytest.mark.parametrize("cells", [1, 4])
def test_splines_add_up_to_one(pixels, cells):
    basis = spline_basis(pixels, cells)
    assert basis.min() >= 0
    np.testing.assert_allclose(basis.sum(axis=0), 1, rtol=1e-6)


def test_elastic_fields_are_bounded_and_smooth():
    field = (
        np.asarray(Elastic(0.1).displacement(draws(100), (30, 40)))
        / np.array([30, 40])[None, :, None, None]
    )
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


def test_gamma_variates_against_scipy():
    d = draws()
    for shape in (0.3, 1.0, 4.0):
        made = np.exp(log_gamma_variate(d.normal(8), d.uniform(25)[:, 16:], jnp.float32(shape)))
        assert stats.kstest(made, stats.gamma(shape).cdf).pvalue > 0.01


def test_blends_take_the_next_example_of_the_batch():
    rows = jnp.asarray([7, 3, 9, -1, -1], jnp.int32)
    np.testing.assert_array_equal(partners(rows)[:3], [1, 2, 0])
    x, y = images(5), labels(5)
    seen = augmented((MixUp(1.0),), x, y, rows)
    share, following = seen.share[:, None, None, None], x[jnp.array([1, 2, 0, 0, 0])]
    blend = share * x + (1 - share) * following
    np.testing.assert_allclose(seen.x[:3], blend[:3], atol=1e-6)
    np.testing.assert_array_equal(seen.other[:3], [1, 2, 0])
    mixed = np.asarray(seen.losses(lambda y: y.astype(jnp.float32)))
    own, rest = np.asarray(seen.share), 1 - np.asarray(seen.share)
    np.testing.assert_allclose(
        mixed, own * np.asarray(y) + rest * np.asarray(seen.other), rtol=1e-6
    )
