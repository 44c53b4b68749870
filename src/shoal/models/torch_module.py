"""A trained network as a PyTorch module of ordinary layers, to go on from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np

from shoal import nn
from shoal.errors import ModelError
from shoal.nn import INPUT, HostParams, Network

Params = Mapping[str, np.ndarray]


def torch_module(network: Network, params: HostParams) -> Any:
    """A `torch.nn.Module` that computes what the network does.

    It takes prepared inputs as the network does, maps with channels last, and gives its
    outputs. Inside, maps have channels first, as PyTorch's layers take them. Dropout and
    batch normalization behave in training as they do here.

    Raises:
        ModelError: PyTorch is not installed, or a layer has no ordinary one there.
    """
    try:
        torch = import_module("torch")
    except ImportError:
        raise ModelError(
            "a model becomes a PyTorch module where PyTorch is installed",
            hint="Install it with pip install torch.",
        ) from None
    shapes = {INPUT: network.input_shape or (), **network.shapes()}
    made = {}
    for node in network.nodes:
        layer, own = network.layer(node), params.get(node.owner, {})
        if node.shares is not None and own:
            raise _refused(layer, node.name, "a layer that shares its weights")
        made[node.name] = _made(torch, layer, own, shapes[node.inputs[0]], node.name)
    nodes, end = network.nodes, network.output

    class Module(torch.nn.Module):  # type: ignore[misc,name-defined]  # the base is not typed here
        """The network's layers by name, applied one after another."""

        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.ModuleDict(
                {name.replace(".", "/"): one for name, one in made.items()
                 if isinstance(one, torch.nn.Module)}
            )  # fmt: skip

        def forward(self, x: Any) -> Any:
            """Outputs of prepared inputs, each with channels last."""
            values = {INPUT: x.movedim(-1, 1) if x.ndim > 2 else x}
            for node in nodes:
                apply = made[node.name]
                values[node.name] = apply(*(values[name] for name in node.inputs))
            h = values[end]
            return h.movedim(1, -1) if h.ndim > 2 else h

    return Module()


def _made(torch: Any, layer: Any, params: Params, shape: tuple[int, ...], name: str) -> Any:
    """The layer as PyTorch's module, or for one without a module as a function."""
    build = _BUILD.get(type(layer))
    if build is None:
        raise _refused(layer, name, "no layer of PyTorch that is the same")
    if len(shape) > 1 and type(layer) in (nn.layers.Dense, nn.layers.LayerNorm, nn.layers.Softmax):
        raise _refused(layer, name, f"an input of shape {shape}")
    return build(torch, layer, params, shape)


def _refused(layer: Any, name: str, why: str) -> ModelError:
    return ModelError(
        f"a {type(layer).__name__} layer cannot go to PyTorch", where=name, received=why
    )


def _filled(torch: Any, module: Any, **arrays: Any) -> Any:
    """The module with these weights."""
    with torch.no_grad():
        for name, array in arrays.items():
            getattr(module, name).copy_(torch.from_numpy(np.array(array, np.float32)))
    return module


def _dense(torch: Any, layer: Any, params: Params, shape: tuple[int, ...]) -> Any:
    weight, bias = params["weight"], params.get("bias")
    if "scale" in params:
        weight = weight * params["scale"]
    module = torch.nn.Linear(*weight.shape, bias=bias is not None)
    return _filled(torch, module, weight=weight.T, **({} if bias is None else {"bias": bias}))


def _conv(torch: Any, layer: Any, params: Params, shape: tuple[int, ...]) -> Any:
    weight, bias, slide = params["weight"], params.get("bias"), layer.slide(shape)
    kind = getattr(torch.nn, f"Conv{len(slide.size)}d")
    module = kind(
        shape[-1], weight.shape[-1], slide.window, stride=slide.stride, dilation=slide.dilation,
        groups=shape[-1] // weight.shape[-2], bias=bias is not None,
    )  # fmt: skip
    turned = np.moveaxis(weight, (-1, -2), (0, 1))
    _filled(torch, module, weight=turned, **({} if bias is None else {"bias": bias}))
    return _after_padding(torch, slide, 0.0, module)


def _after_padding(torch: Any, slide: Any, value: float, module: Any) -> Any:
    """The module, after one that puts cells around the map if there are any."""
    if not any(map(any, slide.padding)):
        return module
    cells = tuple(n for pair in reversed(slide.padding) for n in pair)
    pad = getattr(torch.nn, f"ConstantPad{len(slide.size)}d")
    return torch.nn.Sequential(pad(cells, value), module)


def _max_pool(torch: Any, layer: Any, params: Params, shape: tuple[int, ...]) -> Any:
    slide = layer.slide(shape)
    kind = getattr(torch.nn, f"MaxPool{len(slide.size)}d")
    return _after_padding(torch, slide, float("-inf"), kind(slide.window, slide.stride))


def _avg_pool(torch: Any, layer: Any, params: Params, shape: tuple[int, ...]) -> Any:
    slide = layer.slide(shape)
    if any(map(any, slide.padding)):
        raise _refused(layer, "", "padding, whose cells PyTorch counts in other means")
    return getattr(torch.nn, f"AvgPool{len(slide.size)}d")(slide.window, slide.stride)


def _batch_norm(torch: Any, layer: Any, params: Params, shape: tuple[int, ...]) -> Any:
    kind = getattr(torch.nn, f"BatchNorm{max(len(shape) - 1, 1)}d")
    module = kind(shape[-1], eps=layer.epsilon, momentum=layer.momentum)
    return _filled(
        torch, module, weight=params["scale"], bias=params["shift"],
        running_mean=params["mean"], running_var=params["variance"],
    )  # fmt: skip


def _layer_norm(torch: Any, layer: Any, params: Params, shape: tuple[int, ...]) -> Any:
    module = torch.nn.LayerNorm(shape[-1], eps=layer.epsilon)
    return _filled(torch, module, weight=params["scale"], bias=params["shift"])


def _channel_dropout(torch: Any, layer: Any, params: Params, shape: tuple[int, ...]) -> Any:
    return getattr(torch.nn, f"Dropout{len(shape) - 1}d")(layer.rate)


def _plain(name: str, **fields: str | float) -> Callable[..., Any]:
    """A module of this name, its arguments fields of the layer or numbers."""

    def build(torch: Any, layer: Any, params: Params, shape: tuple[int, ...]) -> Any:
        given = {k: getattr(layer, v) if isinstance(v, str) else v for k, v in fields.items()}
        return getattr(torch.nn, name)(**given)

    return build


def _function(apply: Callable[[Any], Callable[..., Any]]) -> Callable[..., Any]:
    """What PyTorch has no module for, as a function of the inputs."""

    def build(torch: Any, layer: Any, params: Params, shape: tuple[int, ...]) -> Any:
        return apply(torch)

    return build


_BUILD: dict[type[Any], Callable[..., Any]] = {
    nn.layers.Dense: _dense,
    nn.layers.Conv: _conv,
    nn.layers.DepthwiseConv: _conv,
    nn.layers.MaxPool: _max_pool,
    nn.layers.AvgPool: _avg_pool,
    nn.layers.BatchNorm: _batch_norm,
    nn.layers.LayerNorm: _layer_norm,
    nn.layers.Dropout: _plain("Dropout", p="rate"),
    nn.layers.ChannelDropout: _channel_dropout,
    nn.layers.Relu: _plain("ReLU"),
    nn.layers.LeakyRelu: _plain("LeakyReLU", negative_slope="slope"),
    nn.layers.Elu: _plain("ELU", alpha="alpha"),
    nn.layers.Selu: _plain("SELU"),
    nn.layers.Gelu: _plain("GELU"),
    nn.layers.Silu: _plain("SiLU"),
    nn.layers.Mish: _plain("Mish"),
    nn.layers.Softplus: _plain("Softplus"),
    nn.layers.Identity: _plain("Identity"),
    nn.layers.Sigmoid: _plain("Sigmoid"),
    nn.layers.HardSigmoid: _plain("Hardsigmoid"),
    nn.layers.Tanh: _plain("Tanh"),
    nn.layers.Softsign: _plain("Softsign"),
    nn.layers.Softmax: _plain("Softmax", dim=-1),
    # The last axis runs fastest in a flat row here: channels come last before it.
    nn.layers.Flatten: _function(lambda t: lambda x: t.flatten(x.movedim(1, -1), 1)),
    nn.layers.GlobalAvgPool: _function(lambda t: lambda x: t.flatten(x, 2).mean(2)),
    nn.layers.GlobalMaxPool: _function(lambda t: lambda x: t.flatten(x, 2).amax(2)),
    nn.layers.Add: _function(lambda t: lambda *xs: sum(xs[1:], xs[0])),
    nn.layers.Concat: _function(lambda t: lambda *xs: t.cat(xs, 1)),
}
