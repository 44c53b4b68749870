"""A network as a table, and of a family the most that it can be."""

from __future__ import annotations

import re

from shoal import (
    Add,
    Choice,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Float,
    Input,
    Int,
    Network,
    Sequential,
    relu,
    tanh,
)
from shoal.nn.summary import rows


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
