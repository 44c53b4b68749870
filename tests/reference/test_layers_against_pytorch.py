"""Values and gradients of each layer, and of a network, against PyTorch."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal.nn import (
    Add,
    Context,
    Conv,
    Dense,
    Flatten,
    Input,
    MaxPool,
    Network,
    identity,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from shoal.nn.forward import forward

QUIET = Context(training=False)


@pytest.fixture
def check(agree):
    """Value, and gradients for the input and each parameter, of one layer."""

    def run(layer, case):
        names = [name for name in ("weight", "bias") if name in case]
        params = {name: jnp.asarray(case[name]) for name in names}

        def value(params, x):
            return layer.apply(params, x, context=QUIET)

        x = jnp.asarray(case["x"])
        assert layer.out_shape(x.shape[1:]) == case["y"].shape[1:]
        specs = layer.param_specs(x.shape[1:])
        assert {k: s.shape for k, s in specs.items()} == {k: v.shape for k, v in params.items()}
        y, back = jax.vjp(value, params, x)
        agree(y, case["y"])
        d_params, d_x = back(jnp.asarray(case["cotangent"]))
        agree(d_x, case["d_x"])
        for name in names:
            agree(d_params[name], case[f"d_{name}"])

    return run


def _pairs(spec):
    return {key: tuple(v) if isinstance(v, list) else v for key, v in spec.items()}


def test_dense(dense_case, check):
    check(Dense(**dense_case["spec"]), dense_case)


def test_conv(conv_case, check):
    check(Conv(**_pairs(conv_case["spec"])), conv_case)


def test_max_pool(max_pool_case, check):
    check(MaxPool(**_pairs(max_pool_case["spec"])), max_pool_case)


def test_flatten(flatten_case, check):
    check(Flatten(), flatten_case)


def test_identity(identity_case, check):
    check(identity, identity_case)


def test_sigmoid(sigmoid_case, check):
    check(sigmoid, sigmoid_case)


def test_tanh(tanh_case, check):
    check(tanh, tanh_case)


def test_relu(relu_case, check):
    check(relu, relu_case)


def test_softmax(softmax_case, check):
    check(softmax, softmax_case)


def test_a_network_with_a_shared_layer_and_two_paths(network_case, agree):
    x = Input((6, 6, 2))
    flat = Flatten()(MaxPool(2)(relu(Conv(4)(x))))
    shared = Dense(36)
    once = tanh(shared(flat))
    network = Network(Dense(3)(Add()(once, tanh(shared(once)))))
    case = network_case
    params: dict = {}
    for name in [key for key in case if key.count(".") == 1 and not key.startswith("d_")]:
        owner, parameter = name.split(".")
        params.setdefault(owner, {})[parameter] = jnp.asarray(case[name])
    assert {o: {n: s.shape for n, s in p.items()} for o, p in network.param_specs().items()} == {
        o: {n: a.shape for n, a in p.items()} for o, p in params.items()
    }
    truth = np.eye(3, dtype=np.float32)[case["targets"]]

    def loss(params, x):
        outputs = forward(network, params, x)
        return -(jax.nn.log_softmax(outputs) * truth).sum(axis=-1).mean(), outputs

    run = jax.value_and_grad(loss, argnums=(0, 1), has_aux=True)
    (value, outputs), (d_params, d_x) = run(params, jnp.asarray(case["x"]))
    agree(outputs, case["outputs"])
    agree(value, case["loss"])
    agree(d_x, case["d_x"])
    for owner, own in d_params.items():
        for name, gradient in own.items():
            agree(gradient, case[f"d_{owner}.{name}"])
