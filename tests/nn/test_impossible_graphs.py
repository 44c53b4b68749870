"""Graphs that cannot be are refused when they are written, and the message says why."""

from __future__ import annotations

import pytest

from shoal import (
    Add,
    Choice,
    Concat,
    Conv,
    Dense,
    Input,
    Int,
    MaxPool,
    Network,
    Sequential,
    Space,
    relu,
)
from shoal.errors import NetworkError
from shoal.nn import INPUT, Node


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
            r"layer late: a Conv layer takes maps; expected shape \(height, width, channels\), "
            r"\(length, channels\) or \(depth, height, width, channels\); received shape \(9,\)",
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
        (lambda: Sequential(5), r"Sequential is made of layers; .* received int 5$"),
        (lambda: Sequential(Dense), r"received Dense\. .*one of it is written Dense\(…\)"),
        (lambda: Sequential("relu"), r"received str 'relu'\. .* without quotes, .* shoal\.relu"),
        (lambda: Sequential([Dense(2)], [relu]), r"received list .* none of them is a list itself"),
        (lambda: Sequential([]), r"a network has at least one layer"),
        (lambda: Sequential(relu(Input())), r"received Symbol .* is a graph: Network\(result\)"),
        (lambda: Sequential(Choice(3, 4)), r"a choice in a network is among layers, blocks and No"),
        (lambda: Dense(3)(7), r"dense: a layer is called on Input\(\.\.\.\) or .*received int 7"),
        (
            lambda: relu(),
            r"layer relu: a layer takes a fixed .* received 0\. .* not relu\(\)\.",
        ),
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
