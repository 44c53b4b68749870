"""A narrow network inside a wider one: which features, which weights, which members.

The compiled program is built for the widest network of a group; a lane with fewer units holds
zeros in the rest. Everything here runs on the host, in NumPy, when a lane is filled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from shoal.errors import NetworkError
from shoal.nn.graph import INPUT
from shoal.nn.initialization import generator
from shoal.nn.layer import Axis, ParamSpec, whole_number
from shoal.nn.layers import MemberMean, Members
from shoal.nn.network import Network

HostParams = dict[str, dict[str, np.ndarray]]

NO_MEMBERS: Mapping[str, int] = MappingProxyType({})


def initialize(
    network: Network, seed: int, inputs: Callable[[], np.ndarray] | None = None
) -> HostParams:
    """Initial weights of a network, by owner and name, keyed by seed and layer name.

    Args:
        network: bound, its input shape known.
        seed: of what is drawn.
        inputs: gives the rows that layers adapt to; only called where one does. Without
            them these layers are as they would be before they have seen data.
    """
    shapes = network.shapes()
    params: HostParams = {}
    for node in network.nodes:
        layer = network.layer(node)
        if layer.has_parameters and node.owner not in params:
            rng = generator(seed, node.owner)
            drawn = layer.init(rng, *(shapes[name] for name in node.inputs))
            if drawn:
                if layer.adapts and inputs is not None:
                    drawn = layer.adapt(drawn, inputs())
                params[node.owner] = drawn
    return params


def feature_masks(wide: Network, narrow: Network) -> dict[str, np.ndarray]:
    """For each node of the wide network, which of its features the narrow one has.

    Raises:
        NetworkError: the wide network cannot hold the narrow one, because widths
            that are open apart meet in one layer.
    """
    shapes = wide.shapes()
    assert wide.input_shape is not None
    masks = {INPUT: np.ones(wide.input_shape[-1], bool)}
    for node, bound in zip(wide.nodes, narrow.nodes, strict=True):
        inputs = [masks[name] for name in node.inputs]
        shape = shapes[node.inputs[0]]
        try:
            masks[node.name] = wide.layer(node).out_mask(shape, narrow.layer(bound), *inputs)
        except NetworkError as error:
            raise error.at(f"layer {node.name}") from None
    return masks


def ranks_of(mask: np.ndarray) -> np.ndarray:
    """For each feature its number among the unmasked ones (for masked ones, any)."""
    ranks: np.ndarray = np.maximum(np.cumsum(mask) - 1, 0).astype(np.int32)
    return ranks


def active_of(mask: np.ndarray) -> int:
    """How many leading features hold every unmasked one."""
    return int(np.flatnonzero(mask)[-1]) + 1 if mask.any() else 0


def _kept(
    wide: Network, masks: Mapping[str, np.ndarray], members: Mapping[str, int]
) -> dict[str, dict[str, tuple[ParamSpec, tuple[np.ndarray, ...]]]]:
    """For each parameter its spec, and the indices along each axis that the narrow network has.

    Raises:
        NetworkError: uses of one layer that have other features of their inputs.
    """
    kept: dict[str, dict[str, tuple[ParamSpec, tuple[np.ndarray, ...]]]] = {}
    taken: dict[str, np.ndarray] = {}
    specs = wide.param_specs()
    for node in wide.nodes:
        if node.owner not in specs:
            continue
        of_input = masks[node.inputs[0]]
        if not np.array_equal(taken.setdefault(node.owner, of_input), of_input):
            raise NetworkError(
                "uses of one layer take inputs of the same widths in every network of a family",
                where=f"layer {node.name}",
                hint="Use one range object for the widths of both.",
            )
        kept[node.owner] = {
            name: (spec, _axis_indices(spec, of_input, masks[node.name], members.get(node.name)))
            for name, spec in specs[node.owner].items()
        }
    return kept


def _axis_indices(
    spec: ParamSpec, in_mask: np.ndarray, out_mask: np.ndarray, members: int | None
) -> tuple[np.ndarray, ...]:
    masks = {"in": in_mask, "out": out_mask[spec.offset :]}

    def of(size: int, axis: Axis) -> np.ndarray:
        if axis is None or axis == "member":
            return np.arange(size if axis is None or members is None else members)
        # An axis shorter than the features runs over those of one group; the groups are alike.
        return np.flatnonzero(masks[axis][:size])

    return tuple(of(size, axis) for size, axis in zip(spec.shape, spec.axes, strict=True))


def widen(
    params: HostParams,
    wide: Network,
    masks: Mapping[str, np.ndarray],
    members: Mapping[str, int] = NO_MEMBERS,
) -> HostParams:
    """The narrow network's weights in arrays of the wide one's shapes, zeros elsewhere.

    Args:
        params: the narrow network's.
        wide: the network with these shapes.
        masks: of `feature_masks`.
        members: of `member_counts`; where nothing is said, all.
    """
    result: HostParams = {}
    for owner, kept in _kept(wide, masks, members).items():
        result[owner] = {}
        for name, (spec, indices) in kept.items():
            result[owner][name] = np.zeros(spec.shape, np.float32)
            result[owner][name][np.ix_(*indices)] = params[owner][name]
    return result


def narrow_down(
    params: HostParams,
    wide: Network,
    masks: Mapping[str, np.ndarray],
    members: Mapping[str, int] = NO_MEMBERS,
) -> HostParams:
    """The narrow network's own weights out of arrays of the wide one's shapes: see `widen`."""
    return {
        owner: {
            name: np.ascontiguousarray(params[owner][name][np.ix_(*indices)])
            for name, (_, indices) in kept.items()
        }
        for owner, kept in _kept(wide, masks, members).items()
    }


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
