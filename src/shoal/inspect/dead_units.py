"""Units that do nothing: their output never changes and no gradient passes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from matplotlib.figure import Figure

from shoal.drawn import Drawn
from shoal.errors import NetworkError
from shoal.inspect.canvas import AMOUNT, INK, new_figure, picture
from shoal.inspect.subject import Subject
from shoal.model import Model
from shoal.network import (
    Activation,
    HostParams,
    LogSoftmax,
    Network,
    Node,
    Params,
    Softmax,
    forward_each,
)
from shoal.short_repr import short_repr
from shoal.training.scoring_batch import scoring_batch


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
