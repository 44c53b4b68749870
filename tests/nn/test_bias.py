import json

import numpy as np
import pytest

from shoal import Choice, Conv, ConvTranspose, Dense, DepthwiseConv, Flatten, Sequential, Space
from shoal.errors import NetworkError
from shoal.nn import initialize, network_from_json
from shoal.nn.forward import forward

LAYERS = {
    "dense": lambda bias: [Flatten(), Dense(3, bias=bias)],
    "conv": lambda bias: [Conv(3, bias=bias)],
    "conv_transpose": lambda bias: [ConvTranspose(3, bias=bias)],
    "depthwise_conv": lambda bias: [DepthwiseConv(2, bias=bias)],
}


@pytest.mark.parametrize("kind", LAYERS)
def test_without_a_bias_a_layer_is_what_it_is_with_a_bias_of_zero(kind):
    make = LAYERS[kind]
    with_bias = Sequential(*make(True), input_shape=(4, 3, 2))
    without = Sequential(*make(False), input_shape=(4, 3, 2))
    params, fewer = initialize(with_bias, 1), initialize(without, 1)
    (name,) = fewer
    assert set(params[name]) == {"weight", "bias"}
    assert set(fewer[name]) == {"weight"}
    np.testing.assert_array_equal(params[name]["weight"], fewer[name]["weight"])
    x = np.random.default_rng(0).normal(size=(2, 4, 3, 2)).astype(np.float32)
    np.testing.assert_array_equal(forward(without, fewer, x), forward(with_bias, params, x))
    np.testing.assert_array_equal(forward(without, fewer, 0 * x), 0 * forward(without, fewer, x))
    lost = with_bias.parameter_count() - without.parameter_count()
    assert lost == params[name]["bias"].size


def test_it_is_written_and_read_and_may_be_chosen():
    family = Sequential(Dense(3, bias=Choice(True, False)), Conv(2, bias=False))
    again = network_from_json(json.loads(json.dumps(family.to_json())))
    assert again.nodes[1].layer.bias is False
    assert again.nodes[0].layer.bias.options == (True, False)
    assert Space(again).names() == ["dense_1.bias"]


@pytest.mark.parametrize("bias", [0, "no", None, Choice(True, 1)])
def test_it_is_true_or_false(bias):
    for layer in (Dense, Conv, ConvTranspose, DepthwiseConv):
        with pytest.raises(NetworkError, match="whether a layer has a bias is True or False"):
            layer(2, bias=bias)
