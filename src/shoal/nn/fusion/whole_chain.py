"""Networks that are one chain of dense layers and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from shoal.nn.fusion.dense_chain import DenseChain
from shoal.nn.graph import Node
from shoal.nn.layer import exactly
from shoal.nn.layers import Flatten


def whole_chain(nodes: Sequence[Node]) -> DenseChain | None:
    """The chain that a network is, its inputs flattened first or not; None if it is none.

    Args:
        nodes: the network's, fused, up to its end.
    """
    *before, last = nodes
    layer = last.layer
    if not isinstance(layer, DenseChain) or any(not exactly(n.layer, Flatten) for n in before):
        return None
    owners = [part[0].owner for part in layer.parts]
    return layer if len(set(owners)) == len(owners) else None
