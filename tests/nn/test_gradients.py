"""Gradients by reverse mode against finite differences, in float64."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from shoal import (
    Add,
    AvgPool,
    BatchEnsemble,
    BatchNorm,
    CategoryEmbedding,
    ChannelDropout,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    DepthwiseConv,
    Dropout,
    FeatureScale,
    Flatten,
    GaussianNoise,
    GlobalAvgPool,
    GlobalMaxPool,
    Input,
    LayerNorm,
    MaxPool,
    MemberDense,
    Members,
    Multiply,
    Network,
    Pad,
    Parametric,
    PBLDEmbedding,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    Reshape,
    Sequential,
    UpSample,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from shoal.nn import initialize
from shoal.nn.forward import forward


def graph():
    x = Input((4, 4, 2))
    one = Conv(2)
    left, right = one(x), tanh(one(sigmoid(one(x))))
    return Network(Dense(3)(Flatten()(Concat()(Add()(left, right), x))))


def gated():
    x = Input((3, 2, 2))
    return Network(Multiply()(x, Dense(2)(GlobalAvgPool()(x)), tanh(x)))


NETWORKS = {
    "dense": Sequential(Dense(5), tanh, Dense(3), input_shape=(4,)),
    "softmax": Sequential(Dense(5), softmax, Dense(3), input_shape=(4,)),
    "relu": Sequential(Dense(6), relu, Dense(3), input_shape=(4,)),
    "conv": Sequential(
        Conv(3, stride=(1, 2)),
        tanh,
        Conv(2, kernel_size=(2, 3), padding=1),
        Flatten(),
        input_shape=(5, 4, 2),
    ),
    "pool": Sequential(MaxPool(3, stride=2, padding=1), Flatten(), Dense(2), input_shape=(5, 5, 2)),
    "line": Sequential(
        Conv(2, dilation=2),
        tanh,
        ConvTranspose(2, stride=2),
        AvgPool(3, stride=2),
        UpSample(2, "bilinear"),
        Flatten(),
        input_shape=(6, 2),
    ),
    "groups": Sequential(
        Conv(4, groups=2),
        tanh,
        DepthwiseConv(2, stride=2),
        tanh,
        ConvTranspose(2, kernel_size=(2, 3), stride=(2, 1), dilation=(1, 2), padding=1),
        Flatten(),
        input_shape=(5, 4, 2),
    ),
    "volume": Sequential(
        Conv(2, stride=(1, 2, 1)),
        tanh,
        DepthwiseConv(),
        ConvTranspose(2, stride=(1, 1, 2)),
        AvgPool(2),
        MaxPool((2, 1, 1)),
        GlobalAvgPool(),
        input_shape=(4, 4, 2, 2),
    ),
    "rims": Sequential(
        ChannelDropout(0.3),
        GaussianNoise(0.2),
        Pad((1, (0, 2)), "reflect"),
        Crop(((2, 0), 1)),
        Reshape((-1, 2)),
        GlobalMaxPool(),
        input_shape=(4, 3, 2),
    ),
    "gate": gated(),
    "dropout": Sequential(Dense(8), Dropout(0.5), tanh, Dense(3), input_shape=(4,)),
    "batch norm": Sequential(Dense(4), BatchNorm(), tanh, Dense(2), input_shape=(3,)),
    "layer norm": Sequential(Conv(3), LayerNorm(), tanh, Flatten(), input_shape=(3, 3, 1)),
    "waves": Sequential(
        PeriodicEmbedding(3, 2, numeric=2),
        Parametric(tanh),
        FeatureScale(),
        PBLDEmbedding(2, 3, numeric=4),
        Dense(2),
        input_shape=(3,),
    ),
    "members": Sequential(
        Members(3),
        BatchEnsemble(4, scale_in=False),
        tanh,
        Dropout(0.3),
        BatchEnsemble(3),
        Dense(3),
        tanh,
        MemberDense(2),
        input_shape=(3,),
    ),
    "categories": Sequential(
        CategoryEmbedding(2, one_hot=2, categories=(2, 3)), Dense(2), input_shape=(6,)
    ),
    "bins": Sequential(PiecewiseLinearEmbedding(4, numeric=2), Dense(2), input_shape=(3,)),
    "graph": graph(),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_for_weights_and_inputs(name):
    network = NETWORKS[name]
    with jax.enable_x64(True):
        params = jax.tree.map(lambda a: jnp.asarray(a, jnp.float64), initialize(network, 1))
        rng = np.random.default_rng(2)
        params = jax.tree.map(lambda a: a + rng.normal(0, 0.05, a.shape), params)
        x = jnp.asarray(rng.normal(size=(3, *network.input_shape)))
        key = jnp.asarray([7, 9], jnp.uint32)

        @jax.jit
        def outputs(params, x):
            return forward(network, params, x, training=True, key=key)

        assert outputs(params, x).dtype == jnp.float64
        check_grads(outputs, (params, x), order=1, modes=["rev"], eps=1e-6, rtol=1e-5, atol=1e-6)


def test_softmax_does_not_overflow_and_neither_does_its_gradient():
    x = jnp.asarray([[1e30, 0.0, -1e30], [500.0, 500.0, -500.0]], jnp.float32)
    y, back = jax.vjp(lambda x: forward(Sequential(softmax, input_shape=(3,)), {}, x), x)
    np.testing.assert_allclose(y, [[1, 0, 0], [0.5, 0.5, 0]])
    assert np.isfinite(back(jnp.ones_like(y))[0]).all()


def test_relu_has_no_slope_at_zero():
    network = Sequential(relu, input_shape=(1,))
    slope = jax.grad(lambda x: forward(network, {}, x).sum())(jnp.zeros((1, 1)))
    assert slope.item() == 0.0
