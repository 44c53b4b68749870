"""Activations with a share that is learned, and learned scales: lanes, files, what is refused."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from lane_oracle import check

from shoal import (
    Choice,
    Dense,
    FeatureScale,
    Float,
    LeakyRelu,
    Parametric,
    Sequential,
    Space,
    mish,
    network_from_json,
    relu,
    selu,
    sigmoid,
    softmax,
)
from shoal.errors import NetworkError
from shoal.nn import initialize
from shoal.nn.forward import forward

X = jnp.asarray([[-2.0, -0.5, 0.5], [3.0, -1.0, 0.0]], jnp.float32)


def computed(layer, alpha):
    network = Sequential(layer, input_shape=(3,))
    params = {"parametric_1": {"alpha": jnp.asarray(alpha, jnp.float32)}}
    return forward(network, params, X)


def test_the_parametric_rectifier_by_hand():
    slopes = np.array([0.25, 0.0, -0.5])
    expected = np.where(np.asarray(X) > 0, X, slopes * np.asarray(X))
    np.testing.assert_allclose(computed(Parametric(relu), 1 - slopes), expected, rtol=1e-6)


def test_shares_of_one_zero_and_two():
    np.testing.assert_allclose(computed(Parametric(selu), [1] * 3), selu.function(X), rtol=1e-6)
    np.testing.assert_array_equal(computed(Parametric(selu), [0] * 3), X)
    twice = 2 * selu.function(X) - X
    np.testing.assert_allclose(computed(Parametric(selu), [2] * 3), twice, rtol=1e-6)


def test_first_values_do_not_decay():
    network = Sequential(FeatureScale(), Parametric(mish, 0.75), input_shape=(2, 3))
    params = initialize(network, 0)
    np.testing.assert_array_equal(params["feature_scale_1"]["scale"], np.ones(3, np.float32))
    np.testing.assert_array_equal(params["parametric_1"]["alpha"], np.full(3, 0.75, np.float32))
    specs = network.param_specs()
    assert not any(spec.decays for own in specs.values() for spec in own.values())


@pytest.mark.parametrize("activation", [selu, sigmoid, softmax, LeakyRelu(0.2)])
def test_a_narrow_lane_is_the_narrow_network(activation):
    def written(units):
        return Sequential(
            FeatureScale(), Dense(units), Parametric(activation), FeatureScale(), input_shape=(3,)
        )

    check(written(6), written(2), bounded=activation is not sigmoid)


def test_what_is_masked_learns_nothing_even_where_the_activation_is_not_silent():
    """The output's own units are masked: a loss may look at them all the same."""
    from shoal.nn import Widths, feature_masks, widen

    wide, narrow = (Sequential(Dense(n), Parametric(sigmoid), input_shape=(3,)) for n in (4, 2))
    masks = feature_masks(wide, narrow)
    params = widen(initialize(narrow, 1), wide, masks)
    widths = Widths({name: jnp.asarray(mask, jnp.float32) for name, mask in masks.items()})

    def cost(params):
        return forward(wide, params, X, widths=widths).sum()

    found = jax.grad(cost)(params)["parametric_1"]["alpha"]
    assert found[:2].all()
    assert not found[2:].any()


def test_a_family_reads_back():
    family = Sequential(
        Parametric(Choice(selu, LeakyRelu(Float(0.0, 0.5))), Float(0.5, 1.0)), Dense(1),
        input_shape=(4,),
    )  # fmt: skip
    again = network_from_json(family.to_json())
    assert again.to_json() == family.to_json()
    assert {entry.name: entry.role.name for entry in Space(again)} == {
        "parametric_1.activation": "STATIC",
        "parametric_1.activation.leaky_relu.slope": "TRACED",
        "parametric_1.initial": "HOST",
    }
    bound = Space(again).bind(again, {"parametric_1.activation": 0, "parametric_1.initial": 1.0})
    assert bound.nodes[0].layer.activation.kind == "selu"


def test_it_is_told_with_its_activation():
    assert Parametric(LeakyRelu(0.2), 0.5).describe() == (
        "Parametric(LeakyRelu(slope=0.2), initial=0.5)"
    )
    text = Sequential(Dense(2), Parametric(mish), input_shape=(3,)).equations().text
    assert "o = h₁ + α₂ ⊙ (f(h₁) - h₁)" in text
    assert "f = Mish" in text
    choice = Sequential(Parametric(Choice(mish, selu)), input_shape=(3,))
    assert "f = mish | selu" in choice.equations().text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Parametric("selu"), r"is an activation; expected for example Parametric\(selu\)"),
        (lambda: Parametric(Dense(3)), "what becomes parametric is an activation; .* Dense"),
        (lambda: Parametric(Choice(selu, None)), "becomes parametric is an activation; .* None"),
        (lambda: Parametric(selu, "one"), "initial is a number; received 'one'"),
        (lambda: Parametric(selu, Float(0, 1e9)), "initial lies in its bounds"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()
