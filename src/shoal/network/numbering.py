"""Which symbol stands for which node's output in the equations of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shoal.network.layer import Layer
from shoal.network.layers import Activation
from shoal.network.node import Node


def numbers_of(nodes: Sequence[Node]) -> dict[str, int]:
    """The number of each node: an activation has that of the layer whose units it is of."""
    numbers: dict[str, int] = {}
    for node in nodes:
        before = _net_input(node, nodes)
        highest = max(numbers.values(), default=0)
        numbers[node.name] = highest + 1 if before is None else numbers[before]
    return numbers


def symbols_of(nodes: Sequence[Node], numbers: Mapping[str, str]) -> dict[str, str]:
    """H for outputs; a for what only an activation reads, the net input of its units."""
    nets = {_net_input(node, nodes) for node in nodes}
    return {
        node.name: f"{'a' if node.name in nets else 'h'}_{{{numbers[node.name]}}}" for node in nodes
    }


def _net_input(node: Node, nodes: Sequence[Node]) -> str | None:
    """The layer with parameters that only this activation reads, or None."""
    if not isinstance(node.layer, Activation):
        return None
    (name,) = node.inputs
    readers = sum(other.inputs.count(name) for other in nodes)
    before = next((other for other in nodes if other.name == name), None)
    learns = before is not None and isinstance(before.layer, Layer) and before.layer.has_parameters
    return name if learns and readers == 1 else None
