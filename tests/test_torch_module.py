"""A model as a PyTorch module: equal outputs, and a training that goes on."""

import sys

import jax
import numpy as np
import pytest

from shoal import (
    Add,
    AvgPool,
    BatchNorm,
    ChannelDropout,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Input,
    LayerNorm,
    MaxPool,
    Members,
    Network,
    Sequential,
    relu,
    tanh,
)
from shoal.errors import ModelError
from shoal.models.torch_module import torch_module
from shoal.nn import initialize
from shoal.nn.forward import forward


def joined():
    x = Input((8, 7, 3))
    h = BatchNorm()(relu(Conv(4, kernel_size=3, stride=2)(x)))
    h = ChannelDropout(0.3)(Add()(h, DepthwiseConv(1, padding=1, bias=False)(h)))
    return Network(Dense(3)(Dropout(0.5)(Flatten()(MaxPool(2)(h)))))


NETWORKS = {
    "flat": lambda: Sequential(
        Dense(8, parametrization="ntk"), LayerNorm(), tanh, BatchNorm(), Dense(3), input_shape=(5,)
    ),
    "maps": joined,
    "a line": lambda: Sequential(
        Conv(4, groups=2, dilation=2), AvgPool(2), GlobalAvgPool(), Dense(3), input_shape=(9, 2)
    ),
}


def problem(name):
    network = NETWORKS[name]()
    rng = np.random.default_rng(0)
    params = {
        owner: {k: np.abs(a + rng.normal(0, 0.1, a.shape)).astype(np.float32)
                if k == "variance" else (a + rng.normal(0, 0.1, a.shape)).astype(np.float32)
                for k, a in own.items()}
        for owner, own in initialize(network, 0).items()
    }  # fmt: skip
    return network, params, rng.normal(size=(12, *network.input_shape)).astype(np.float32)


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_are_equal_and_training_goes_on(name):
    torch = pytest.importorskip("torch")
    network, params, x = problem(name)
    module = torch_module(network, params).eval()
    known = np.asarray(jax.jit(lambda p, x: forward(network, p, x))(params, x))
    found = module(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(found, known, rtol=1e-4, atol=1e-5)
    labels = torch.arange(12) % 3
    optimizer = torch.optim.SGD(module.parameters(), 0.01)

    def loss():
        return torch.nn.functional.cross_entropy(module(torch.from_numpy(x)), labels)

    before = float(loss())
    for _ in range(20):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    assert float(loss()) < before
    if name == "maps":
        module.train()
        one, other = (module(torch.from_numpy(x)) for _ in range(2))
        assert not torch.equal(one, other), "dropout is on"


def test_a_layer_that_pytorch_lacks_is_named():
    pytest.importorskip("torch")
    network = Sequential(Members(2), input_shape=(5,))
    with pytest.raises(ModelError, match="a Members layer cannot go to PyTorch"):
        torch_module(network, initialize(network, 0))


def test_without_pytorch_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    network, params, _ = problem("flat")
    with pytest.raises(ModelError, match="where PyTorch is installed"):
        torch_module(network, params)
