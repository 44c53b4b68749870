"""What the layers give: histograms of activations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from shoal.drawn import Drawn
from shoal.inspect.canvas import new_figure, ridges
from shoal.inspect.subject import Subject
from shoal.model import Model
from shoal.network import Activation, HostParams, Network, Parametric
from shoal.short_repr import short_repr


@dataclass(frozen=True, eq=False)
class Histogram:
    """How one layer's outputs are spread over a batch.

    Attributes:
        layer: its name.
        edges: of the bins, one more than there are bins.
        counts: numbers in each bin.
        mean, deviation: of all its outputs.
        zeros: share of its outputs that are exactly 0.
    """

    __repr__ = short_repr

    layer: str
    edges: np.ndarray
    counts: np.ndarray
    mean: float
    deviation: float
    zeros: float


@dataclass(frozen=True, eq=False)
class Activations(Drawn):
    """Histograms by layer, in the network's order."""

    __repr__ = short_repr

    histograms: tuple[Histogram, ...]

    def figure(self) -> Figure:
        """The histograms one below the other, the first layer on top."""
        figure = new_figure(7.5, 1.2 + 0.5 * len(self.histograms))
        axes = figure.subplots()
        names = [f"{one.layer}  ({one.zeros:.0%} zero)" if one.zeros else one.layer
                 for one in self.histograms]  # fmt: skip
        edges = [one.edges for one in self.histograms]
        # Exact zeros would outgrow everything else, and are told in words.
        ridges(axes, names, edges, [_without_zeros(one) for one in self.histograms])
        axes.set_xlabel("output")
        axes.set_title("Activations of a batch", loc="left", fontsize=11)
        return figure


def activations(
    model: Model | Network,
    x: Any,
    *,
    layers: Sequence[str] | None = None,
    bins: int = 60,
    params: HostParams | None = None,
    seed: int = 0,
) -> Activations:
    """Histograms of what the layers give for a batch.

    Saturated sigmoids crowd at 0 and 1, rectifiers that are never on at 0.

    Args:
        model: a trained model, or a network without ranges.
        x: the batch: a data set or raw inputs for a model; inputs as the network
            takes them for a network.
        layers: names of those to look at; left out, the activations, or all layers
            where there are none.
        bins: of each histogram, over the layer's own span.
        params: a network's weights; left out, those with which training would begin.
        seed: of the weights with which training would begin.

    Raises:
        DataError: inputs that do not fit.
        NetworkError: a name that no layer has, or see `Subject.of`.
    """
    subject = Subject.of(model, x, params=params, seed=seed)
    nodes = subject.network.nodes
    usual = [node for node in nodes if isinstance(node.layer, Activation | Parametric)] or nodes
    wanted = subject.nodes(layers, usual)
    outputs = subject.outputs(subject.inputs(x))
    return Activations(tuple(_histogram(n.name, outputs[n.name], bins) for n in wanted))


def _histogram(layer: str, values: np.ndarray, bins: int) -> Histogram:
    known = values[np.isfinite(values)].astype(np.float64)
    counts, edges = np.histogram(known, bins)
    return Histogram(
        layer, edges, counts, float(known.mean()), float(known.std()), float(np.mean(known == 0))
    )


def _without_zeros(histogram: Histogram) -> np.ndarray:
    counts = histogram.counts.copy()
    inside = int(np.searchsorted(histogram.edges, 0.0, side="right")) - 1
    if histogram.zeros:
        at = min(inside, len(counts) - 1)
        counts[at] = max(counts[at] - round(histogram.zeros * counts.sum()), 0)
    return counts
