"""Symbols: how a graph is written by calling layers on one another."""

from __future__ import annotations

from typing import Any

from shoal.errors import NetworkError
from shoal.network.layer import Layer, Shape, checked_shape
from shoal.network.node import check_inputs
from shoal.space import Choice


class Symbol:
    """The output of one node, before the graph is made into a network.

    Args:
        layer: the node's layer; None for the network's input.
        parents: the symbols that it takes.

    Raises:
        NetworkError: the layer takes another number of inputs, or something
            that is no symbol.
    """

    def __init__(self, layer: Layer | Choice | None, parents: tuple[Symbol, ...]) -> None:
        for parent in parents:
            if not isinstance(parent, Symbol):
                raise NetworkError(
                    "a layer is called on Input(...) or on the result of another layer",
                    where=getattr(layer, "kind", None),
                    received=f"{type(parent).__name__} {parent!r}",
                )
        if layer is not None:
            check_inputs(layer, len(parents), getattr(layer, "kind", "choice"))
        self.layer = layer
        self.parents = parents

    def __repr__(self) -> str:
        if self.layer is None:
            return f"Input({getattr(self, 'shape', None) or ''})"
        layer = getattr(self.layer, "describe", lambda: "a Choice")()
        return f"<output of {layer}>"

    def then(self, layer: Layer | Choice) -> Symbol:
        """A node that applies a layer, or the one that is chosen, to this one."""
        return Symbol(layer, (self,))


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
        self.shape = None if shape is None else checked_shape(shape)


def in_order(output: Any) -> list[Symbol]:
    """Every symbol below the output, parents first, without recursion.

    Raises:
        NetworkError: the output is no symbol.
    """
    if not isinstance(output, Symbol):
        raise NetworkError(
            "a network is made from its output",
            expected="the result of calling a layer, as in Network(Dense(10)(Input((784,))))",
            received=f"{type(output).__name__} {output!r}",
            hint="A chain of layers is written Sequential(...).",
        )
    order: list[Symbol] = []
    seen: set[int] = set()
    stack: list[tuple[Symbol, bool]] = [(output, False)]
    while stack:
        symbol, ready = stack.pop()
        if ready:
            order.append(symbol)
        elif id(symbol) not in seen:
            seen.add(id(symbol))
            stack.append((symbol, True))
            stack.extend((parent, False) for parent in reversed(symbol.parents))
    return order
