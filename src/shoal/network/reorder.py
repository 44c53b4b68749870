r"""Activations after pooling instead of before it, where that changes nothing.

The maximum commutes with a function that never decreases:
:math:`\max_i f(x_i) = f(\max_i x_i)`. So an activation whose output only a
max pooling reads can as well be applied to what the pooling leaves, a quarter
of the numbers for windows of 2×2. Values and gradients stay the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from shoal.network.layer import exactly
from shoal.network.layers import Activation, MaxPool
from shoal.network.network import Network
from shoal.network.node import Node


def pool_first(network: Network) -> Network:
    """The same network, with each max pooling before the activation that only it reads."""
    readers = Counter(name for node in network.nodes for name in node.inputs)
    by_name = {node.name: node for node in network.nodes}
    swapped: dict[str, Node] = {}
    for node in network.nodes:
        before = by_name.get(node.inputs[0])
        if not exactly(node.layer, MaxPool) or before is None or before.name in swapped:
            continue
        monotone = isinstance(before.layer, Activation) and before.layer.monotone
        if monotone and readers[before.name] == 1 and before.name != network.output:
            # The two nodes change places and layers, and keep what the others call them by.
            swapped[before.name] = replace(before, layer=node.layer)
            swapped[node.name] = replace(node, layer=before.layer)
    if not swapped:
        return network
    nodes = tuple(swapped.get(node.name, node) for node in network.nodes)
    return Network.from_nodes(nodes, network.output, network.input_shape)
