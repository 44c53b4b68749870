"""Losses against scikit-learn and against numbers worked out by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_squared_error

import shoal
from shoal import Float
from shoal.errors import RecipeError
from shoal.losses import CrossEntropy, SquaredError

rng = np.random.default_rng(0)
OUTPUTS = (3 * rng.normal(size=(20, 4))).astype(np.float32)
CLASSES = np.arange(20, dtype=np.int32) % 4


def softmax(outputs):
    shifted = np.exp(outputs.astype(np.float64))
    return shifted / shifted.sum(axis=1, keepdims=True)


def test_cross_entropy_is_scikit_learns_log_loss():
    found = CrossEntropy().per_example(jnp.asarray(OUTPUTS), jnp.asarray(CLASSES))
    assert found.shape == (20,)
    assert np.mean(found) == pytest.approx(log_loss(CLASSES, softmax(OUTPUTS)), rel=1e-6)


@pytest.mark.parametrize("smoothing", [0.1, jnp.float32(0.1)], ids=["number", "traced"])
def test_label_smoothing_spreads_a_share_over_all_classes(smoothing):
    loss = CrossEntropy(label_smoothing=smoothing)
    found = loss.per_example(jnp.asarray(OUTPUTS), jnp.asarray(CLASSES))
    wanted = 0.9 * np.eye(4)[CLASSES] + 0.1 / 4
    np.testing.assert_allclose(found, -(wanted * np.log(softmax(OUTPUTS))).sum(axis=1), rtol=1e-5)


def test_gradient_of_cross_entropy_is_probability_minus_truth():
    def total(outputs):
        return CrossEntropy().per_example(outputs, jnp.asarray(CLASSES)).sum()

    gradient = jax.grad(total)(jnp.asarray(OUTPUTS))
    np.testing.assert_allclose(gradient, softmax(OUTPUTS) - np.eye(4)[CLASSES], atol=1e-6)


def test_cross_entropy_of_huge_outputs_stays_finite():
    huge = jnp.asarray([[1e30, -1e30, 0.0, 0.0]], jnp.float32)
    value, gradient = jax.value_and_grad(
        lambda o: CrossEntropy().per_example(o, jnp.asarray([1], jnp.int32)).sum()
    )(huge)
    assert value == pytest.approx(2e30)
    assert np.isfinite(gradient).all()


def test_squared_error_is_scikit_learns():
    targets = rng.normal(size=(20, 4)).astype(np.float32)
    found = SquaredError().per_example(jnp.asarray(OUTPUTS), jnp.asarray(targets))
    assert np.mean(found) == pytest.approx(mean_squared_error(targets, OUTPUTS), rel=1e-6)


def test_squared_error_takes_classes_as_one_hot():
    found = SquaredError().per_example(jnp.asarray(OUTPUTS), jnp.asarray(CLASSES))
    wanted = ((OUTPUTS - np.eye(4)[CLASSES]) ** 2).mean(axis=1)
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


@pytest.mark.parametrize("value", [-0.1, 1.0, Float(0.0, 1.5), shoal.Choice(0.1, 2)])
def test_label_smoothing_out_of_bounds_is_refused(value):
    with pytest.raises(RecipeError, match="label_smoothing lies in its bounds; expected 0 ≤"):
        CrossEntropy(label_smoothing=value)


def test_label_smoothing_that_is_no_number_is_refused():
    with pytest.raises(RecipeError, match="label_smoothing is a number; received 'much'"):
        CrossEntropy(label_smoothing="much")


def test_losses_refuse_what_does_not_fit():
    with pytest.raises(
        RecipeError, match=r"loss for classification and segmentation; received a task of regr.*Squ"
    ):
        CrossEntropy().check("regression", 2, (2,))
    with pytest.raises(RecipeError, match=r"one output for each class; expected shape \(10,\); "
                       r"received shape \(9,\)\. End it with Dense\(10\)"):  # fmt: skip
        CrossEntropy().check("classification", 10, (9,))
    with pytest.raises(RecipeError, match=r"one output for each target; expected shape \(2,\)"):
        SquaredError().check("regression", 2, (1,))
    SquaredError().check("regression", 2, (2,))
    CrossEntropy().check("classification", 10, (10,))
