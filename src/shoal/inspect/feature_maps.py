"""What the layers make of one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from shoal.data import Dataset
from shoal.drawn import Drawn
from shoal.errors import NetworkError
from shoal.inspect.canvas import AMOUNT, SIGNED, new_figure, picture
from shoal.inspect.subject import Subject
from shoal.model import Model
from shoal.network import INPUT, Activation, HostParams, Network, Parametric
from shoal.short_repr import short_repr

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
