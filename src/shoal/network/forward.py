"""Computing a network: the one place where layers are applied, one after another."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import jax.numpy as jnp
from jax import Array

from shoal.network.layer import Context
from shoal.network.network import Network
from shoal.network.node import INPUT

Params = dict[str, dict[str, Array]]
"""Weights by owner (a layer's name) and parameter name."""


@dataclass(frozen=True)
class Widths:
    """How much of a program built for the widest network this lane uses.

    Attributes:
        masks: by node, 0/1 for each feature; absent where all lanes have all.
        ranks: by node, each feature's number among the unmasked ones.
        active: by node, how many leading features may be other than zero; absent
            where that is all of them.
    """

    masks: Mapping[str, Array] = field(default_factory=dict)
    ranks: Mapping[str, Array] = field(default_factory=dict)
    active: Mapping[str, Array] = field(default_factory=dict)


ALL = Widths()


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
    end = network.output if end is None else end
    values: dict[str, Array] = {INPUT: x}
    for node in network.nodes:
        context = Context(
            training=training,
            key=None if key is None else _node_key(key, node.name),
            mask=widths.masks.get(node.name),
            ranks=widths.ranks.get(node.name),
            active_in=widths.active.get(node.inputs[0]),
            active_out=widths.active.get(node.name),
        )
        inputs = (values[name] for name in node.inputs)
        values[node.name] = network.layer(node).apply(
            params.get(node.owner, {}), *inputs, context=context
        )
        if node.name == end:
            break
    return values[end]


def _node_key(key: Array, name: str) -> Array:
    """The noise key of one node: the step's key with the node's name mixed in."""
    return key ^ jnp.asarray([zlib.crc32(name.encode()), 0], jnp.uint32)
