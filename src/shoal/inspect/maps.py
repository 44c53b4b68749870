"""What the layers make of one picture, and what their weights look for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from shoal.data import Dataset
from shoal.errors import NetworkError
from shoal.inspect.subject import AMOUNT, SIGNED, Subject, new_figure, picture
from shoal.models.model import Model
from shoal.nn import (
    INPUT,
    Activation,
    Conv,
    Dense,
    DepthwiseConv,
    Flatten,
    HostParams,
    Network,
    Node,
    Parametric,
)
from shoal.utils.has_figure import Drawn
from shoal.utils.text import plural, short_repr

_MOST = 8
"""Maps of a layer in one figure."""


@dataclass(frozen=True, eq=False)
class FeatureMaps(Drawn):
    """Maps of one example.

    Attributes:
        image: the example as the network takes it, (height, width, channels).
        maps: by layer, (height, width, channels).
    """

    __repr__ = short_repr

    image: np.ndarray
    maps: Mapping[str, np.ndarray]

    def figure(self) -> Figure:
        """A row for each layer with its first eight maps; white is zero."""
        columns = 1 + min(_MOST, max(maps.shape[-1] for maps in self.maps.values()))
        figure = new_figure(1.05 * columns, 1.2 * len(self.maps) + 0.2)
        grid = figure.subplots(len(self.maps), columns, squeeze=False)
        for axes in grid.ravel():
            axes.set_axis_off()
        for number, (row, (name, maps)) in enumerate(zip(grid, self.maps.items(), strict=True)):
            if number == 0:
                row[0].set_axis_on()
                shades = self.image if self.image.shape[-1] == 3 else self.image.mean(axis=-1)
                low, high = float(shades.min()), float(shades.max())
                picture(row[0], (shades - low) / ((high - low) or 1.0), (0.0, 1.0), "gray")
                row[0].set_title("input", fontsize=8)
            signed = float(maps.min()) < 0
            limit = float(np.abs(maps).max()) or 1.0
            limits = (-limit, limit) if signed else (0.0, limit)
            for axes, channel in zip(row[1:], np.moveaxis(maps, -1, 0), strict=False):
                axes.set_axis_on()
                picture(axes, channel, limits, SIGNED if signed else AMOUNT)
            size = "×".join(map(str, maps.shape))
            row[1].set_title(f"{name}, {size}", fontsize=8, loc="left")
        return figure


def feature_maps(
    model: Model | Network,
    x: Any,
    *,
    layers: Sequence[str] | None = None,
    params: HostParams | None = None,
    seed: int = 0,
) -> FeatureMaps:
    """What the layers give for one picture, as pictures.

    Args:
        model: a trained model, or a network without ranges.
        x: pictures, as a data set or an array (n, height, width, channels); the
            first is looked at.
        layers: names of those to look at; left out, the activations whose outputs
            are maps, or all layers whose outputs are where there are none.
        params: a network's weights; left out, those with which training would begin.
        seed: of the weights with which training would begin.

    Raises:
        DataError: inputs that do not fit.
        NetworkError: a layer whose output is no map, or see `Subject.of`.
    """
    subject = Subject.of(model, x, params=params, seed=seed)
    shapes = subject.network.shapes()
    of_maps = [node for node in subject.network.nodes if len(shapes[node.name]) == 3]
    active = [node for node in of_maps if isinstance(node.layer, Activation | Parametric)]
    wanted = subject.nodes(layers, active or of_maps)
    others = [node.name for node in wanted if len(shapes[node.name]) != 3]
    if others or not wanted or len(shapes[INPUT]) != 3:
        raise NetworkError(
            "feature maps have a height, a width and channels",
            expected=", ".join(node.name for node in of_maps) or None,
            received=", ".join(others) or f"an input of shape {shapes[INPUT]}",
        )
    first = subject.inputs((x.x if isinstance(x, Dataset) else np.asarray(x))[:1])
    outputs = subject.outputs(first)
    return FeatureMaps(first[0], {node.name: outputs[node.name][0] for node in wanted})


_MOST_FILTERS = 64
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
        count = min(len(self.weights), _MOST_FILTERS)
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
