"""What units give: histograms of activations, and units that do nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from matplotlib.figure import Figure

from shoal.engine.predictor import scoring_batch
from shoal.errors import NetworkError
from shoal.inspect.subject import AMOUNT, INK, Subject, new_figure, picture, ridges
from shoal.models.model import Model
from shoal.nn import (
    Activation,
    HostParams,
    LogSoftmax,
    Network,
    Node,
    Parametric,
    Params,
    Softmax,
    forward_each,
)
from shoal.utils.has_figure import Drawn
from shoal.utils.text import short_repr


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


@dataclass(frozen=True, eq=False)
class DeadUnits(Drawn):
    """How often each unit is at work, by layer.

    Attributes:
        active: for each unit (channel) of an activation, by layer, the share of
            examples and places at which a gradient passes it: (units,).
        dead: whether its output is one and the same for all of them, and no
            gradient passes anywhere: (units,).
    """

    __repr__ = short_repr

    active: Mapping[str, np.ndarray]
    dead: Mapping[str, np.ndarray]

    @property
    def count(self) -> int:
        """How many units are dead, in all layers."""
        return sum(int(dead.sum()) for dead in self.dead.values())

    def figure(self) -> Figure:
        """A row for each layer: its units from the busiest to the idlest."""
        figure = new_figure(7.5, 0.9 + 0.62 * len(self.active))
        rows = figure.subplots(len(self.active), squeeze=False)[:, 0]
        for axes, (name, share) in zip(rows, self.active.items(), strict=True):
            drawn = picture(axes, np.sort(share)[np.newaxis, ::-1], (0.0, 1.0), AMOUNT)
            axes.set_aspect("auto")
            dead = int(self.dead[name].sum())
            axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9, color=INK)
            axes.text(
                1.02, 0.5, f"{dead} of {len(share)} dead", transform=axes.transAxes, va="center",
                fontsize=9, color=INK,
            )  # fmt: skip
        figure.colorbar(
            drawn, ax=list(rows), location="bottom", shrink=0.6, aspect=40,
            label="share of the examples at which a gradient passes the unit",
        )  # fmt: skip
        return figure


def dead_units(
    model: Model | Network,
    x: Any,
    *,
    layers: Sequence[str] | None = None,
    params: HostParams | None = None,
    seed: int = 0,
) -> DeadUnits:
    """The units of activations that do nothing for any of the examples.

    A rectifier is dead if its net input is negative for all examples: it gives 0,
    its derivative is 0, and no training on these examples brings it back. A unit
    that is stuck at another value (a hard sigmoid at 1) is dead as well; one that
    still switches is not, even where it has no derivative, as a Heaviside step.

    Args:
        model: a trained model, or a network without ranges.
        x: examples, best the whole training split: a data set or raw inputs for a
            model; inputs as the network takes them for a network.
        layers: names of activations; left out, all that work on each number by itself.
        params: a network's weights; left out, those with which training would begin.
        seed: of the weights with which training would begin.

    Raises:
        DataError: inputs that do not fit.
        NetworkError: a layer that is no such activation, or see `Subject.of`.

    Source: Lu et al., "Dying ReLU and initialization", Communications in
    Computational Physics 28 (2020).
    """
    subject = Subject.of(model, x, params=params, seed=seed)
    usual = [node for node in subject.network.nodes if _by_itself(node)]
    wanted = subject.nodes(layers, usual)
    _check(wanted)
    inputs = subject.inputs(x)
    tally = jax.jit(lambda weights, some: _tally(subject.network, wanted, weights, some))
    size = scoring_batch(inputs.shape[1:])
    parts = [tally(subject.params, inputs[i : i + size]) for i in range(0, len(inputs), size)]
    active, dead = {}, {}
    for node in wanted:
        seen = [[np.asarray(number) for number in part[node.name]] for part in parts]
        passing, all_of_them, least, most = (list(each) for each in zip(*seen, strict=True))
        active[node.name] = np.sum(passing, axis=0) / np.sum(all_of_them)
        stuck = np.min(least, axis=0) == np.max(most, axis=0)
        dead[node.name] = stuck & (active[node.name] == 0)
    return DeadUnits(active, dead)


def _tally(
    network: Network, wanted: Sequence[Node], params: Params, x: Array
) -> dict[str, tuple[Array, Array, Array, Array]]:
    """Of each unit: where a gradient passes, how many places there are, least and most output."""
    values = forward_each(network, params, x)
    told = {}
    for node in wanted:
        layer = node.layer
        assert isinstance(layer, Activation)
        net = values[node.inputs[0]]
        _, slope = jax.jvp(layer.function, (net,), (jnp.ones_like(net),))
        flat = slope.reshape(-1, slope.shape[-1])
        h = values[node.name].reshape(flat.shape)
        places = jnp.asarray(flat.shape[0], jnp.float32)
        passing = jnp.sum((flat != 0).astype(jnp.float32), axis=0)
        told[node.name] = (passing, places, h.min(axis=0), h.max(axis=0))
    return told


def _by_itself(node: Node) -> bool:
    return isinstance(node.layer, Activation) and not isinstance(node.layer, Softmax | LogSoftmax)


def _check(nodes: Sequence[Node]) -> None:
    wrong = next((node for node in nodes if not _by_itself(node)), None)
    if wrong is not None or not nodes:
        raise NetworkError(
            "dead units are those of activations that work on each number by itself",
            expected="layers such as relu or sigmoid",
            received="none" if wrong is None else f"{wrong.name}, {type(wrong.layer).__name__}",
        )
