"""Networks as JSON and TOML: read back the same, and garbage refused in one way only."""

from __future__ import annotations

import contextlib
import json
import tomllib

import jax.numpy as jnp
import numpy as np
import pytest
from families import families
from hypothesis import given
from hypothesis import strategies as st
from registered import LAYERS

from shoal import (
    Add,
    Choice,
    Dense,
    Input,
    Int,
    Network,
    Sequential,
    Space,
    network_from_json,
    relu,
    tanh,
)
from shoal.errors import NetworkError
from shoal.nn import initialize
from shoal.nn.forward import forward


def through_json(network):
    return network_from_json(json.loads(json.dumps(network.to_json())))


@given(families())
def test_a_family_read_back_is_the_same_family(family):
    again = through_json(family)
    assert again.to_json() == family.to_json()
    assert str(again) == str(family)
    assert Space(again).to_json() == Space(family).to_json()


@given(families(), st.randoms(use_true_random=False))
def test_a_point_binds_both_to_the_same_network(family, random):
    space, again = Space(family), through_json(family)
    point = space.from_unit([random.random() for _ in range(len(space))])
    bound = space.bind(family, point)
    assert Space(again).bind(again, point).to_json() == bound.to_json()
    assert through_json(bound).to_json() == bound.to_json()


def test_a_network_read_back_computes_the_same():
    one, x = Dense(4), Input((4,))
    network = Network(Add()(one(x), tanh(one(relu(x)))))
    params, data = initialize(network, 3), jnp.asarray(np.eye(4), jnp.float32)
    np.testing.assert_array_equal(
        forward(network, params, data), forward(through_json(network), params, data)
    )


def test_one_range_at_two_places_stays_one():
    size = Int(2, 9)
    again = through_json(Sequential(Dense(size), relu, Dense(size)))
    assert again.nodes[0].layer.units is again.nodes[2].layer.units
    assert Space(again).names() == ["dense_1.units"]


def test_the_labels_of_a_choice_stay_what_they_are():
    blocks = Choice(Sequential(Dense(3)), Network(Dense(3)(relu(Input()))), None)
    family = Sequential(blocks, Dense(2))
    assert through_json(family).nodes[0].layer.labels() == ("sequential", "network", None)


def test_a_chain_in_toml():
    text = """
    input_shape = [28, 28, 1]
    layers = [
      { kind = "conv", channels = { range = "int", low = 4, high = 16 }, kernel_size = [3, 3] },
      { range = "choice", options = [ { kind = "relu" }, { kind = "tanh" } ], name = "act" },
      { kind = "flatten" },
      { kind = "dropout", rate = { range = "float", low = 0.0, high = 0.5 } },
      { kind = "dense", units = 10 },
    ]
    """
    family = network_from_json(tomllib.loads(text), where="net.toml")
    assert Space(family).names() == ["conv_1.channels", "act", "dropout_1.rate"]
    assert family.input_shape == (28, 28, 1)
    point = {"conv_1.channels": 4, "act": 1, "dropout_1.rate": 0.25}
    assert Space(family).bind(family, point).output_shape == (10,)


def test_a_graph_in_toml():
    text = """
    output = "sum"
    [[nodes]]
    name = "a"
    layer = { kind = "dense", units = 4 }
    inputs = ["input"]
    [[nodes]]
    name = "b"
    layer = { kind = "dense", units = 4 }
    inputs = ["a"]
    shares = "a"
    [[nodes]]
    name = "sum"
    layer = { kind = "add" }
    inputs = ["a", "b"]
    """
    network = network_from_json(tomllib.loads(text)).with_input((4,))
    assert network.shapes()["sum"] == (4,)
    assert network.parameter_count() == 20


def chain(*layers, **rest):
    return {"layers": list(layers), **rest}


def graph(*nodes, **rest):
    return {"nodes": list(nodes), **rest}


DENSE = {"kind": "dense", "units": 3}
NODE = {"name": "a", "layer": DENSE, "inputs": ["input"]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([DENSE], r"net\.toml: a network is a table; received list"),
        ({"layer": []}, r"net\.toml: a network lists its layers; expected layers = \[.*'layer'\]"),
        (chain() | {"layers": "dense"}, r"a network lists its layers; .* received 'dense'"),
        ({"nodes": 3}, r"a network lists its layers; .* received 3"),
        (
            chain(DENSE, input_shap=[3]),
            r"net\.toml: there is no field 'input_shap' here; expect",
        ),
        (chain(DENSE, output="a"), r"there is no field 'output' here; expected input_shape, kind"),
        (graph(NODE, layers=[DENSE]), r"there is no field 'nodes' here"),
        (graph({**NODE, "input": []}), r"net\.toml: nodes\[0\]: there is no field 'input' here"),
        (chain(), r"net\.toml: a network has at least one layer"),
        (graph(), r"net\.toml: a network has at least one layer"),
        (chain(DENSE, input_shape=784), r"net\.toml: an input shape has axes .* received 784"),
        (chain(DENSE, input_shape=[]), r"an input shape has axes of at least 1"),
        (graph(NODE, input_shape=[True]), r"an input shape has axes of at least 1"),
        (chain({"kind": "lstm"}), r"net\.toml: layers\[0\]: there is no layer of this kind"),
        (chain({"kind": "max_pool", "window": 2}), r"no field 'window'.*Is 'pool_size' meant"),
        (chain({"kind": "conv", "filters": 2}), r"no field 'filters'.*Is 'channels' meant"),
        (chain({**DENSE, "biases": 1}), r"layers\[0\]: dense has no field 'biases'; expected bias"),
        (
            chain(DENSE, {"kind": "dense"}),
            r"layers\[1\]: dense needs a value for 'units'; expected units",
        ),
        (chain({"kind": "dense", "units": 0}), r"net\.toml: layers\[0\]: units is a whole number"),
        (chain({"kind": "dropout", "rate": "x"}), r"layers\[0\]: a dropout rate is a probability"),
        (chain({**DENSE, "name": 3}), r"net\.toml: a layer's name is a text; received 3"),
        (chain(5), r"net\.toml: Sequential is made of layers; .* received int 5"),
        (
            chain({"kind": "dense", "units": {"range": "int", "low": 5, "high": 2}}),
            r"net\.toml: layers\[0\]\.units: a range goes from a lower to a higher bound",
        ),
        (chain({"range": "choice", "options": [1, 2]}), r"a choice in a network is among layers"),
        (
            chain({"range": "choice", "options": [DENSE, chain() | {"kind": "sequential"}]}),
            r"net\.toml: .*a network has at least one layer",
        ),
        (
            chain({"kind": "conv", "channels": 3}, DENSE, input_shape=[4, 4, 1]),
            r"net\.toml: layer dense_1: a Dense layer takes flat features",
        ),
        (graph(5), r"nodes\[0\]: a node has a name, a layer and inputs; received 5"),
        (graph({**NODE, "name": 5}), r"nodes\[0\]: a node has a name, a layer and inputs"),
        (graph({**NODE, "layer": 5}), r"nodes\[0\]: a node has a layer; received int"),
        (graph({**NODE, "layer": chain(DENSE, kind="network")}), r"a node has a layer; received S"),
        (graph({**NODE, "inputs": "input"}), r"nodes\[0\]: a node lists its inputs by name; rec"),
        (graph({**NODE, "inputs": [["input"]]}), r"nodes\[0\]: a node lists its inputs by name"),
        (graph({**NODE, "inputs": ["b"]}), r"net\.toml: layer a: a layer takes its inputs from l"),
        (graph({**NODE, "shares": 5}), r"nodes\[0\]: a node shares parameters by name; received"),
        (
            graph(
                NODE, {"name": "b", "layer": {**DENSE, "units": 4}, "inputs": ["a"], "shares": "a"}
            ),
            r"net\.toml: layer b: uses of one layer are written alike; expected .*3.*received .*4",
        ),
        (graph(NODE, output=[]), r"net\.toml: the output is one of the layers; received \[\]"),
        (graph(NODE, NODE), r"net\.toml: a layer's name is unique, and not 'input'; received 'a'"),
    ],
)
def test_what_describes_no_network_is_refused(data, message):
    with pytest.raises(NetworkError, match=message):
        network_from_json(data, where="net.toml")


def test_nesting_without_end_is_refused():
    data = DENSE
    for _ in range(300):
        data = {"range": "choice", "options": [DENSE, chain(data) | {"kind": "sequential"}]}
    with pytest.raises(NetworkError, match=r"nesting ends somewhere; expected at most 100 levels"):
        network_from_json(chain(data))


def test_a_file_names_nothing_but_layers():
    assert all(kind == cls.kind for kind, cls in LAYERS.items())
    for kind in ("recipe", "os.system", "__class__", "layer", "activation"):
        with pytest.raises(NetworkError, match="there is no layer of this kind"):
            network_from_json(chain({"kind": kind}))


# --- fuzz ------------------------------------------------------------------------

WORDS = (
    "kind", "layers", "nodes", "input_shape", "output", "name", "layer", "inputs", "shares",
    "units", "channels", "kernel_size", "stride", "padding", "pool_size", "rate", "initialization",
    "range", "low", "high", "log", "options",
)  # fmt: skip
leaves = st.one_of(
    st.sampled_from([*LAYERS, "network", "sequential", "int", "float", "choice", "input", "same"]),
    st.integers(-2, 9), st.none(), st.booleans(), st.floats(), st.text(max_size=3),
    st.integers(10**300, 10**400),
)  # fmt: skip
garbage = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(WORDS), inner, max_size=5)
    ),
    max_leaves=25,
)


@given(st.one_of(garbage, st.lists(garbage, max_size=4).map(lambda layers: {"layers": layers})))
def test_garbage_raises_a_network_error_or_nothing(data):
    with contextlib.suppress(NetworkError):
        str(network_from_json(data))


@given(families(), st.data())
def test_a_network_with_one_thing_broken_raises_a_network_error_or_nothing(family, data):
    document = family.to_json()
    places = list(_places(document))
    holder, key = data.draw(st.sampled_from(places))
    action = data.draw(st.sampled_from(["replace", "remove", "double"]))
    if action == "replace":
        holder[key] = data.draw(garbage)
    elif action == "remove":
        del holder[key]
    elif isinstance(holder, list):
        holder.append(holder[key])
    with contextlib.suppress(NetworkError):
        str(network_from_json(document))


def _places(document):
    keys = document if isinstance(document, dict) else range(len(document))
    for key in keys:
        yield document, key
        if isinstance(document[key], dict | list):
            yield from _places(document[key])


def test_one_list_of_layers_is_the_layers_one_after_another():
    layers = [Dense(3), relu, Sequential(Dense(2))]
    apart, together = Sequential(*layers, input_shape=(4,)), Sequential(layers, input_shape=(4,))
    assert (
        together.to_json()
        == apart.to_json()
        == Sequential(tuple(layers), input_shape=(4,)).to_json()
    )
