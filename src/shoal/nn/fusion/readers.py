"""Which nodes read the output of a node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from shoal.nn.graph import Node
from shoal.nn.network import Network


def only_readers(network: Network, nodes: Sequence[Node], end: str) -> dict[str, Node]:
    """By name of a node the one that reads it, where nobody else does, nor wants it.

    Args:
        network: whose nodes read.
        nodes: in order, up to ``end``.
        end: name of the node whose output is wanted.
    """
    readers = Counter(name for node in network.nodes for name in node.inputs)
    return {
        name: node for node in nodes for name in node.inputs if readers[name] == 1 and name != end
    }


def replaced(nodes: Sequence[Node], made: Mapping[str, Node], gone: set[str]) -> list[Node]:
    """The nodes, some of them replaced by others of their names, and some left out."""
    return [
        made.get(node.name, node) for node in nodes if node.name in made or node.name not in gone
    ]
