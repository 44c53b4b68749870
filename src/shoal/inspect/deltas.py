"""Backpropagation made visible: the delta of every layer for a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from matplotlib.figure import Figure

from shoal.drawn import Drawn
from shoal.inspect.canvas import new_figure, ridges
from shoal.inspect.subject import Subject
from shoal.model import Model
from shoal.network import INPUT, HostParams, Network, Params, forward_each
from shoal.short_repr import short_repr
from shoal.training.losses import Loss
from shoal.training.readout import Readout
from shoal.training.state import together, told_apart

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
    trained, kept = told_apart(network, jax.device_put(subject.params))

    def batch_error(
        weights: Params, shifts: dict[str, Array], some: Array, wanted: Array
    ) -> tuple[Array, dict[str, Array]]:
        h = forward_each(network, together(weights, kept), some, shifts=shifts, end=end)
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
