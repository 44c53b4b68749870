"""The Lovász losses against the paper's algorithm 1, values and gradients, in float64."""

import jax
import numpy as np
import pytest
from scipy.special import softmax

from shoal import losses


def jaccard_gradient(sorted_truth):
    """Algorithm 1 of Berman et al.: g of the errors in falling order."""
    size = sorted_truth.sum()
    left = size - np.cumsum(sorted_truth)
    union = size + np.cumsum(1.0 - sorted_truth)
    delta = 1.0 - left / union
    return np.concatenate([delta[:1], np.diff(delta)])


def extension(errors, truth):
    """The loss of a vector of errors and its gradient in their own order."""
    order = np.argsort(-errors, kind="stable")
    gradient = np.zeros(len(errors))
    gradient[order] = jaccard_gradient(truth[order].astype(np.float64))
    return errors @ gradient, gradient


def softmax_loss(outputs, labels, weights):
    """Equation 11 with a weight for each class, and its gradient by the outputs."""
    known = labels.ravel() >= 0
    flat = outputs.reshape(-1, outputs.shape[-1])
    p, truth = softmax(flat[known], axis=1), np.eye(flat.shape[1])[labels.ravel()[known]]
    there = np.flatnonzero(truth.any(axis=0))
    loss, by_p = 0.0, np.zeros_like(p)
    for k in there:
        share = weights[k] / weights[there].sum()
        value, slope = extension(np.abs(truth[:, k] - p[:, k]), truth[:, k])
        loss += share * value
        by_p[:, k] = share * slope * np.where(truth[:, k] > 0, -1.0, 1.0)
    gradient = np.zeros_like(flat)
    gradient[known] = p * (by_p - (p * by_p).sum(axis=1, keepdims=True))
    return loss, gradient.reshape(outputs.shape)


def hinge_loss(outputs, labels, _):
    """Section 2.2 for the margin of the second class, and its gradient by the outputs."""
    known = labels >= 0
    sign = np.where(labels[known] == 1, 1.0, -1.0)
    margin = (outputs[..., 1] - outputs[..., 0])[known]
    errors = np.maximum(1.0 - sign * margin, 0.0)
    loss, slope = extension(errors, sign > 0)
    by_margin = np.zeros(labels.shape)
    by_margin[known] = -sign * slope * (errors > 0)
    return loss, np.stack([-by_margin, by_margin], axis=-1)


def images(classes, seed=0):
    """Ordinary images, and those at which the union or a class is empty."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, (6, 7, 8))
    labels[1] = 0  # one class only
    labels[2] = classes - 1
    labels[3][rng.random((7, 8)) < 0.6] = -1
    labels[4] = -1
    labels[4, 3, 3] = 1  # a single labeled pixel
    outputs = 3 * rng.normal(size=(6, 7, 8, classes))
    return outputs.astype(np.float32), labels.astype(np.int32)


CASES = {
    "softmax of two": (losses.LovaszSoftmax(), softmax_loss, 2, (1.0, 1.0)),
    "softmax of four": (losses.LovaszSoftmax(), softmax_loss, 4, (1.0,) * 4),
    "weighted": (losses.LovaszSoftmax(class_weights=(0.5, 3.0, 1.5)), softmax_loss, 3,
                 (0.5, 3.0, 1.5)),
    "hinge": (losses.LovaszHinge(), hinge_loss, 2, (1.0, 1.0)),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("loss", "published", "classes", "weights"), CASES.values(), ids=CASES)
def test_values_and_gradients_are_those_of_the_published_algorithm(
    loss, published, classes, weights, seed
):
    outputs, labels = images(classes, seed)

    def total(o, labels):
        found = loss.per_example(o, labels)
        return found.sum(), found

    gradient, found = jax.jit(jax.grad(total, has_aux=True))(outputs, labels)
    for i in range(len(labels)):
        value, slope = published(outputs[i].astype(np.float64), labels[i], np.array(weights))
        assert float(found[i]) == pytest.approx(value, rel=1e-5, abs=1e-7)
        np.testing.assert_allclose(gradient[i], slope, rtol=1e-4, atol=1e-5 * np.abs(slope).max())


def test_sharp_outputs_give_one_minus_the_mean_iou():
    rng = np.random.default_rng(4)
    labels, told = rng.integers(0, 3, (2, 5, 9, 9))
    outputs = 50.0 * np.eye(3, dtype=np.float32)[told]
    found = jax.jit(losses.LovaszSoftmax().per_example)(outputs, labels)
    for value, true, predicted in zip(np.asarray(found), labels, told, strict=True):
        ious = [
            ((true == k) & (predicted == k)).sum() / ((true == k) | (predicted == k)).sum()
            for k in range(3)
        ]
        assert value == pytest.approx(1 - np.mean(ious), rel=1e-5)
