r"""Computing a network: the one module where layers are applied, one after another.

An activation before a max pooling is applied after it, where that changes nothing. The maximum
commutes with a function that never decreases: :math:`\max_i f(x_i) = f(\max_i x_i)`. So an
activation that only a max pooling reads has a quarter of the work, for windows of 2×2. Values
and gradients stay the same.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels import DenseLink, GradientHooks, LabelCosts
from shoal.kernels.cross_entropy import cross_entropy
from shoal.nn.fusion import NO_TAPS, ConvParts, DenseChain, fuse
from shoal.nn.fusion.whole_chain import whole_chain
from shoal.nn.graph import INPUT, Node
from shoal.nn.layer import Context, exactly
from shoal.nn.layers import Activation, MaxPool
from shoal.nn.network import Network
from shoal.nn.widths import member_axes


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


Params = dict[str, dict[str, Array]]
"""Weights, and what layers keep beside them, by owner (a layer's name) and parameter name."""


@dataclass(frozen=True)
class Widths:
    """How much of a program built for the widest network this lane uses.

    Attributes:
        masks: by node, 0/1 for each feature; absent where all lanes have all.
        ranks: by node, each feature's number among the unmasked ones.
        active: by node, how many leading features may be other than zero; absent
            where that is all of them.
        members: by node with an axis of members, how many this lane has; absent where
            all lanes have all.
    """

    masks: Mapping[str, Array] = field(default_factory=dict)
    ranks: Mapping[str, Array] = field(default_factory=dict)
    active: Mapping[str, Array] = field(default_factory=dict)
    members: Mapping[str, Array] = field(default_factory=dict)


ALL = Widths()

NO_AXES: Mapping[str, int] = MappingProxyType({})


def forward(
    network: Network,
    params: Params,
    x: Array,
    *,
    training: bool = False,
    key: Array | None = None,
    widths: Widths = ALL,
    end: str | None = None,
) -> Array:
    """The network's output for a batch.

    Args:
        network: bound; real-valued fields may be traced values.
        params: its weights.
        x: inputs of shape (batch, *input_shape).
        training: whether noise (dropout) is on.
        key: two uint32 words that key the noise; needed while training.
        widths: what a lane uses of a wider program.
        end: name of the node whose output is wanted; the network's output if None.

    Returns:
        outputs of shape (batch, *output_shape).
    """
    values: dict[str, Array] = {INPUT: x}
    axes = member_axes(network)

    def context_of(node: Node) -> Context:
        return _context(node, widths, training, key, axes)

    for node in _fused(network, end):
        inputs = [values[name] for name in node.inputs]
        layer = network.layer(node)
        if isinstance(layer, DenseChain):
            values[node.name] = layer.through(params, inputs[0], context_of)
            continue
        own = params.get(node.owner, {})
        if isinstance(layer, ConvParts):
            values[node.name] = layer.through(own, inputs, context_of)
        else:
            values[node.name] = layer.apply(own, *inputs, context=context_of(node))
    return values[node.name]


def forward_each(
    network: Network,
    params: Params,
    x: Array,
    *,
    shifts: Mapping[str, Array] | None = None,
    end: str | None = None,
) -> dict[str, Array]:
    """What every node gives for a batch when nothing is trained.

    Args:
        network: bound.
        params: its weights.
        x: inputs of shape (batch, *input_shape).
        shifts: by node, what is added to its output before others read it. The
            gradient with respect to a shift of zero is the node's delta.
        end: name of the last node that is wanted; the network's output if None.

    Returns:
        by name the nodes' outputs, of shape (batch, *shape), the input's included.
    """
    values: dict[str, Array] = {INPUT: x}
    axes = member_axes(network)
    for node in _until(network, network.output if end is None else end):
        context = _context(node, ALL, False, None, axes)
        inputs = (values[name] for name in node.inputs)
        h = network.layer(node).apply(params.get(node.owner, {}), *inputs, context=context)
        values[node.name] = h if shifts is None else h + shifts[node.name]
    return values


def forward_training(
    network: Network,
    params: Params,
    x: Array,
    *,
    key: Array,
    weight: Array,
    widths: Widths = ALL,
    end: str | None = None,
    costs: LabelCosts | None = None,
    taps: Mapping[str, GradientHooks] = NO_TAPS,
) -> tuple[Array, Params]:
    """The network's output for a batch of the training, and what becomes of its state.

    Args:
        network: bound; real-valued fields may be traced values.
        params: its weights and state.
        x: inputs of shape (batch, *input_shape).
        key: two uint32 words that key the noise.
        weight: 1 for each example, 0 for what only fills the batch up, of shape
            (batch,).
        widths: what a lane uses of a wider program.
        end: name of the node whose output is wanted; the network's output if None.
        costs: what makes one number of the outputs, which are then scores of classes;
            where dense layers end the network, that is one operation with them.
        taps: of some of the `chained_owners`, where the gradients of their weights come
            out in factors.

    Returns:
        outputs of shape (batch, *output_shape) or what they cost, and the new values of those
        parameters that a layer keeps for itself, by owner and name. No gradient
        flows into them.
    """
    values: dict[str, Array] = {INPUT: x}
    state: Params = {}
    axes = member_axes(network)

    def context_of(node: Node) -> Context:
        return replace(_context(node, widths, True, key, axes), weight=weight)

    nodes = _fused(network, end)
    for node in nodes:
        inputs = [values[name] for name in node.inputs]
        layer = network.layer(node)
        if isinstance(layer, DenseChain):  # of layers without a state
            here = costs if node is nodes[-1] else None
            values[node.name] = layer.through(params, inputs[0], context_of, here, taps)
            continue
        if isinstance(layer, ConvParts):
            values[node.name] = layer.through(params[node.owner], inputs, context_of)
            continue
        # A layer that is used twice goes on from what its first use has noted.
        own = {**params.get(node.owner, {}), **state.get(node.owner, {})}
        values[node.name], noted = layer.apply_training(own, *inputs, context=context_of(node))
        if noted:
            state[node.owner] = jax.lax.stop_gradient(noted)
    found = values[node.name]
    if costs is not None and found.ndim > 0:
        labels, rows, smoothing, classes = costs
        by_row = cross_entropy(found, labels, smoothing=smoothing, weights=classes)
        found = jnp.sum(by_row * rows)
    return found, state


def chain_of(network: Network, end: str) -> DenseChain | None:
    """The chain of dense layers that the network is up to this node; None if it is none."""
    return whole_chain(_fused(network, end)) if len(network.shapes()[end]) == 1 else None


def chained_owners(network: Network, end: str) -> list[str]:
    """Whose dense layers, of flat features, go on with another at one go, and are used once."""
    nodes, shapes = _until(network, end), network.shapes()
    chains = [n.layer for n in _fused(network, end) if isinstance(n.layer, DenseChain)]
    flat = [chain for chain in chains if len(shapes[chain.parts[0][0].name]) == 1]
    owners = [part[0].owner for chain in flat for part in chain.parts[:-1]]
    return [one for one in owners if sum(node.owner == one for node in nodes) == 1]


def chain_links(
    network: Network,
    chain: DenseChain,
    params: Params,
    key: Array,
    widths: Widths,
) -> tuple[list[DenseLink], Array | None]:
    """The layers of `chain_of` in training, and how many of its inputs are in use.

    Args:
        network: bound.
        chain: it is.
        params: its weights.
        key: two uint32 words that key the noise.
        widths: what a lane uses of a wider program.
    """

    def context_of(node: Node) -> Context:
        return _context(node, widths, True, key)

    return chain.links(params, context_of), context_of(chain.parts[0][0]).active_in


def _until(network: Network, end: str) -> tuple[Node, ...]:
    """The nodes up to and with that of this name."""
    names = [node.name for node in network.nodes]
    return network.nodes[: names.index(end) + 1]


def _fused(network: Network, end: str | None) -> list[Node]:
    """The same, with what can be one operation in one node; all up to the output if None."""
    end = network.output if end is None else end
    nodes = _until(network, end)
    return fuse(network, nodes, end) if network.input_shape else list(nodes)


def _context(
    node: Node,
    widths: Widths,
    training: bool,
    key: Array | None,
    axes: Mapping[str, int] = NO_AXES,
) -> Context:
    before = node.inputs[0]
    return Context(
        training=training,
        key=None if key is None else _node_key(key, node.name),
        mask=widths.masks.get(node.name),
        ranks=widths.ranks.get(node.name),
        active_in=widths.active.get(before),
        active_out=widths.active.get(node.name),
        members=widths.members.get(before, axes.get(before)),
    )


def _node_key(key: Array, name: str) -> Array:
    """The noise key of one node: the step's key with the node's name mixed in."""
    return key ^ jnp.asarray([zlib.crc32(name.encode()), 0], jnp.uint32)
