"""Backpropagation made visible: the delta of every layer, and how large gradients are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from shoal.engine.readout import Readout
from shoal.engine.train_state import combine, partition
from shoal.inspect.subject import LINE, Subject, color, new_figure, plain, ridges
from shoal.losses import Loss
from shoal.models.model import Model
from shoal.nn import INPUT, HostParams, Network, Params, forward_each
from shoal.utils.has_figure import Drawn
from shoal.utils.text import short_repr, shortened

_BINS = 60


@dataclass(frozen=True, eq=False)
class Deltas(Drawn):
    """Deltas, and what they are made of and lead to.

    Attributes:
        loss: E, the mean error of the batch.
        outputs: h of each layer, by name, the input's included: ``(batch, *shape)``.
        deltas: δ = ∂E/∂h of each layer that the loss reads, by name: ``(batch, *shape)``.
        gradients: ∂E/∂W of each trained parameter, by layer and name.
    """

    __repr__ = short_repr

    loss: float
    outputs: Mapping[str, np.ndarray]
    deltas: Mapping[str, np.ndarray]
    gradients: HostParams

    def figure(self) -> Figure:
        """How large the deltas of each layer are, as histograms of their magnitudes."""
        figure = new_figure(7.5, 1.2 + 0.5 * len(self.deltas))
        axes = figure.subplots()
        sizes = [_magnitudes(delta) for delta in self.deltas.values()]
        known = np.concatenate(sizes)
        low, high = (known.min(), known.max()) if known.size else (-1.0, 0.0)
        edges = np.linspace(low, max(high, low + 1e-3), _BINS + 1)
        counts = [np.histogram(size, edges)[0] for size in sizes]
        names = [
            f"{name}  ({1 - size.size / max(delta.size, 1):.0%} zero)"
            if size.size < delta.size else name
            for (name, delta), size in zip(self.deltas.items(), sizes, strict=True)
        ]  # fmt: skip
        ridges(axes, names, [edges] * len(names), counts)
        axes.set_xlabel("log₁₀ |δ|, the first layer on top")
        axes.set_title(f"Deltas of a batch, E = {self.loss:.4g}", loc="left", fontsize=11)
        return figure


def deltas(
    model: Model | Network,
    x: Any,
    y: Any = None,
    *,
    params: HostParams | None = None,
    loss: Loss | None = None,
    seed: int = 0,
) -> Deltas:
    r"""The delta of every layer for a batch, and the gradients that follow from them.

    .. math:: \delta_i = \frac{\partial E}{\partial h_i}, \qquad
        \delta_{i-1} = \delta_i \frac{\partial h_i}{\partial h_{i-1}}, \qquad
        \frac{\partial E}{\partial W_i} = \delta_i \frac{\partial h_i}{\partial W_i}

    h_i is the output of node i. Before an activation that is what a course calls
    the net input of its units, so that of a chain of Dense layers and activations
    the deltas of the Dense layers are the course's, and ∂E/∂W is δ times the layer's
    input, summed over the batch. E is the mean of the loss over the batch, as
    training has it; a final softmax that the loss contains has no delta of its
    own. Nothing random happens: dropout and augmentation are off, and
    BatchNorm uses its running statistics.

    Args:
        model: a trained model, or a network without ranges.
        x: the batch: a data set or raw inputs for a model; inputs as the network
            takes them for a network.
        y: targets; not needed beside a data set.
        params: a network's weights; left out, those with which training would begin.
        loss: a network's.
        seed: of the weights with which training would begin.

    Raises:
        DataError: inputs or targets that do not fit.
        NetworkError, ModelError, RecipeError: see `Subject.of` and `Subject.error`.
    """
    return deltas_of(Subject.of(model, x, params=params, loss=loss, seed=seed), x, y)


def deltas_of(subject: Subject, x: Any, y: Any) -> Deltas:
    """The same of what was made of a look's arguments already."""
    network, error = subject.network, subject.error()
    inputs, targets = subject.inputs(x), subject.targets(x, y)
    read = Readout.of(network, error, error.tasks[0])
    end = read.end
    trained, kept = partition(network, jax.device_put(subject.params))

    def batch_error(
        weights: Params, shifts: dict[str, Array], some: Array, wanted: Array
    ) -> tuple[Array, dict[str, Array]]:
        h = forward_each(network, combine(weights, kept), some, shifts=shifts, end=end)
        losses, counted = read.losses(h[end], wanted), read.counted(h[end], wanted)
        return jnp.sum(losses * counted) / jnp.maximum(jnp.sum(counted), 1.0), h

    names = [node.name for node in network.nodes]
    names = names[: names.index(end) + 1]
    shapes = network.shapes()
    shifts = {name: np.zeros((len(inputs), *shapes[name]), np.float32) for name in names}
    run = jax.jit(jax.value_and_grad(batch_error, argnums=(0, 1), has_aux=True))
    (value, h), (gradients, found) = run(trained, shifts, inputs, targets)
    return Deltas(
        float(value),
        {name: np.asarray(h[name]) for name in (INPUT, *names)},
        {name: np.asarray(found[name]) for name in names},
        {owner: {k: np.asarray(v) for k, v in own.items()} for owner, own in gradients.items()},
    )


def _magnitudes(delta: np.ndarray) -> np.ndarray:
    """The decimal logarithms of those that are not zero."""
    size = np.abs(delta[np.isfinite(delta) & (delta != 0)]).astype(np.float64)
    magnitudes: np.ndarray = np.log10(size)
    return magnitudes


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
