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
            layers, blocks and None (nothing).
        input_shape: shape of one example; left out, it is taken from the data.

    Raises:
        NetworkError: something that is no layer, no layers at all, or shapes
            that do not fit.
    """

    kind: ClassVar[str] = "sequential"

    def __init__(self, *layers: Any, input_shape: Shape | None = None) -> None:
        symbol: Symbol = Input(input_shape)
        for layer in layers:
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
        received=f"{type(layer).__name__} {layer!r}",
        hint="Activations are written without parentheses: relu, not relu().",
    )
