"""How large a network may be: told before it is built."""

import pytest

from shoal import (
    Choice,
    Concat,
    Dense,
    Flatten,
    Input,
    Int,
    Network,
    Repeat,
    Sequential,
    UpSample,
    relu,
)
from shoal.errors import NetworkError
from shoal.nn import network_from_json
from shoal.nn.budget import layer_count


def nested(depth, times):
    block = Dense(2)
    for _ in range(depth):
        block = Sequential(Repeat(block, times=times), relu)
    return block


@pytest.mark.parametrize(
    "make",
    [
        lambda: Repeat(Dense(2), times=10**9),
        lambda: Repeat(Dense(2), times=Int(1, 10**9)),
        lambda: Repeat(Dense(2), times=Choice(1, 10**9)),
        lambda: Repeat(Dense(2), times=Int(1, 10**9), own=True),
        lambda: nested(4, 100),
        lambda: nested(3, Int(1, 100)),
        lambda: Sequential(*[Repeat(Dense(2), times=4000) for _ in range(3)]),
        lambda: Sequential(Choice(Repeat(Dense(2), times=9000), None), Repeat(relu, times=2000)),
    ],
)
def test_endless_networks_are_refused_at_once(make):
    with pytest.raises(NetworkError, match=r"limited number of layers.*SHOAL_MAX_LAYERS"):
        make()


def test_the_limit_can_be_raised_and_lowered(monkeypatch):
    assert len(Sequential(Repeat(Dense(2), times=30), input_shape=(2,)).nodes) == 30
    monkeypatch.setenv("SHOAL_MAX_LAYERS", "29")
    with pytest.raises(NetworkError, match="expected at most 29; received 30"):
        Sequential(Repeat(Dense(2), times=30))
    monkeypatch.setenv("SHOAL_MAX_LAYERS", "10500")
    Repeat(Dense(2), times=10_400)


def test_layers_are_counted_with_all_copies():
    block = Sequential(Dense(2), relu)
    layers = [Dense(3), Repeat(block, times=Int(1, 7)), Choice(relu, block, None), None]
    assert layer_count(layers) == 1 + 7 * 2 + 2


def test_copies_with_ranges_of_their_own_are_few():
    with pytest.raises(NetworkError, match="times up to 256; received 257"):
        Repeat(Dense(Int(2, 4)), times=Int(1, 257), own=True)
    Repeat(Dense(2), times=257, own=True)


@pytest.mark.parametrize(
    "layers",
    [
        [UpSample(4000), UpSample(4000)],
        [UpSample(2**31 - 1)] * 9,
        [Flatten(), Dense(2**31 - 1)],
    ],
)
def test_outputs_and_parameters_beyond_the_memory_are_refused(layers):
    with pytest.raises(NetworkError, match=r"must fit into the memory.*SHOAL_MAX_GB="):
        Sequential(*layers, input_shape=(8, 8, 1))


def test_widths_that_double_from_layer_to_layer_end():
    x = Input((4,))
    h = x
    for _ in range(60):
        h = Concat()(h, h)
    with pytest.raises(NetworkError, match="must fit into the memory"):
        Network(h)


def test_outputs_within_a_lower_limit(monkeypatch):
    monkeypatch.setenv("SHOAL_MAX_GB", "0.01")
    Sequential(UpSample(100), input_shape=(10, 10, 1))
    with pytest.raises(NetworkError, match=r"for one example must fit.*at most 0.01 GB"):
        Sequential(UpSample(200), input_shape=(10, 10, 1))


@pytest.mark.parametrize("number", [2**31, 10**30, 10**4000])
def test_numbers_beyond_an_axis_are_refused(number):
    with pytest.raises(NetworkError, match=r"units is a whole number.*below 2\^31"):
        Dense(number)
    with pytest.raises(NetworkError, match=r"units is a whole number.*below 2\^31"):
        Dense(Int(1, number) if number < 10**300 else number)
    with pytest.raises(NetworkError, match="an input shape has axes"):
        Sequential(Dense(2), input_shape=(number,))


def test_a_file_that_nests_repeats_is_refused():
    layer = {"kind": "dense", "units": 2}
    for _ in range(20):
        block = {"kind": "sequential", "layers": [layer]}
        layer = {"kind": "repeat", "block": block, "times": 10}
    with pytest.raises(NetworkError, match="limited number of layers"):
        network_from_json({"layers": [layer]})
