"""Sequential: a network that is one chain of layers."""

from __future__ import annotations

from typing import Any, ClassVar

from shoal.errors import NetworkError
from shoal.network.layer import Layer, Shape
from shoal.network.network import Network
from shoal.network.symbol import Input, Symbol
from shoal.space import Choice


class Sequential(Network):
    """Layers one after another.

    Args:
        *layers: layers, other networks (put in place), or a `Choice` among
            layers, blocks and None (nothing); one after another, or as one list.
        input_shape: shape of one example; left out, it is taken from the data.

    Raises:
        NetworkError: something that is no layer, no layers at all, or shapes
            that do not fit.
    """

    kind: ClassVar[str] = "sequential"

    def __init__(self, *layers: Any, input_shape: Shape | None = None) -> None:
        symbol: Symbol = Input(input_shape)
        one_list = len(layers) == 1 and isinstance(layers[0], list | tuple)
        for layer in layers[0] if one_list else layers:
            symbol = _appended(symbol, layer)
        super().__init__(symbol)


def _appended(symbol: Symbol, layer: Any) -> Symbol:
    if isinstance(layer, Network):
        return layer(symbol)
    if isinstance(layer, Layer | Choice):
        return Symbol(layer, (symbol,))
    raise NetworkError(
        "Sequential is made of layers",
        expected="layers such as Dense(10), activations such as relu, or a Choice of them",
        received=layer.__name__ if isinstance(layer, type) else f"{type(layer).__name__} {layer!r}",
        hint=_advice(layer),
    )


def _advice(layer: Any) -> str | None:
    """What to write instead, where that can be told."""
    if isinstance(layer, type) and issubclass(layer, Layer):
        return f"{layer.__name__} is a kind of layer; one of it is written {layer.__name__}(…)."
    if isinstance(layer, Symbol):
        return "The result of calling layers is a graph: Network(result)."
    if isinstance(layer, list | tuple):
        return "Layers stand one after another, or in one list: none of them is a list itself."
    if isinstance(layer, str):
        return "A layer is written without quotes, such as shoal.relu."
    return None
