"""Repeat: searched depth, with hyperparameters shared by the copies or of their own."""

from __future__ import annotations

import itertools
import json

import jax.numpy as jnp
import numpy as np
import pytest

from shoal import (
    BatchNorm,
    Choice,
    Conv,
    Dense,
    Dropout,
    Float,
    Input,
    Int,
    MaxPool,
    Network,
    Repeat,
    Sequential,
    Space,
    relu,
    tanh,
)
from shoal.errors import NetworkError
from shoal.nn import initialize, network_from_json
from shoal.nn.forward import forward
from shoal.nn.summary import rows


def block(units=5):
    return Sequential(Dense(units), BatchNorm(), tanh)


def at(family, **values):
    """The family bound at a point; dots of names are written as two underscores."""
    point = {name.replace("__", "."): value for name, value in values.items()}
    space = Space(family)
    space.check(point)
    return space.bind(family, point)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_depth_is_the_chain_of_that_many_copies(times):
    family = Sequential(Repeat(block(), Int(1, 3)), Dense(2), input_shape=(4,))
    network = at(family, repeat_1__times=times)
    kinds = ["dense", "batch_norm", "tanh"] * times + ["dense"]
    assert [node.layer.kind for node in network.nodes] == kinds
    assert [node.name for node in network.nodes][: 3 * times] == [
        f"repeat_1.{i}.{kind}_1" for i in range(1, times + 1) for kind in kinds[:3]
    ]
    params = initialize(network, 3)
    x = jnp.asarray(np.random.default_rng(0).normal(size=(6, 4)), jnp.float32)
    h = x
    for i in range(1, times + 1):
        prefix = f"repeat_1.{i}."
        own = {n.removeprefix(prefix): p for n, p in params.items() if n.startswith(prefix)}
        h = forward(block().with_input(h.shape[1:]), own, h)
    last = params["dense_1"]
    np.testing.assert_allclose(
        forward(network, params, x), h @ last["weight"] + last["bias"][None], rtol=1e-5, atol=1e-6
    )


def test_a_number_of_times_is_the_family_at_that_number():
    family = Sequential(Repeat(block(), Int(1, 3)), Dense(2), input_shape=(4,))
    written = Sequential(Repeat(block(), 2), Dense(2), input_shape=(4,))
    bound = at(family, repeat_1__times=2)
    assert written.to_json()["nodes"] == bound.to_json()["nodes"]
    one, other = initialize(written, 1), initialize(bound, 1)
    assert list(one) == list(other)
    for owner, own in one.items():
        for name, array in own.items():
            np.testing.assert_array_equal(array, other[owner][name])


def test_copies_have_weights_of_their_own_wherever_they_stand():
    chosen = Repeat(Choice(Dense(4), Dense(6)), 2)
    for network in (
        Sequential(Repeat(Dense(4), 2), input_shape=(4,)),
        Sequential(Sequential(Repeat(Dense(4), 2)), input_shape=(4,)),
        at(Sequential(Sequential(chosen), input_shape=(4,)), repeat_1__block__choice_1=0),
    ):
        assert [node.shares for node in network.nodes] == [None, None]
        first, second = initialize(network, 0).values()
        assert (first["weight"] != second["weight"]).any()


def test_a_repeat_that_is_used_twice_shares_copy_by_copy():
    x, twice = Input((4,)), Repeat(block(4), Int(1, 2))
    network = at(Network(twice(twice(x))), repeat_1__times=2)
    owners = [node.owner for node in network.nodes]
    assert owners[0] == owners[6] == "repeat_1.1.dense_1"
    assert owners[3] == owners[9] == "repeat_1.2.dense_1"
    assert network.parameter_count() == 2 * (4 * 4 + 4 + 8)


def test_shared_hyperparameters_are_one_whatever_the_depth():
    family = Sequential(
        Repeat(Sequential(Dense(Int(3, 8)), Dropout(Float(0, 0.5))), Int(1, 3)), input_shape=(4,)
    )
    assert Space(family).names() == [
        "repeat_1.times", "repeat_1.block.dense_1.units", "repeat_1.block.dropout_1.rate",
    ]  # fmt: skip
    network = at(family, repeat_1__times=3, repeat_1__block__dense_1__units=7,
                 repeat_1__block__dropout_1__rate=0.25)  # fmt: skip
    assert [n.layer.units for n in network.nodes if isinstance(n.layer, Dense)] == [7, 7, 7]
    assert [n.layer.rate for n in network.nodes if isinstance(n.layer, Dropout)] == [0.25] * 3


@pytest.mark.parametrize("times", [Int(1, 3), Choice(3, 1)])
def test_own_hyperparameters_count_where_there_is_that_copy(times):
    inner = Sequential(Dense(Int(3, 8)), Choice(relu, tanh), Dropout(Float(0, 0.5, name="rate")))
    family = Sequential(Repeat(inner, times, own=True), input_shape=(4,))
    space = Space(family)
    numbers = [1, 2, 3] if isinstance(times, Int) else [1, 3]
    for depth in numbers:
        value = depth if isinstance(times, Int) else times.options.index(depth)
        unit = [times.to_unit(value), *[0.3] * (len(space) - 1)]
        point = space.from_unit(unit)
        space.check(point)
        assert set(point) == {"repeat_1.times", "rate"} | {
            f"repeat_1.{i}.{name}"
            for i in range(1, depth + 1)
            for name in ("dense_1.units", "activation_1")
        }
        units = {f"repeat_1.{i}.dense_1.units": 2 + i for i in range(1, depth + 1)}
        network = space.bind(family, {**point, **units})
        found = [n.layer.units for n in network.nodes if isinstance(n.layer, Dense)]
        assert found == list(units.values())


def test_nothing_at_all_is_a_depth_too():
    family = Sequential(Repeat(block(), Int(0, 2)), Dense(2), input_shape=(4,))
    assert [node.name for node in at(family, repeat_1__times=0).nodes] == ["dense_1"]
    alone = Sequential(Repeat(block(), Int(0, 2)), input_shape=(4,))
    with pytest.raises(NetworkError, match=r"a network has at least one layer; received its inp"):
        at(alone, repeat_1__times=0)


def test_a_block_that_runs_out_of_map_says_which_copy():
    family = Sequential(
        Repeat(Sequential(Conv(2), relu, MaxPool(2)), Int(1, 4)), input_shape=(6, 6, 1)
    )
    assert at(family, repeat_1__times=2).output_shape == (1, 1, 2)
    with pytest.raises(NetworkError, match=r"layer repeat_1\.3\.max_pool_1: a window fits into"):
        at(family, repeat_1__times=3)


def test_repeats_within_repeats_and_within_choices():
    inner = Sequential(Repeat(Sequential(Dense(4), relu), Int(1, 2)), Dropout(0.1))
    family = Sequential(Choice(None, Repeat(inner, Int(1, 2))), Dense(3), input_shape=(4,))
    names = ["choice_1", "choice_1.repeat.times", "choice_1.repeat.block.repeat_1.times"]
    assert Space(family).names() == names
    network = Space(family).bind(family, dict(zip(names, [1, 2, 2], strict=True)))
    kinds = ["dense", "relu", "dense", "relu", "dropout"] * 2 + ["dense"]
    assert [node.layer.kind for node in network.nodes] == kinds
    assert network.nodes[2].name == "choice_1.1.repeat_1.2.dense_1"
    assert Space(family).bind(family, {"choice_1": 0}).parameter_count() == 15


@pytest.mark.parametrize("own", [False, True])
def test_a_family_reads_back(own):
    repeated = Sequential(Dense(Int(3, 8)), Choice(relu, tanh), Dropout(Float(0, 0.5)))
    family = Sequential(Repeat(repeated, Choice(1, 3), own=own), Dense(2), input_shape=(4,))
    again = network_from_json(json.loads(json.dumps(family.to_json())))
    assert again.to_json() == family.to_json()
    one, other = Space(family), Space(again)
    assert one.to_json() == other.to_json()
    assert [e.conditions for e in one] == [e.conditions for e in other]
    point = one.from_unit([0.9] * len(one))
    assert str(other.bind(again, point)) == str(one.bind(family, point))


def test_a_file_writes_the_block_as_a_chain():
    block = {"kind": "sequential", "layers": [{"kind": "dense", "units": 5}, {"kind": "relu"}]}
    times = {"range": "int", "low": 1, "high": 3}
    network = network_from_json({"layers": [{"kind": "repeat", "block": block, "times": times}]})
    assert at(network, repeat_1__times=2).with_input((3,)).parameter_count() == 20 + 30


@pytest.mark.parametrize("own", [False, True])
def test_the_table_says_the_most_that_any_member_has(own):
    family = Sequential(
        Repeat(Sequential(Dense(Int(2, 3)), tanh), Int(1, 3), own=own), Dense(2), input_shape=(4,)
    )
    space = Space(family)
    units = itertools.product([0.1, 0.9], repeat=len(space))
    counts = [space.bind(family, space.from_unit(u)).parameter_count() for u in units]
    told = {row.name: row for row in rows(family)}
    assert told["repeat_1"].parameters + told["dense_1"].parameters == max(counts)
    assert told["repeat_1"].parameters_at_most
    text = "Repeat(Dense(2…3), Tanh(); times=1…3" + (", own=True)" if own else ")")
    assert told["repeat_1"].text == text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Repeat(Dense(3), -1),
            r"times is a whole number; expected at least 0; received -1",
        ),
        (lambda: Repeat(Dense(3), Float(1, 3)), r"times is a whole number; expected an Int or a"),
        (lambda: Repeat(Dense(3), Choice(1, "2")), r"times is a whole number; .* received '2'"),
        (
            lambda: Repeat("dense", 2),
            r"a Repeat repeats a block; expected for .*received str 'dense'",
        ),
        (lambda: Repeat(relu(Input((3,))), 2), r"a Repeat repeats a block; .* received Symbol"),
        (lambda: Repeat(Dense(3), 2, own="yes"), r"own is True or False; received 'yes'"),
        (
            lambda: Sequential(Repeat(Dense(3), Int(1, 2)), input_shape=(3,)).shapes(),
            r"layer repeat_1: times must be a number before the network is built; received a range",
        ),
        (
            lambda: Sequential(Repeat(Choice(Dense(3), relu), 2), input_shape=(3,)).shapes(),
            r"layer repeat_1: the layers of a block are chosen before the network is built",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()
