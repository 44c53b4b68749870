"""Prediction by NumPy: every layer computes what jax computes, and few rows take this way."""

from dataclasses import dataclass

import jax
import numpy as np
import pytest
from registered import LAYERS
from test_layer_conformance import FAMILIES, TOKENS

from shoal import (
    AvgPool,
    Conv,
    ConvTranspose,
    Dense,
    Embedding,
    EmbeddingBag,
    Ensemble,
    GlobalAvgPool,
    MaxPool,
    Model,
    Pad,
    Parametric,
    Recipe,
    Sequential,
    Space,
    UpSample,
    losses,
    relu,
    tanh,
)
from shoal.data import Dataset, Preprocessing
from shoal.engine.numpy_outputs import numpy_outputs
from shoal.engine.predictor import Predictor
from shoal.errors import ModelError
from shoal.nn import initialize
from shoal.nn.forward import forward
from shoal.nn.layers.activations.sigmoids import Tanh
from shoal.nn.numpy_forward import can_compute, forward_by_numpy
from shoal.nn.numpy_layers import FORWARD


def drawn(network, seed=0):
    """Weights none of which is where it began: statistics and scales too."""
    rng = np.random.default_rng(seed)
    params = initialize(network, seed)
    return {
        owner: {
            name: (np.abs if name in ("variance", "slope") else np.asarray)(
                (a + rng.normal(0, 0.2, a.shape)).astype(np.float32)
            )
            for name, a in own.items()
        }
        for owner, own in params.items()
    }  # fmt: skip


def inputs(network, count=7):
    rng = np.random.default_rng(1)
    shape = (count, *network.input_shape)
    if any(isinstance(node.layer, Embedding) for node in network.nodes):
        return rng.integers(0, TOKENS, shape).astype(np.int32)
    return rng.normal(size=shape).astype(np.float32)


def check(network, params, x):
    known = np.asarray(jax.jit(lambda p, x: forward(network, p, x))(params, x))
    found = forward_by_numpy(network, params, x, network.output)
    assert found.dtype == known.dtype
    np.testing.assert_allclose(found, known, rtol=1e-5, atol=1e-5 * np.abs(known).max())
    for rows in (slice(1), slice(1, 2), slice(0, len(x) - 1), slice(None, None, -1)):
        some = forward_by_numpy(network, params, x[rows], network.output)
        np.testing.assert_array_equal(some, found[rows], "a row depends on its neighbors")


def middle(family):
    space = Space(family)
    return space.bind(family, space.default_point())


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_numpy_computes_what_jax_computes(family):
    network = middle(family())
    assert can_compute(network)
    check(network, drawn(network), inputs(network))


def test_every_layer_of_shoal_has_a_function():
    written = {kind for kind, cls in LAYERS.items() if ".fusion." not in cls.__module__}
    assert {cls.kind for cls in FORWARD} == written


MAPS = {
    "strides, dilation and odd padding": Sequential(
        Conv(4, kernel_size=(2, 3), stride=(2, 1), dilation=(1, 2)), tanh,
        Conv(6, kernel_size=3, groups=2, padding=2, bias=False),
        AvgPool(3, stride=2, padding="same"), input_shape=(9, 8, 3),
    ),
    "padding of pools": Sequential(
        MaxPool(3, stride=2, padding=1), AvgPool((2, 3), stride=1, padding=1), input_shape=(7, 6, 2)
    ),
    "transposed, cut and beyond": Sequential(
        ConvTranspose(3, kernel_size=3, stride=2, padding=1, dilation=2),
        ConvTranspose(2, kernel_size=2, stride=3), ConvTranspose(2, padding="valid"),
        input_shape=(3, 4, 2),
    ),
    "sizes and borders": Sequential(
        Pad(((1, 2), 0), "edge"), UpSample((3, 1), "bilinear"), UpSample((1, 2)),
        UpSample(17, "bilinear"), Pad(1, "zero"), input_shape=(2, 3, 2),
    ),
    "in three directions": Sequential(
        ConvTranspose(3, kernel_size=(2, 3, 1), stride=(1, 2, 1), padding="valid"),
        Conv(2, kernel_size=2), GlobalAvgPool(), input_shape=(3, 2, 3, 2),
    ),
    "of one place": Sequential(
        Dense(3, parametrization="ntk"), Parametric(relu), input_shape=(4, 5)
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MAPS)
def test_windows_slide_as_in_jax(case):
    network = MAPS[case]
    check(network, drawn(network), inputs(network, 2))


def test_tokens_that_are_none_have_no_number():
    for mode in ("sum", "mean"):
        network = Sequential(EmbeddingBag(5, 3, mode=mode), input_shape=(4,))
        x = np.array([[0, 1, 2, 0], [0, 0, 0, 0], [1, 9, 2, 3], [-1, 1, 1, 1]], np.int32)
        check_equal_nan(network, drawn(network), x)


def check_equal_nan(network, params, x):
    known = np.asarray(forward(network, params, x))
    found = forward_by_numpy(network, params, x, network.output)
    assert np.isnan(known[2:]).all()
    np.testing.assert_allclose(found, known, rtol=1e-5, atol=1e-6)


@dataclass(frozen=True, eq=False)
class Hyperbolic(Tanh, registered=False):
    """A layer of somebody else's."""


def test_a_layer_without_a_function_leaves_all_to_jax():
    network = Sequential(Dense(2), Hyperbolic(), input_shape=(3,))
    assert not can_compute(network)
    assert not can_compute(Sequential(Dense(2), Parametric(Hyperbolic()), input_shape=(3,)))
    x = np.ones((2, 3), np.float32)
    assert numpy_outputs(network, Recipe(), "classification", drawn(network), x) is None


def problem():
    network = Sequential(Dense(4), relu, Dense(3), input_shape=(5,))
    return network, Recipe(), "classification", drawn(network)


def test_numpy_computes_where_it_is_asked_for(monkeypatch):
    network, recipe, task, params = problem()
    x = np.ones((2, 5), np.float32)
    assert numpy_outputs(network, recipe, task, params, x) is None
    monkeypatch.setenv("SHOAL_PREDICT", "numpy")
    assert numpy_outputs(network, recipe, task, params, x) is not None
    monkeypatch.setenv("SHOAL_PREDICT", "jax")
    assert numpy_outputs(network, recipe, task, params, x) is None
    monkeypatch.setenv("SHOAL_PREDICT", "torch")
    with pytest.raises(ModelError, match=r"SHOAL_PREDICT.*expected numpy, jax"):
        numpy_outputs(network, recipe, task, params, x)


@pytest.mark.parametrize("count", [0, 1, 7, 300])
def test_outputs_are_those_of_the_program(count, monkeypatch):
    monkeypatch.setenv("SHOAL_PREDICT", "numpy")
    network, recipe, task, params = problem()
    x = inputs(network, count)
    known = Predictor(network, recipe.loss, task)(params, x).outputs
    found = numpy_outputs(network, recipe, task, params, x)
    assert found.shape == (count, 3)
    np.testing.assert_allclose(found, known, rtol=1e-5, atol=1e-5)


def test_a_model_predicts_the_same_by_both(monkeypatch):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(30, 5)), np.array(["a", "b", "c"] * 10)
    data = Dataset.from_arrays(x, y)
    network, recipe, _, params = problem()
    model = Model(network, recipe, params, Preprocessing.fit(data, np.arange(30)))
    together = Ensemble.of([model, model])
    told = {}
    for way in ("jax", "numpy"):
        monkeypatch.setenv("SHOAL_PREDICT", way)
        told[way] = model.predict_proba(x), model.predict(x), together.predict_proba(x)
    np.testing.assert_allclose(told["numpy"][0], told["jax"][0], rtol=1e-5)
    np.testing.assert_array_equal(told["numpy"][1], told["jax"][1])
    np.testing.assert_allclose(told["numpy"][2], told["jax"][2], rtol=1e-5)
    monkeypatch.delenv("SHOAL_PREDICT")
    np.testing.assert_array_equal(model.predict_proba(x), told["jax"][0])


@pytest.mark.parametrize(
    ("loss", "task"),
    [(losses.Poisson(), "regression"), (losses.CrossEntropy(), "classification")],
)
def test_what_a_loss_reads_is_read(loss, task, monkeypatch):
    monkeypatch.setenv("SHOAL_PREDICT", "numpy")
    network = Sequential(Dense(4), relu, Dense(1), input_shape=(5,))
    params, x = drawn(network), inputs(network)
    known = Predictor(network, loss, task)(params, x).outputs
    found = numpy_outputs(network, Recipe(loss=loss), task, params, x)
    np.testing.assert_allclose(found, known, rtol=1e-5, atol=1e-5)
