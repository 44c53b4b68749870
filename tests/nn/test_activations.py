"""What holds for every activation: finite everywhere, as declared, the same in a lane."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from registered import LAYERS

from shoal import (
    Choice,
    Dense,
    Elu,
    Float,
    Int,
    LeakyRelu,
    Sequential,
    Space,
    network_from_json,
)
from shoal.errors import NetworkError
from shoal.nn import Activation, Context, Widths, feature_masks, widen
from shoal.nn.forward import forward
from shoal.nn.layers import activations
from shoal.nn.widths import initialize, narrow_down

KINDS = {kind: cls for kind, cls in LAYERS.items() if issubclass(cls, Activation)}
QUIET = Context(training=False)
WIDE = jnp.asarray(
    [[-1e4, -300.0, -89.0, -17.0, -3.0, -1e-30, 0.0, 1e-30, 0.5, 3.0, 17.0, 89.0, 300.0, 1e4]],
    jnp.float32,
)


def of(kind):
    return KINDS[kind]()


def test_each_of_the_course_is_there():
    assert set(KINDS) == {
        "heaviside", "identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu",
        "silu", "mish", "softplus", "softsign", "hard_sigmoid", "softmax", "log_softmax",
    }  # fmt: skip
    for kind, cls in KINDS.items():
        assert type(getattr(activations, kind)) is cls


@pytest.mark.parametrize("kind", KINDS)
def test_values_and_gradients_are_finite_for_large_inputs(kind):
    def total(x):
        return of(kind).apply({}, x, context=QUIET).sum()

    for x in (WIDE, WIDE.T, jnp.full((2, 3), 1e4), jnp.full((2, 3), -1e4)):
        assert np.isfinite(of(kind).apply({}, x, context=QUIET)).all()
        assert np.isfinite(jax.grad(total)(x)).all()
        assert np.isfinite(jax.jit(jax.grad(total))(x)).all()


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("softmax", "log_softmax")])
def test_what_is_declared_is_so(kind):
    activation = of(kind)
    at_zero = float(activation.function(jnp.zeros((1, 1)))[0, 0])
    assert activation.keeps_zero == (at_zero == 0.0)
    x = jnp.linspace(-30, 30, 20_001)[None, :]
    # A few units in the last place: what a library's exponential may stumble.
    rises = np.diff(np.asarray(activation.function(x))[0]) >= -1e-6
    assert activation.monotone == bool(rises.all())


@pytest.mark.parametrize("kind", KINDS)
def test_a_masked_unit_is_silent_and_takes_no_gradient(kind):
    wide = Sequential(Dense(7), of(kind), Dense(2), input_shape=(3,))
    narrow = Sequential(Dense(4), of(kind), Dense(2), input_shape=(3,))
    masks = feature_masks(wide, narrow)
    own = initialize(narrow, 0)
    own["dense_1"]["bias"] += np.linspace(-1, 1, 4, dtype=np.float32)
    params = widen(own, wide, masks)
    x = jnp.asarray(np.random.default_rng(0).normal(size=(5, 3)), jnp.float32)
    widths = Widths({name: jnp.asarray(mask, jnp.float32) for name, mask in masks.items()})

    def outcome(params, network, widths):
        """The network's outputs, the activation's, and the gradient of the outputs' sum."""

        @jax.jit
        def total(params):
            h = forward(network, params, x, widths=widths, end=network.nodes[1].name)
            y = forward(network, params, x, widths=widths)
            return y.sum(), (y, h)

        gradient, (y, h) = jax.grad(total, has_aux=True)(params)
        return y, h, gradient

    y, h, found = outcome(params, wide, widths)
    own_y, _, expected = outcome(own, narrow, Widths())
    assert not np.asarray(h)[:, 4:].any()
    np.testing.assert_allclose(y, own_y, rtol=1e-5, atol=1e-6)
    assert not np.asarray(found["dense_1"]["weight"])[:, 4:].any()
    assert not np.asarray(found["dense_2"]["weight"])[4:].any()
    for owner, parameters in narrow_down(found, wide, masks).items():
        for name, value in parameters.items():
            np.testing.assert_allclose(value, expected[owner][name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("cls", "field"), [(LeakyRelu, "slope"), (Elu, "alpha")])
def test_a_number_may_be_a_range_and_is_traced(cls, field):
    family = Sequential(Dense(Int(2, 4)), cls(Float(0.1, 0.9)), Dense(1), input_shape=(3,))
    assert f"{cls.kind}_1.{field}" in Space(family).names()
    compiled = []

    @jax.jit
    def run(value, x):
        compiled.append(1)
        return cls(value).function(x)

    for value in (0.0, 0.25, 0.9):
        expected = cls(value).function(WIDE)
        np.testing.assert_allclose(run(jnp.float32(value), WIDE), expected, rtol=1e-6)
    assert len(compiled) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LeakyRelu(-0.1), r"slope is a number of at least 0; received -0\.1"),
        (lambda: LeakyRelu(Float(-1, 1)), "slope is a number of at least 0; received -1"),
        (lambda: Elu(float("inf")), "alpha is a number of at least 0; received inf"),
        (lambda: Elu(Choice(1.0, "much")), "alpha is a number of at least 0; received 'much'"),
        (lambda: Elu(True), "alpha is a number of at least 0; received True"),
    ],
)
def test_impossible_numbers_are_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


def test_a_choice_among_all_of_them_goes_through_json():
    family = Sequential(Dense(3), Choice(*(cls() for cls in KINDS.values())), Dense(2))
    again = network_from_json(family.to_json())
    assert again.to_json() == family.to_json()
    space = Space(again)
    assert space.hyperparameters[0].range.labels() == tuple(KINDS)
    for index, kind in enumerate(KINDS):
        bound = space.bind(again, {"activation_1": index})
        assert bound.nodes[1].layer.kind == kind
