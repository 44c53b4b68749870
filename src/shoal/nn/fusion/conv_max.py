"""Convolution, pooling and rectifier as one operation, where no other layer reads between.

The map of a convolution is by far the largest array of a step, and small convolutional networks
spend most of their time writing and reading it. Where only a max pooling with windows side by
side reads it, `shoal.kernels.conv_max` never writes it. Values and gradients stay the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from jax import Array

from shoal.kernels import LARGEST_WINDOW
from shoal.nn.fusion.readers import replaced
from shoal.nn.graph import INPUT, Node
from shoal.nn.layer import Context, Layer, Shape, exactly
from shoal.nn.layers import Conv, MaxPool, Relu
from shoal.nn.network import Network


@dataclass(frozen=True, eq=False)
class ConvMax(Layer, registered=False):
    """A convolution, what pools it and what rectifies that; made by `fuse_windows` alone."""

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


def fuse_windows(network: Network, nodes: Sequence[Node], only: Mapping[str, Node]) -> list[Node]:
    """The nodes, with one in place of each convolution that only a pooling reads.

    Args:
        network: that they are of; bound, its input shape known.
        nodes: in order.
        only: the only reader of a node, where it has but one.
    """
    shapes = network.shapes()
    shapes[INPUT] = network.input_shape  # type: ignore[assignment]  # known
    made: dict[str, Node] = {}
    gone: set[str] = set()
    for node in nodes:
        pool = only.get(node.name)
        if pool is None or not exactly(node.layer, Conv):
            continue
        window = _side_by_side(pool.layer, shapes[node.name])
        if window is None:
            continue
        after = only.get(pool.name)
        rectified = after is not None and exactly(after.layer, Relu)
        last = after if after is not None and rectified else pool
        layer = ConvMax(node.layer, window, rectified)
        made[last.name] = Node(last.name, layer, node.inputs, node.owner)
        gone |= {node.name, pool.name}
    return replaced(nodes, made, gone)


def _side_by_side(layer: object, shape: Shape) -> tuple[int, int] | None:
    """The window of a max pooling of such a map whose windows tile it, or None."""
    if not exactly(layer, MaxPool) or len(shape) != 3:
        return None
    slide = layer.slide(shape)
    tiled = slide.window == slide.stride and not any(n for pads in slide.padding for n in pads)
    if not tiled or slide.window[0] * slide.window[1] > LARGEST_WINDOW:
        return None
    return slide.window[0], slide.window[1]
