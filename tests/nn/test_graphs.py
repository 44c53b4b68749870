"""Graphs of layers: how they are written, named, shared, and chosen."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal import (
    Add,
    Choice,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Input,
    Int,
    MaxPool,
    Network,
    Relu,
    Sequential,
    Space,
    relu,
    softmax,
    tanh,
)
from shoal.errors import NetworkError, SpaceError
from shoal.nn import initialize, network_from_json
from shoal.nn.forward import forward


def names(network):
    return [node.name for node in network.nodes]


def wiring(network):
    return [(node.name, node.inputs, node.shares) for node in network.nodes]


# --- shapes and names ------------------------------------------------------------


def test_a_chain_knows_its_shapes_before_it_runs():
    network = Sequential(
        Conv(6, kernel_size=5, padding="valid"), relu, MaxPool(2), Flatten(), Dense(10), softmax,
        input_shape=(28, 28, 1),
    )  # fmt: skip
    assert network.shapes() == {
        "input": (28, 28, 1),
        "conv_1": (24, 24, 6),
        "relu_1": (24, 24, 6),
        "max_pool_1": (12, 12, 6),
        "flatten_1": (864,),
        "dense_1": (10,),
        "softmax_1": (10,),
    }
    assert network.output_shape == (10,)
    assert network.parameter_count() == (5 * 5 * 1 * 6 + 6) + (864 * 10 + 10)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Conv(4), (7, 6, 4)),
        (Conv(4, stride=2), (4, 3, 4)),
        (Conv(4, stride=(1, 3)), (7, 2, 4)),
        (Conv(4, padding="valid"), (5, 4, 4)),
        (Conv(4, padding=2), (9, 8, 4)),
        (Conv(4, kernel_size=(7, 6), padding="valid"), (1, 1, 4)),
        (MaxPool(), (3, 3, 3)),
        (MaxPool(3, stride=1), (5, 4, 3)),
        (MaxPool(2, padding="same"), (4, 3, 3)),
        (MaxPool((3, 2), padding=1), (3, 4, 3)),
        (Flatten(), (126,)),
        (Dropout(0.5), (7, 6, 3)),
        (relu, (7, 6, 3)),
    ],
)
def test_the_shape_told_is_the_shape_computed(layer, shape):
    network = Sequential(layer, input_shape=(7, 6, 3))
    assert network.output_shape == shape
    params = initialize(network, 0)
    x = jax.ShapeDtypeStruct((2, 7, 6, 3), jnp.float32)
    assert jax.eval_shape(lambda p, x: forward(network, p, x), params, x).shape == (2, *shape)


def test_layers_are_named_by_kind_and_number_or_as_told():
    network = Sequential(Dense(3), relu, Dense(3, name="middle"), relu, Dense(3))
    assert names(network) == ["dense_1", "relu_1", "middle", "relu_2", "dense_3"]


def test_a_choice_of_activations_is_named_so():
    family = Sequential(Dense(3), Choice(relu, tanh), Choice(None, Dense(3)), Dense(2))
    assert names(family) == ["dense_1", "activation_1", "choice_1", "dense_2"]


def test_a_named_activation_may_stand_twice():
    act = Relu(name="act")
    assert names(Sequential(act, Dense(3), act)) == ["act", "dense_1", "act@2"]


def test_a_layer_without_parameters_shares_nothing():
    act, pool = Choice(relu, tanh), MaxPool(2)
    family = Sequential(Conv(2), act, pool, Conv(2), act, pool, Flatten(), Dense(3))
    bound = Space(family).bind(family.with_input((8, 8, 1)), {"activation_1": 1})
    assert [node.name for node in family.nodes if node.shares] == ["activation_1@2"]
    assert not any(node.shares for node in bound.nodes)
    assert names(bound)[4:6] == ["activation_1@2", "max_pool_1@2"]


def test_an_input_shape_may_come_later():
    network = Sequential(Dense(3))
    with pytest.raises(NetworkError, match=r"input: shapes are known once .* Give input_shape=…"):
        network.shapes()
    assert network.with_input((5,)).output_shape == (3,)
    assert network.input_shape is None
    with pytest.raises(NetworkError, match=r"input: the data have .*\(5,\); received shape \(6,\)"):
        network.with_input((5,)).with_input((6,))


# --- functional graphs -----------------------------------------------------------


def test_a_layer_with_several_inputs():
    x = Input((4,))
    left, right = Dense(3)(x), relu(Dense(5)(x))
    network = Network(Dense(2)(Concat()(left, right, x)))
    assert wiring(network) == [
        ("dense_1", ("input",), None),
        ("dense_2", ("input",), None),
        ("relu_1", ("dense_2",), None),
        ("concat_1", ("dense_1", "relu_1", "input"), None),
        ("dense_3", ("concat_1",), None),
    ]
    assert network.shapes()["concat_1"] == (12,)


def test_a_layer_called_twice_shares_its_parameters():
    shared, x = Dense(4), Input((4,))
    network = Network(Add()(shared(x), relu(shared(shared(x)))))
    assert wiring(network)[:3] == [
        ("dense_1", ("input",), None),
        ("dense_1@2", ("input",), "dense_1"),
        ("dense_1@3", ("dense_1@2",), "dense_1"),
    ]
    assert network.parameter_count() == 20
    assert list(initialize(network, 0)) == ["dense_1"]


def test_the_gradient_of_a_shared_layer_is_the_sum_over_its_uses():
    def written(first, second):
        x = Input((4,))
        return Network(tanh(second(tanh(first(x)))))

    one = Dense(4)
    shared, apart = written(one, one), written(Dense(4), Dense(4))
    x = jnp.asarray(np.random.default_rng(0).normal(size=(3, 4)), jnp.float32)
    params = initialize(shared, 0)
    twice = {"dense_1": params["dense_1"], "dense_2": params["dense_1"]}

    def gradient(network, params):
        return jax.grad(lambda p: jnp.square(forward(network, p, x)).sum())(params)

    got, parts = gradient(shared, params)["dense_1"], gradient(apart, twice)
    for name in ("weight", "bias"):
        np.testing.assert_allclose(
            got[name], parts["dense_1"][name] + parts["dense_2"][name], rtol=1e-5, atol=1e-6
        )


def test_forward_can_end_before_the_end():
    network = Sequential(Dense(3), softmax, input_shape=(4,))
    params, x = initialize(network, 0), jnp.ones((2, 4))
    logits = forward(network, params, x, end="dense_1")
    np.testing.assert_allclose(forward(network, params, x), jax.nn.softmax(logits), rtol=1e-6)


def test_a_deep_chain_is_no_deeper_recursion():
    assert len(Sequential(*[relu] * 3000).nodes) == 3000


# --- blocks and choices ----------------------------------------------------------


def test_networks_inside_a_chain_stand_in_its_place():
    block = Sequential(Dense(4), relu)
    assert names(Sequential(block, block, Dense(2))) == [
        "dense_1", "relu_1", "dense_1@2", "relu_2", "dense_2",
    ]  # fmt: skip
    x = Input((4,))
    forked = Network(Add()(x, Dense(4)(x)))
    assert wiring(Sequential(relu, forked, Dense(2))) == [
        ("relu_1", ("input",), None),
        ("dense_1", ("relu_1",), None),
        ("add_1", ("relu_1", "dense_1"), None),
        ("dense_2", ("add_1",), None),
    ]


def test_a_family_bound_can_stand_in_a_chain_again():
    family = Sequential(Choice(None, Sequential(Dense(4), relu)), Dense(Int(2, 4)))
    bound = Space(family).bind(family, {"choice_1": 1, "dense_1.units": 3})
    assert names(Sequential(bound, Dense(2))) == ["dense_1", "relu_1", "dense_2", "dense_3"]


def test_a_block_read_back_keeps_what_it_shares():
    one = Dense(4)
    block = Space(Int(1, 2)).bind(Sequential(one, tanh, one), {})
    again = Sequential(Network.from_nodes(block.nodes, block.output), Dense(2))
    assert [node.shares for node in again.nodes] == [None, None, "dense_1", None]


def test_a_chosen_block_used_twice_shares_its_parameters():
    choice = Choice(Sequential(Dense(4), tanh), None)
    family = Sequential(choice, choice, Dense(2), input_shape=(4,))
    bound = Space(family).bind(family, {"choice_1": 0})
    assert wiring(bound) == [
        ("choice_1.dense_1", ("input",), None),
        ("choice_1.tanh_1", ("choice_1.dense_1",), None),
        ("choice_1@2.dense_1", ("choice_1.tanh_1",), "choice_1.dense_1"),
        ("choice_1@2.tanh_1", ("choice_1@2.dense_1",), None),
        ("dense_1", ("choice_1@2.tanh_1",), None),
    ]
    assert bound.parameter_count() == 20 + 10


def test_none_at_the_end_makes_the_layer_before_it_the_output():
    family = Sequential(Dense(3), Choice(softmax, None), input_shape=(4,))
    assert Space(family).bind(family, {"choice_1": 1}).output == "dense_1"


def test_nothing_chosen_at_all_is_refused():
    family = Sequential(Choice(relu, None))
    with pytest.raises(NetworkError, match="a network has at least one layer"):
        Space(family).bind(family, {"choice_1": 1})


# --- immutability ----------------------------------------------------------------


def test_a_network_and_its_layers_cannot_be_changed():
    network = Sequential(Dense(3), input_shape=(4,))
    for target, name in [
        (network, "nodes"), (network, "input_shape"), (network.nodes[0], "layer"),
        (network.nodes[0].layer, "units"),
    ]:  # fmt: skip
        with pytest.raises(AttributeError):
            setattr(target, name, None)
    assert isinstance(network.nodes, tuple)
    assert isinstance(network.nodes[0].inputs, tuple)


def test_what_is_made_from_a_family_leaves_it_as_it_was():
    family = Sequential(Dense(Int(2, 4)), input_shape=(3,))
    Space(family).bind(family, {"dense_1.units": 3})
    assert family.is_family()
    assert not Sequential(Dense(3)).is_family()


def test_a_choice_is_called_like_a_layer():
    x = Input((4,))
    h = Choice(relu, tanh)(Choice(Sequential(Dense(4), relu), None)(x))
    family = Network(Dense(2)(Add()(h, x)))
    space = Space(family)
    assert space.names() == ["choice_1", "activation_1"]
    network = space.bind(family, {"choice_1": 0, "activation_1": 1})
    assert [node.layer.kind for node in network.nodes] == ["dense", "relu", "tanh", "add", "dense"]
    again = network_from_json(family.to_json())
    assert Space(again).bind(again, {"choice_1": 1, "activation_1": 0}).parameter_count() == 10
    with pytest.raises(SpaceError, match=r"a Choice is called on Input\(.*received int 3"):
        Choice(relu, tanh)(3)
