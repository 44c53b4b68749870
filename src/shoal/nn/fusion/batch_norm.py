"""Batch normalization, max pooling and rectifier as one operation, where nothing reads between.

Each of them by itself goes through the whole map, forward and back. As one,
`shoal.kernels.batch_norm` writes only the output of the last. Values and gradients stay the
same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import jax
from jax import Array

from shoal.kernels import LARGEST_WINDOW
from shoal.nn.fusion.readers import replaced
from shoal.nn.graph import INPUT, Node
from shoal.nn.layer import Context, Layer, Shape
from shoal.nn.layers import BatchNorm, MaxPool, Relu
from shoal.nn.network import Network


@dataclass(frozen=True, eq=False)
class NormMax(Layer, registered=False):
    """A batch normalization, what pools it and what rectifies that; made by `fuse_norms` alone.

    Attributes:
        norm: first.
        pool: with windows that fill the map, if there is one.
        rectified: whether a rectifier comes last.
    """

    kind: ClassVar[str] = "norm_max"

    norm: BatchNorm
    pool: MaxPool | None
    rectified: bool

    def out_shape(self, *shapes: Shape) -> Shape:
        """The map's, or that of its windows."""
        return shapes[0] if self.pool is None else self.pool.out_shape(*shapes)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        """The three, one after another."""
        if context.training:
            return self.apply_training(params, *inputs, context=context)[0]
        h = self.norm.apply(params, *inputs, context=context)
        if self.pool is not None:
            h = self.pool.apply({}, h, context=context)
        return jax.nn.relu(h) if self.rectified else h

    def apply_training(
        self, params: Mapping[str, Array], *inputs: Array, context: Context
    ) -> tuple[Array, dict[str, Array]]:
        """What is left for a batch, and what the normalization keeps."""
        window = (1, 1) if self.pool is None else self.pool.slide(inputs[0].shape[1:]).window
        return self.norm.under_windows(
            params, inputs[0], (window[0], window[1]), rectified=self.rectified, context=context
        )


def fuse_norms(
    network: Network,
    nodes: Sequence[Node],
    only: Mapping[str, Node],
    members: Collection[str] = (),
) -> list[Node]:
    """The nodes, with one in place of each batch normalization and what alone reads it.

    Args:
        network: that they are of; bound, its input shape known.
        nodes: in order.
        only: the only reader of a node, where it has but one.
        members: nodes with an axis of members, which are no maps.
    """
    shapes = network.shapes()
    shapes[INPUT] = network.input_shape  # type: ignore[assignment]  # known
    made: dict[str, Node] = {}
    gone: set[str] = set()
    for node in nodes:
        if not isinstance(node.layer, BatchNorm):
            continue
        last, pool = node, None
        after = only.get(node.name)
        if after is not None and node.name not in members and fills(after.layer, shapes[node.name]):
            assert isinstance(after.layer, MaxPool)
            last, pool = after, after.layer
        after = only.get(last.name)
        rectified = after is not None and isinstance(after.layer, Relu)
        if after is not None and rectified:
            last = after
        if last is node:
            continue
        layer = NormMax(node.layer, pool, rectified)
        made[last.name] = Node(last.name, layer, node.inputs, node.owner)
        gone |= {node.name, *({only[node.name].name} if pool else ())} - {last.name}
    return replaced(nodes, made, gone)


def fills(layer: object, shape: Shape) -> bool:
    """Whether it is a max pooling of such a map whose windows fill it, side by side."""
    if not isinstance(layer, MaxPool) or len(shape) != 3:
        return False
    slide = layer.slide(shape)
    high, wide = slide.window
    tiled = slide.window == slide.stride and not any(n for pads in slide.padding for n in pads)
    whole = shape[0] % high == 0 and shape[1] % wide == 0
    return tiled and whole and 1 < high * wide <= LARGEST_WINDOW
