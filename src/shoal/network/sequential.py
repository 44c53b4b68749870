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
        flat = [inner for layer in layers for inner in _flattened(layer)]
        if not flat:
            raise NetworkError("a network has at least one layer", received="Sequential()")
        for layer in flat:
            symbol = Symbol(layer, (symbol,))
        super().__init__(symbol)


def _flattened(layer: Any) -> list[Any]:
    if isinstance(layer, Sequential):
        return [node.layer for node in layer.nodes]
    if isinstance(layer, Choice):
        return [_ChoiceOfLayers.check(layer)]
    if isinstance(layer, Layer):
        return [layer]
    raise NetworkError(
        "Sequential is made of layers",
        expected="layers such as Dense(10), activations such as relu, or a Choice of them",
        received=f"{type(layer).__name__} {layer!r}",
        hint="Activations are written without parentheses: relu, not relu().",
    )


class _ChoiceOfLayers:
    """A choice as a node: it has one input, as every layer of a chain."""

    @staticmethod
    def check(choice: Choice) -> Choice:
        for option in choice.options:
            if option is not None and not isinstance(option, Layer | Network):
                raise NetworkError(
                    "a choice in a chain is among layers, blocks and None",
                    received=f"{type(option).__name__} {option!r}",
                )
        return choice
