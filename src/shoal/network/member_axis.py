"""Where a network's nodes have an axis of members, and how many a lane has."""

from __future__ import annotations

from shoal.errors import NetworkError
from shoal.network.layer import whole_number
from shoal.network.layers import MemberMean, Members
from shoal.network.network import Network


def member_axes(network: Network) -> dict[str, int]:
    """By name of a node whose output has an axis of members, how many they are.

    Args:
        network: bound, or its widths at one end.
    """
    axes: dict[str, int] = {}
    for node in network.nodes:
        layer = network.layer(node)
        if isinstance(layer, Members):
            axes[node.name] = whole_number(layer.members, "members")
        elif layer.by_member:
            of_inputs = [axes[name] for name in node.inputs if name in axes]
            if of_inputs:
                axes[node.name] = of_inputs[0]
    return axes


def member_counts(wide: Network, narrow: Network) -> dict[str, int]:
    """By name of a node of the wide network with an axis of members, how many the narrow one has.

    Raises:
        NetworkError: one has fewer, and members that are not its own would be seen.
    """
    axes, counts = member_axes(wide), member_axes(narrow)
    for node in wide.nodes:
        layer = wide.layer(node)
        if layer.by_member or isinstance(layer, MemberMean):
            continue
        for name in node.inputs:
            if axes.get(name) != counts.get(name):
                raise NetworkError(
                    "members whose number differs by lane stay apart up to their mean",
                    where=f"layer {node.name}",
                    expected="layers that treat each member by itself",
                    received=type(layer).__name__,
                    hint="Put MemberMean() before it, or fix the number of members.",
                )
    return {name: counts[name] for name in axes}
