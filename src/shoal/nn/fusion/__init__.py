"""Several layers as one operation, where no other layer reads between.

Values and gradients stay the same. The numbers between the layers go to memory and back less
often.
"""

from __future__ import annotations

from collections.abc import Sequence

from shoal.nn.fusion.batch_norm import fuse_norms
from shoal.nn.fusion.conv_max import fuse_windows
from shoal.nn.fusion.conv_parts import ConvParts, fuse_parts
from shoal.nn.fusion.dense_chain import NO_TAPS, DenseChain, fuse_dense
from shoal.nn.fusion.readers import only_readers
from shoal.nn.fusion.whole_chain import whole_chain
from shoal.nn.graph import Node
from shoal.nn.network import Network
from shoal.nn.widths import member_axes

__all__ = ["NO_TAPS", "ConvParts", "DenseChain", "fuse", "whole_chain"]


def fuse(network: Network, nodes: Sequence[Node], end: str) -> list[Node]:
    """The nodes, with one in place of each chain that can be a single operation.

    Args:
        network: that they are of; bound, its input shape known.
        nodes: in order, up to ``end``.
        end: name of the node whose output is wanted.
    """
    only = only_readers(network, nodes, end)
    axes = member_axes(network)
    maps = fuse_parts(network, fuse_windows(network, nodes, only), only)
    maps = fuse_norms(network, maps, only, axes)
    return fuse_dense(maps, only, axes)
