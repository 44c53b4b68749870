r"""Convolution of maps side by side, some of them twice as large as they were, as one operation.

On the way up of a U-shaped network a map is enlarged, put beside another, and filtered. The
filters' sums over the channels fall into those of the parts, so that the joined map need not be
there, nor the enlarged one: see `shoal.kernels.conv_upsampled`. Values and gradients stay the
same, but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.nn.fusion.readers import replaced
from shoal.nn.graph import INPUT, Node
from shoal.nn.layer import Context, Layer, Shape
from shoal.nn.layers import Concat, Conv, UpSample
from shoal.nn.network import Network


@dataclass(frozen=True, eq=False)
class ConvParts(Layer, registered=False):
    """A convolution, and what made its input out of several maps; made by `fuse_parts` alone.

    Attributes:
        conv: the convolution's node.
        parts: a node for each map, which reads it: the `UpSample` that enlarges it, or the
            convolution's own where it stays as it is.
    """

    kind: ClassVar[str] = "conv_parts"
    inputs: ClassVar[int | None] = None

    conv: Node
    parts: tuple[Node, ...]

    def out_shape(self, *shapes: Shape) -> Shape:
        """The convolution's."""
        layer = self.conv.layer
        assert isinstance(layer, Conv)
        maps = [
            part.layer.out_shape(shape) if isinstance(part.layer, UpSample) else shape
            for part, shape in zip(self.parts, shapes, strict=True)
        ]
        return layer.out_shape(Concat().out_shape(*maps))

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        """It has several contexts: see `through`."""
        raise NotImplementedError

    def through(
        self,
        params: Mapping[str, Array],
        inputs: Sequence[Array],
        context_of: Callable[[Node], Context],
    ) -> Array:
        """The map for a batch.

        Args:
            params: the convolution's.
            inputs: the maps.
            context_of: what each of its nodes is told.
        """
        layer, first, maps = self.conv.layer, 0, []
        assert isinstance(layer, Conv)
        out = context_of(self.conv).active_out
        bias = params.get("bias")
        for part, x in zip(self.parts, inputs, strict=True):
            own = {"weight": params["weight"][:, :, first : first + x.shape[-1]]}
            first += x.shape[-1]
            context = replace(context_of(part), active_out=out)
            if isinstance(part.layer, UpSample):
                maps.append(layer.upsampled(own, x, context=context))
                continue
            if bias is not None:
                own["bias"], bias = bias, None
            maps.append(layer.apply(own, x, context=context))
        assert bias is None, "one of them is as large as it was"
        return reduce(jnp.add, maps)


def fuse_parts(network: Network, nodes: Sequence[Node], only: Mapping[str, Node]) -> list[Node]:
    """The nodes, with one in place of each convolution that alone reads such maps.

    Args:
        network: that they are of; bound, its input shape known.
        nodes: in order.
        only: the only reader of a node, where it has but one.
    """
    shapes = network.shapes()
    shapes[INPUT] = network.input_shape  # type: ignore[assignment]  # known
    by_name = {node.name: node for node in nodes}
    made: dict[str, Node] = {}
    gone: set[str] = set()
    for node in nodes:
        joined = by_name.get(node.inputs[0])
        if not isinstance(node.layer, Conv) or joined is None or only.get(joined.name) is not node:
            continue
        if not isinstance(joined.layer, Concat) or not node.layer.may_be_upsampled(
            shapes[joined.name]
        ):
            continue
        large = [_doubles(by_name.get(name), only, joined, shapes) for name in joined.inputs]
        if not any(large) or all(large):
            continue
        parts = tuple(
            by_name[name] if doubled else replace(node, inputs=(name,))
            for name, doubled in zip(joined.inputs, large, strict=True)
        )
        sources = tuple(part.inputs[0] for part in parts)
        made[node.name] = Node(node.name, ConvParts(node, parts), sources, node.owner)
        gone |= {joined.name, *(part.name for part in parts if part.name != node.name)}
    return replaced(nodes, made, gone)


def _doubles(
    node: Node | None, only: Mapping[str, Node], reader: Node, shapes: Mapping[str, Shape]
) -> bool:
    """Whether a node repeats each cell of a map twice in both directions, for this reader alone."""
    if node is None or only.get(node.name) is not reader or not isinstance(node.layer, UpSample):
        return False
    *small, _ = shapes[node.inputs[0]]
    *large, _ = shapes[node.name]
    return node.layer.method == "nearest" and large == [2 * n for n in small]
