"""What the weights of a layer look for, as pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from shoal.drawn import Drawn
from shoal.errors import NetworkError
from shoal.inspect.canvas import SIGNED, new_figure, picture
from shoal.model import Model
from shoal.network import INPUT, Conv, Dense, DepthwiseConv, Flatten, HostParams, Network, Node
from shoal.short_repr import short_repr
from shoal.wording import plural

_MOST = 64
"""Pictures in one figure."""

_ROW = 8
"""Pictures side by side."""


@dataclass(frozen=True, eq=False)
class Filters(Drawn):
    """One picture for each unit or filter.

    Attributes:
        layer: whose weights they are.
        weights: of shape (filters, height, width, channels of the input).
    """

    __repr__ = short_repr

    layer: str
    weights: np.ndarray

    def figure(self) -> Figure:
        """The first 64, of several input channels the mean over them; white is zero.

        Filters of three channels are drawn as colors: gray is zero.
        """
        count = min(len(self.weights), _MOST)
        columns = min(_ROW, count)
        rows = -(-count // columns)
        figure = new_figure(0.95 * columns, 0.95 * rows + 0.35)
        grid = figure.subplots(rows, columns, squeeze=False).ravel()
        limit = float(np.abs(self.weights[:count]).max()) or 1.0
        for axes, weights in zip(grid, self.weights, strict=False):
            if weights.shape[-1] == 3:
                picture(axes, 0.5 + 0.5 * weights / limit, (0.0, 1.0), None)
            else:
                picture(axes, weights.mean(axis=-1), (-limit, limit), SIGNED)
        for axes in grid[count:]:
            axes.set_axis_off()
        more = f", the first {count}" if count < len(self.weights) else ""
        signs = "" if self.weights.shape[-1] == 3 else " (blue below zero, orange above)"
        title = f"{self.layer}: {plural(len(self.weights), 'filter')}{more}"
        title += signs if columns == _ROW else ""
        figure.suptitle(title, x=0.02, ha="left", fontsize=11)
        return figure


def filters(
    model: Model | Network, layer: str | None = None, *, params: HostParams | None = None
) -> Filters:
    """The filters of a convolution, or what each unit of a Dense layer sees of a picture.

    Args:
        model: a trained model, or a network without ranges.
        layer: name of a convolution of pictures or lines, or of a Dense layer on the
            flattened input; left out, the first that is one.
        params: a network's weights.

    Raises:
        NetworkError: there is no such layer, or its weights are no pictures.
    """
    network = model.network if isinstance(model, Model) else model
    weights = model.params if isinstance(model, Model) else params
    if weights is None:
        raise NetworkError("filters are made of weights", received="a network alone",
                           hint="Give params=…, or look at a model.")  # fmt: skip
    shown = [node for node in network.nodes if _kernel_shape(network, node) is not None]
    named = [node for node in shown if layer in (None, node.name)]
    if not named:
        raise NetworkError(
            "filters are those of a convolution, or of a Dense layer on the picture itself",
            expected=", ".join(node.name for node in shown) or None,
            received=repr(layer) if layer else f"{len(network.nodes)} layers, none of which is one",
        )
    node = named[0]
    shape = _kernel_shape(network, node)
    assert shape is not None
    kernel = weights[node.owner]["weight"]
    return Filters(node.name, np.moveaxis(kernel.reshape(*shape, -1), -1, 0))


def _kernel_shape(network: Network, node: Node) -> tuple[int, int, int] | None:
    """Height, width and channels of a layer's filters; None where they are no pictures."""
    shapes = network.shapes()
    if isinstance(node.layer, Conv | DepthwiseConv):
        shape = node.layer.param_specs(shapes[node.inputs[0]])["weight"].shape[:-1]
    elif isinstance(node.layer, Dense) and _sees_input(network, node.inputs[0]):
        shape = shapes[INPUT]
    else:
        return None
    if len(shape) == 2:  # a line is a picture of one row
        return (1, *shape)
    return (shape[0], shape[1], shape[2]) if len(shape) == 3 else None


def _sees_input(network: Network, name: str) -> bool:
    """Whether a node gives the numbers of the network's input in their order."""
    by_name = {node.name: node for node in network.nodes}
    while name in by_name and isinstance(by_name[name].layer, Flatten):
        name = by_name[name].inputs[0]
    return name == INPUT and len(network.shapes()[INPUT]) > 1
