"""A network that knows what features its input has: which are numbers, which are categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shoal.network.layer import Layer
from shoal.network.network import Network
from shoal.network.node import INPUT, Node
from shoal.space import Choice


def with_features(network: Network, numeric: int | None, categories: Sequence[int]) -> Network:
    """The network, its layers on the input told what features that has.

    They are told that stand on the input itself, or on layers that keep its features where
    they are. Ranges stay the very ones that they were.

    Args:
        network: may hold ranges.
        numeric: how many features are numbers, the first ones; None where nobody knows.
        categories: of the last features, how many belong to one column of categories each.
    """
    told: dict[int, Any] = {}

    def layer_told(layer: Any) -> Any:
        if id(layer) not in told:
            told[id(layer)] = _told(layer)
        return told[id(layer)]

    def _told(layer: Any) -> Any:
        if isinstance(layer, Choice):
            options = [layer_told(option) for option in layer.options]
            same = all(new is old for new, old in zip(options, layer.options, strict=True))
            return layer if same else _with_options(layer, options)
        if isinstance(layer, Network):
            return with_features(layer, numeric, categories)
        return layer.with_features(numeric, categories) if isinstance(layer, Layer) else layer

    features, nodes = {INPUT}, list[Node]()
    for node in network.nodes:
        if features.issuperset(node.inputs):
            if isinstance(node.layer, Layer) and node.layer.keeps_features:
                features.add(node.name)
            node = replace(node, layer=layer_told(node.layer))
        nodes.append(node)
    if all(new.layer is old.layer for new, old in zip(nodes, network.nodes, strict=True)):
        return network
    return type(network).from_nodes(tuple(nodes), network.output, network.input_shape)


def _with_options(choice: Choice, options: Sequence[Any]) -> Choice:
    """The same choice among other options; the default is that in its option's place."""
    default = choice.default
    if default is not None and (index := choice.index_of(default)) is not None:
        default = options[index]
    return Choice(*options, name=choice.name, default=default)
