"""Graphs of layers: how they are written, named, checked, shared, and printed."""

from __future__ import annotations

import re

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
    Float,
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
from shoal.errors import NetworkError
from shoal.network import INPUT, Node, forward, initialize
from shoal.network.summary import rows


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


# --- what is refused -------------------------------------------------------------


def shared_between_sizes():
    one, x = Dense(3), Input((5,))
    return Network(Concat()(one(x), one(Dense(4)(x))))


def two_inputs():
    return Network(Add()(Input((3,)), Dense(3)(Input((3,)))))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Sequential(Conv(3), Dense(2), input_shape=(4, 4, 1)),
            r"layer dense_1: a Dense layer takes flat features; expected shape \(features,\); "
            r"received shape \(4, 4, 3\)\. Put Flatten\(\) before it\.",
        ),
        (
            lambda: Sequential(relu, Conv(3, name="late"), input_shape=(9,)),
            r"layer late: a Conv layer takes maps; expected shape \(height, width, channels\); "
            r"received shape \(9,\)",
        ),
        (
            lambda: Sequential(MaxPool(2), input_shape=(9,)),
            r"layer max_pool_1: a MaxPool layer takes maps; .* received shape \(9,\)",
        ),
        (
            lambda: Sequential(Conv(3, kernel_size=(5, 3), padding="valid"), input_shape=(4, 4, 1)),
            r"layer conv_1: a filter fits into the map; expected a map of at least 5×3; received "
            r"4×4\. Use a smaller window",
        ),
        (
            lambda: Sequential(MaxPool(5), input_shape=(4, 4, 1)),
            r"layer max_pool_1: a window fits into the map; expected a map of at least 5×5",
        ),
        (
            lambda: Sequential(MaxPool(2, padding=2), input_shape=(4, 4, 1)),
            r"max_pool_1: every pooling window covers a part of the map; expected padding below "
            r"the window's 2; received padding 2",
        ),
        (
            lambda: Network(Add()(Dense(3)(x := Input((5,))), Dense(4)(x))),
            r"layer add_1: inputs that are added have one shape; expected shape \(3,\); received "
            r"shape \(4,\)",
        ),
        (
            lambda: Network(Concat()(Conv(2)(x := Input((4, 4, 1))), Conv(2, stride=2)(x))),
            r"layer concat_1: inputs that are concatenated differ in the last axis only; expected "
            r"shape \(4, 4, '…'\); received shape \(2, 2, 2\)",
        ),
        (
            shared_between_sizes,
            r"layer dense_1@2: uses of one layer take inputs of one size; expected .*\(5, 3\).* "
            r"received .*\(4, 3\)",
        ),
        (two_inputs, r"a network has one input; received 2 inputs"),
        (lambda: Network(Input((3,))), r"a network has at least one layer; received its input"),
        (lambda: Sequential(), r"a network has at least one layer"),
        (lambda: Network(Dense(3)), r"a network is made from its output; .* Sequential\(\.\.\.\)"),
        (lambda: Sequential(5), r"Sequential is made of layers; .* received int 5\. Activations"),
        (lambda: Sequential(Choice(3, 4)), r"a choice in a network is among layers, blocks and No"),
        (lambda: Dense(3)(7), r"dense: a layer is called on Input\(\.\.\.\) or .*received int 7"),
        (lambda: relu(), r"layer relu: a layer takes a fixed number of inputs; expected 1; rec"),
        (lambda: Dense(3)(Input(), Input()), r"expected 1; received 2\. Join several inputs with"),
        (lambda: Add()(), r"layer add: a layer takes .* expected at least 1; received 0"),
        (lambda: Input((3, 0)), r"an input shape has axes of at least 1; .* received \(3, 0\)"),
        (lambda: Input(784), r"an input shape .* expected for example \(784,\) or .*received 784"),
        (lambda: Input((2.5,)), r"an input shape has axes of at least 1; .* received \(2\.5,\)"),
        (lambda: Input(()), r"an input shape has axes of at least 1; .* received \(\)"),
        (lambda: Sequential(relu, input_shape=(True,)), r"an input shape has axes of at least 1"),
        (
            lambda: Sequential(Dense(3, name="a"), Dense(3, name="a")),
            r"a layer's name is unique, and not 'input'; received 'a', 2 times",
        ),
        (lambda: Sequential(Dense(3, name="input")), r"unique, and not 'input'; received 'input'"),
        (lambda: Sequential(Dense(3, name=4)), r"a layer's name is a text; received 4"),
    ],
)
def test_an_impossible_graph_is_refused_when_it_is_written(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


def node(name, layer=relu, inputs=(INPUT,), shares=None):
    return Node(name, layer, inputs, shares)


@pytest.mark.parametrize(
    ("nodes", "output", "message"),
    [
        ([], "a", r"a network has at least one layer"),
        ([node("a"), node("a", inputs=("a",))], "a", r"name is unique, .* received 'a'"),
        ([node("input")], "input", r"name is unique, and not 'input'"),
        ([node("a", inputs=("b",)), node("b")], "b", r"layer a: a layer takes its inputs from "),
        ([node("a", inputs=())], "a", r"layer a: .* fixed number of inputs; expected 1; received"),
        ([node("a", inputs=("input",) * 2)], "a", r"layer a: .* expected 1; received 2"),
        ([node("a", Choice(relu, Dense), ())], "a", r"layer a: a choice in a network is among"),
        ([node("a")], "b", r"the output is one of the layers; received 'b'"),
        ([node("a")], ["a"], r"the output is one of the layers; received \['a'\]"),
        ([node("a"), node("b")], "b", r"layer a: every layer leads to the output; received the o"),
        ([node("a", Dense(3), shares="input")], "a", r"layer a: a layer shares the parameters of"),
        (
            [node("a", Dense(3)), node("b", Conv(3), ("a",), "a")], "b",
            r"layer b: a layer shares the parameters of a layer of its kind before it; rec.*'a'",
        ),
        (
            [node("a", relu), node("b", relu, ("a",), "a"), node("c", relu, ("b",), "b")], "c",
            r"layer c: a layer shares the parameters",
        ),
    ],
)  # fmt: skip
def test_nodes_that_make_no_graph_are_refused(nodes, output, message):
    with pytest.raises(NetworkError, match=message):
        Network.from_nodes(tuple(nodes), output)


def test_a_family_is_checked_once_it_is_bound():
    family = Sequential(Conv(2, kernel_size=Int(3, 9), padding="valid"), input_shape=(5, 5, 1))
    space = Space(family)
    assert space.bind(family, {"conv_1.kernel_size": 5}).output_shape == (1, 1, 2)
    with pytest.raises(NetworkError, match=r"layer conv_1: a filter fits into the map"):
        space.bind(family, {"conv_1.kernel_size": 7})


def test_a_family_has_no_shapes_of_its_own():
    with pytest.raises(NetworkError, match=r"layer dense_1: units must be a number .*range\. Use"):
        Sequential(Dense(Int(2, 4)), input_shape=(3,)).shapes()
    with pytest.raises(NetworkError, match=r"layer choice_1: a layer is chosen before the network"):
        Sequential(Choice(None, Dense(3)), input_shape=(3,)).shapes()


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


# --- the table -------------------------------------------------------------------


def test_a_network_prints_as_a_table():
    network = Sequential(Conv(8), relu, Flatten(), Dense(10), input_shape=(9, 9, 1))
    assert str(network).splitlines() == [
        "layer                 output  parameters",
        "────────────────────────────────────────",
        "input      Input      9×9×1            0",
        "conv_1     Conv(8)    9×9×8           80",
        "relu_1     Relu()     9×9×8            0",
        "flatten_1  Flatten()  648              0",
        "dense_1    Dense(10)  10           6,490",
        "                      total        6,570",
    ]


def test_a_family_prints_the_most_that_it_can_be():
    family = Sequential(
        Conv(Int(4, 16)), Choice(relu, tanh), Flatten(), Choice(None, Sequential(Dense(Int(2, 9)))),
        Dropout(Float(0.0, 0.5)), Dense(10), input_shape=(8, 8, 1),
    )  # fmt: skip
    cells = [re.split(r"  +", line.strip()) for line in str(family).splitlines()[2:]]
    assert cells == [
        ["input", "Input", "8×8×1", "0"],
        ["conv_1", "Conv(4…16)", "≤ 8×8×16", "≤ 160"],
        ["activation_1", "relu | tanh", "≤ 8×8×16", "0"],
        ["flatten_1", "Flatten()", "≤ 1024", "0"],
        ["choice_1", "None | sequential", "≤ 1024", "≤ 9,225"],
        ["dropout_1", "Dropout(rate=0…0.5)", "≤ 1024", "0"],
        ["dense_1", "Dense(10)", "10", "≤ 10,250"],
        ["total", "≤ 19,635"],
    ]


def test_what_cannot_be_known_prints_a_question_mark():
    lines = rows(Sequential(Conv(4, kernel_size=Choice(3, 5)), relu, input_shape=(8, 8, 1)))
    assert [(line.shape, line.parameters) for line in lines] == [
        ((8, 8, 1), 0), (None, None), (None, None),
    ]  # fmt: skip
    assert str(Sequential(Dense(3))).splitlines()[-1].split() == ["total", "?"]
    sizes = rows(Sequential(Choice(Flatten(), relu), input_shape=(8, 8, 1)))
    assert sizes[1].shape is None


def test_a_graph_that_is_no_chain_tells_who_takes_what():
    one, x = Dense(4), Input((4,))
    text = str(Network(Add()(one(x), one(relu(x)))))
    assert "Dense(4) ← input" in text
    assert "Add() ← dense_1, dense_1@2" in text
    assert text.splitlines()[-1].split() == ["total", "20"]


def test_a_layer_describes_itself_as_it_is_written():
    assert Conv(8, kernel_size=(3, 5), stride=2).describe() == "Conv(8, kernel_size=3×5, stride=2)"
    assert Dense(Int(4, 9), initialization="he").describe() == "Dense(4…9, initialization=he)"
    assert Dense(Choice(4, 9), name="last").describe() == "Dense(4 | 9)"
