"""A network that knows what features its input has: which are numbers, which are categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shoal.nn.graph import INPUT, Node
from shoal.nn.layer import Layer
from shoal.nn.network import Network
from shoal.space import Choice


def with_features(network: Network, numeric: int | None, categories: Sequence[int]) -> Network:
    """The network, its layers on the input told what features that has.

    They are told that stand on the input itself, or on layers that keep its features where
    they are; and of the categories, on layers that keep these as their last features. Ranges
    stay the very ones that they were.

    Args:
        network: may hold ranges.
        numeric: how many features are numbers, the first ones; None where it is not known.
        categories: of the last features, how many belong to one column of categories each.
    """
    told: dict[tuple[int, bool, bool], Any] = {}

    def layer_told(layer: Any, all_of_it: bool, tail: bool) -> Any:
        key = id(layer), all_of_it, tail
        if key not in told:
            told[key] = _told(layer, all_of_it, tail)
        return told[key]

    def _told(layer: Any, all_of_it: bool, tail: bool) -> Any:
        if isinstance(layer, Choice):
            options = [layer_told(option, all_of_it, tail) for option in layer.options]
            same = all(new is old for new, old in zip(options, layer.options, strict=True))
            return layer if same else _with_options(layer, options)
        own = numeric if all_of_it else None, categories if tail else ()
        if isinstance(layer, Network):
            return with_features(layer, *own)
        return layer.with_features(*own) if isinstance(layer, Layer) else layer

    # Nodes with all features of the input, and those whose last ones are its categories.
    whole, tails, nodes = {INPUT}, {INPUT}, list[Node]()
    for node in network.nodes:
        all_of_it, tail = whole.issuperset(node.inputs), tails.issuperset(node.inputs)
        if all_of_it and _keeps(node.layer, "keeps_features"):
            whole.add(node.name)
        if tail and _keeps(node.layer, "keeps_categories"):
            tails.add(node.name)
        if all_of_it or tail:
            node = replace(node, layer=layer_told(node.layer, all_of_it, tail))
        nodes.append(node)
    if all(new.layer is old.layer for new, old in zip(nodes, network.nodes, strict=True)):
        return network
    return type(network).from_nodes(tuple(nodes), network.output, network.input_shape)


def _keeps(layer: Any, what: str) -> bool:
    """Whether a layer, or every option of a choice, keeps the input's features in their places."""
    if isinstance(layer, Choice):
        return all(_keeps(option, what) for option in layer.options)
    return isinstance(layer, Layer) and bool(getattr(layer, what))


def _with_options(choice: Choice, options: Sequence[Any]) -> Choice:
    """The same choice among other options; the default is that in its option's place."""
    default = choice.default
    if default is not None and (index := choice.index_of(default)) is not None:
        default = options[index]
    return Choice(*options, name=choice.name, default=default)
