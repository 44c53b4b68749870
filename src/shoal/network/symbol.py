"""Symbols: how a graph is written by calling layers on one another."""

from __future__ import annotations

from shoal.errors import NetworkError
from shoal.network.layer import Layer, Shape


class Symbol:
    """The output of one node, before the graph is made into a network.

    Args:
        layer: the node's layer; None for the network's input.
        parents: the symbols that it takes.

    Raises:
        NetworkError: the layer takes another number of inputs, or something
            that is no symbol.
    """

    def __init__(self, layer: Layer | None, parents: tuple[Symbol, ...]) -> None:
        for parent in parents:
            if not isinstance(parent, Symbol):
                raise NetworkError(
                    "a layer is called on Input(...) or on the result of another layer",
                    where=layer.kind if layer else None,
                    received=type(parent).__name__,
                )
        if layer is not None and layer.inputs not in (None, len(parents)):
            raise NetworkError(
                "a layer takes a fixed number of inputs",
                where=layer.kind,
                expected=layer.inputs,
                received=len(parents),
                hint="Join several inputs with Concat() or Add().",
            )
        if layer is not None and not parents:
            raise NetworkError("a layer takes at least one input", where=layer.kind)
        self.layer = layer
        self.parents = parents


class Input(Symbol):
    """The network's input.

    Args:
        shape: shape of one example, ``(784,)`` or ``(28, 28, 1)``; left out, it
            is taken from the data.

    Raises:
        NetworkError: a shape with an axis below 1.
    """

    def __init__(self, shape: Shape | None = None) -> None:
        super().__init__(None, ())
        if shape is not None:
            shape = tuple(int(n) for n in shape)
            if not shape or min(shape) < 1:
                raise NetworkError(
                    "an input shape has axes of at least 1",
                    expected="for example (784,) or (28, 28, 1)",
                    received=shape,
                )
        self.shape = shape
