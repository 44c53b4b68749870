r"""Convolution, pooling and rectifier as one operation, where nothing else looks between.

The map of a convolution is by far the largest array of a step, and most of the
time of small convolutional networks goes into writing and reading it. Where only
a max pooling with windows side by side reads it, `shoal.kernels.conv_max` never
writes it. Values and gradients stay the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from jax import Array

from shoal.kernels import LARGEST_WINDOW
from shoal.network.layer import Context, Layer, Shape
from shoal.network.layers import Conv, MaxPool, Relu
from shoal.network.network import Network
from shoal.network.node import INPUT, Node


@dataclass(frozen=True, eq=False)
class ConvMax(Layer):
    """A convolution, what pools it and what rectifies that; made by `fuse` alone."""

    kind: ClassVar[str] = "conv_max"

    conv: Conv
    window: tuple[int, int]
    rectified: bool

    def out_shape(self, *shapes: Shape) -> Shape:
        """The convolution's, in windows; what does not fill one is left out."""
        high, wide, channels = self.conv.out_shape(*shapes)
        return high // self.window[0], wide // self.window[1], channels

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        """The maxima for a batch."""
        return self.conv.under_windows(
            params, inputs[0], self.window, rectified=self.rectified, context=context
        )


def fuse(network: Network, nodes: Sequence[Node], end: str) -> list[Node]:
    """The nodes, with one in place of each chain that can be a single operation.

    Args:
        network: that they are of; bound, its input shape known.
        nodes: in order, up to ``end``.
        end: name of the node whose output is wanted.
    """
    readers = Counter(name for node in network.nodes for name in node.inputs)
    shapes = network.shapes()
    shapes[INPUT] = network.input_shape  # type: ignore[assignment]  # known
    only_reader = {
        node.inputs[0]: node for node in nodes if readers[node.inputs[0]] == 1 and node.inputs
    }
    dropped: set[str] = set()
    fused: dict[str, Node] = {}
    for node in nodes:
        pool = only_reader.get(node.name)
        if pool is None or node.name == end or not isinstance(node.layer, Conv):
            continue
        window = _side_by_side(pool.layer, shapes[node.name])
        if window is None:
            continue
        after = only_reader.get(pool.name) if pool.name != end else None
        rectified = after is not None and isinstance(after.layer, Relu)
        last = after if after is not None and rectified else pool
        layer = ConvMax(node.layer, window, rectified)
        fused[last.name] = Node(last.name, layer, node.inputs, node.owner)
        dropped |= {node.name, pool.name}
    return [
        fused.get(node.name, node)
        for node in nodes
        if node.name in fused or node.name not in dropped
    ]


def _side_by_side(layer: object, shape: Shape) -> tuple[int, int] | None:
    """The window of a max pooling of such a map whose windows tile it, or None."""
    if not isinstance(layer, MaxPool) or len(shape) != 3:
        return None
    slide = layer.slide(shape)
    tiled = slide.window == slide.stride and not any(n for pads in slide.padding for n in pads)
    if not tiled or slide.window[0] * slide.window[1] > LARGEST_WINDOW:
        return None
    return slide.window[0], slide.window[1]
