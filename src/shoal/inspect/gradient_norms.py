"""How large gradients are from the first layer to the last: where they vanish or explode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from shoal.drawn import Drawn
from shoal.inspect.canvas import LINE, color, new_figure, plain
from shoal.inspect.deltas import deltas_of
from shoal.inspect.subject import Subject
from shoal.model import Model
from shoal.network import HostParams, Network
from shoal.short_repr import short_repr
from shoal.training.losses import Loss
from shoal.wording import shortened

NAMED, LONGEST_NAME, LETTERS = 12, 20, 60
"""Layers that are named on the axis, letters of a name, and letters of all that stand level."""


@dataclass(frozen=True, eq=False)
class GradientNorms(Drawn):
    """Norms by depth: entry i is the layer with weights that comes i-th.

    Attributes:
        layers: names of the layers with a weight matrix, the first one first.
        gradients: ‖∂E/∂W‖ of each, the root of the sum of squares.
        deltas: ‖δ‖ of each, likewise, over the whole batch.
        weights: ‖W‖ of each.
    """

    __repr__ = short_repr

    layers: tuple[str, ...]
    gradients: np.ndarray
    deltas: np.ndarray
    weights: np.ndarray

    @property
    def decay(self) -> float:
        """The factor by which the gradient's norm falls from the last layer to the first."""
        return float(self.gradients[0] / self.gradients[-1])

    def figure(
        self, others: Mapping[str, GradientNorms] | None = None, *, label: str = "this network"
    ) -> Figure:
        """The norms by depth on a logarithmic axis.

        Args:
            others: networks to compare it with, by what to call them.
            label: what to call this one beside them.
        """
        figure = new_figure(7.0, 4.2)
        axes = plain(figure.subplots())
        curves = {label: self, **(others or {})}
        for number, (name, norms) in enumerate(curves.items()):
            depth = np.arange(1, len(norms.layers) + 1)
            # A norm of zero has no place on the axis, and leaves a gap.
            size = np.where(norms.gradients > 0, norms.gradients, np.nan)
            axes.plot(depth, size, "o-", color=color(number), label=name, linewidth=1.8)
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        # Whole decades: what differs by a tenth looks like it.
        axes.set_ylim(10.0 ** np.floor(np.log10(low)), 10.0 ** np.ceil(np.log10(high)))
        if len(self.layers) <= NAMED and all(n.layers == self.layers for n in curves.values()):
            names = [shortened(name, LONGEST_NAME) for name in self.layers]
            turned = sum(map(len, names)) > LETTERS
            axes.set_xticks(
                range(1, len(names) + 1), names, rotation=30 if turned else 0,
                ha="right" if turned else "center",
            )  # fmt: skip
        else:
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y", color=LINE)
        axes.set_xlabel("layer with weights, from the input to the output")
        axes.set_ylabel("‖∂E/∂W‖")
        axes.set_title("Gradients by depth", loc="left", fontsize=11)
        if others:
            axes.legend(frameon=False)
        return figure


def gradient_norms(
    model: Model | Network,
    x: Any,
    y: Any = None,
    *,
    params: HostParams | None = None,
    loss: Loss | None = None,
    seed: int = 0,
) -> GradientNorms:
    r"""The norms of ∂E/∂W by depth, for a batch.

    .. math:: \Big\lVert \frac{\partial E}{\partial W_i} \Big\rVert
        = \sqrt{\sum_{j,k} \Big( \frac{\partial E}{\partial W_{i,jk}} \Big)^2}

    Each sigmoid multiplies a delta by at most 1/4 on its way back, so that the
    first of many layers hardly learn: the vanishing gradient. A rectifier
    multiplies by 0 or 1.

    Args:
        model: a trained model, or a network without ranges.
        x: the batch, as `deltas` takes it.
        y: targets; not needed beside a data set.
        params: a network's weights; left out, those with which training would begin.
        loss: a network's.
        seed: of the weights with which training would begin.

    Raises:
        DataError, NetworkError, ModelError, RecipeError: as `deltas`.

    Source: Hochreiter, *Untersuchungen zu dynamischen neuronalen Netzen* (1991);
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward
    neural networks", AISTATS 2010, section 4.2.
    """
    subject = Subject.of(model, x, params=params, loss=loss, seed=seed)
    found = deltas_of(subject, x, y)
    of_use: dict[str, list[np.ndarray]] = {}
    for node in subject.network.nodes:
        if "weight" in found.gradients.get(node.owner, {}) and node.name in found.deltas:
            of_use.setdefault(node.owner, []).append(found.deltas[node.name])
    return GradientNorms(
        tuple(of_use),
        np.array([_norm(found.gradients[owner]["weight"]) for owner in of_use]),
        np.array([_norm(*uses) for uses in of_use.values()]),
        np.array([_norm(subject.params[owner]["weight"]) for owner in of_use]),
    )


def _norm(*arrays: np.ndarray) -> float:
    return float(np.sqrt(sum(np.sum(np.square(array.astype(np.float64))) for array in arrays)))
