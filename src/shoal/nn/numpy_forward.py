"""A network's prediction by NumPy: layer after layer, and nothing is compiled."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from shoal.nn import numpy_maps
from shoal.nn.graph import INPUT
from shoal.nn.network import Network
from shoal.nn.numpy_layers import FORWARD, Array, applied

__all__ = ["Array", "can_compute", "forward_by_numpy", "numpy_maps"]


def can_compute(network: Network) -> bool:
    """Whether every layer has a function here, those inside of others too."""
    layers = [network.layer(node) for node in network.nodes]
    inner = [getattr(layer, "activation", layer) for layer in layers]
    return all(type(layer) in FORWARD for layer in (*layers, *inner))


def forward_by_numpy(
    network: Network, params: Mapping[str, Mapping[str, Array]], x: Array, end: str
) -> Array:
    """The output of a node for a batch, as prediction has it.

    The numbers are those of `shoal.nn.forward.forward` but for the rounding of sums in
    another order.

    Args:
        network: bound, of layers that `can_compute` knows.
        params: its weights.
        x: inputs of shape (batch, *input_shape).
        end: name of the node whose output is wanted.
    """
    values: dict[str, Array] = {INPUT: x}
    with np.errstate(all="ignore"):  # what is infinite or no number is the answer, as in jax
        for node in network.nodes:
            inputs = (values[name] for name in node.inputs)
            values[node.name] = applied(network.layer(node), params.get(node.owner, {}), *inputs)
            if node.name == end:
                break
    return values[end]
