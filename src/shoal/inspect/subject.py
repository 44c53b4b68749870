"""What is looked at, and what all figures of it have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from shoal.data import Dataset, Preprocessing
from shoal.errors import DataError, ModelError, NetworkError, RecipeError
from shoal.losses import Loss
from shoal.models.model import Model
from shoal.models.parameters import expected_tensors, flat_tensors
from shoal.nn import HostParams, Network, Node, forward_each, initialize
from shoal.utils.figures import Figure

INK = "#14252d"
SOFT = "#506069"
LINE = "#dfe4e2"
COLORS = ("#0b7285", "#c2410c", "#7a5195", "#2f7d4f", "#b8923f", "#46566b", "#a63d57", "#6aa3ad")
"""One for each curve or class, in turn."""

AMOUNT = LinearSegmentedColormap.from_list("amount", ["#ffffff", "#8ec3cb", "#0b7285", "#08303a"])
SIGNED = LinearSegmentedColormap.from_list("signed", ["#0b5a85", "#ffffff", "#c2410c"])
"""White is zero."""


def color(number: int) -> str:
    """The color of the curve or class of this number."""
    return COLORS[number % len(COLORS)]


def new_figure(width: float, height: float) -> Figure:
    """A figure of this size in inches, bound to no window."""
    return Figure(figsize=(width, height), dpi=120, layout="constrained", facecolor="white")


def plain(axes: Axes) -> Axes:
    """Axes without a box around them."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(SOFT)
    axes.tick_params(colors=SOFT, labelsize=9)
    return axes


def picture(axes: Axes, values: np.ndarray, limits: tuple[float, float], colors: Any) -> Any:
    """A matrix as a picture, or three channels as its colors; no ticks."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_color(LINE)
    return axes.imshow(values, cmap=colors, vmin=limits[0], vmax=limits[1], interpolation="nearest")


def ridges(
    axes: Axes, names: Sequence[str], edges: Sequence[np.ndarray], counts: Sequence[np.ndarray]
) -> None:
    """Histograms one below the other, each as high as its row, the first on top."""
    for row, (bounds, many) in enumerate(zip(edges, counts, strict=True)):
        ground = len(names) - 1 - row
        height = 0.85 * many / max(many.max(), 1)
        axes.stairs(ground + height, bounds, baseline=ground, fill=True, color=color(0), alpha=0.75)
        axes.axhline(ground, color=LINE, linewidth=0.8, zorder=0)
    axes.set_yticks([len(names) - 0.7 - row for row in range(len(names))], names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.1, len(names))
    plain(axes).spines["left"].set_visible(False)


@dataclass(frozen=True, eq=False)
class Subject:
    """A network, its weights, and how inputs and targets come to it.

    Attributes:
        network: bound, its input shape known.
        params: its weights.
        loss: what it was, or would be, trained to make small; None if nobody said.
        preprocessing: what makes raw inputs the network's; None where they are already.
    """

    network: Network
    params: HostParams
    loss: Loss | None
    preprocessing: Preprocessing | None

    @classmethod
    def of(
        cls,
        model: Model | Network,
        x: Any,
        *,
        params: HostParams | None = None,
        loss: Loss | None = None,
        seed: int = 0,
    ) -> Subject:
        """What a look was called with.

        Args:
            model: a trained model, or a network without ranges.
            x: inputs, from which a network takes its input shape.
            params: a network's weights; left out, those with which training would begin.
            loss: a network's; a model has its recipe's.
            seed: of the weights with which training would begin.

        Raises:
            NetworkError: a network with ranges, or something that is no network.
            ModelError: weights that are not this network's, or beside a model.
        """
        if isinstance(model, Model):
            if params is not None or loss is not None:
                raise ModelError(
                    "a model brings its weights and its loss along",
                    received="params" if params is not None else "loss",
                    hint="Look at model.network to give others.",
                )
            known = model.recipe.loss
            assert isinstance(known, Loss), "a model has no ranges"
            return cls(model.network, model.params, known, model.preprocessing)
        network = _shaped(model, x)
        weights = _first_weights(network, seed, x) if params is None else params
        _check_params(network, weights)
        return cls(network, weights, loss, None)

    def inputs(self, x: Any) -> np.ndarray:
        """Inputs as the network takes them.

        Raises:
            DataError: inputs that do not fit.
        """
        if self.preprocessing is not None:
            inputs = self.preprocessing.transform(x)
            if inputs.shape[1:] != self.network.input_shape:
                raise DataError(
                    "a look inside takes pictures of the network's size",
                    expected=f"shape {('n', *(self.network.input_shape or ()))}",
                    received=f"shape {inputs.shape}",
                    hint="Cut a tile out of each, and out of its mask.",
                )
            return inputs
        found = np.asarray(x)
        if found.dtype.kind not in "iufb" or found.shape[1:] != self.network.input_shape:
            raise DataError(
                "a network alone takes inputs as they come to it",
                expected=f"numbers of shape {('n', *(self.network.input_shape or ()))}",
                received=f"{found.dtype} of shape {found.shape}",
            )
        return found.astype(np.float32)

    def targets(self, x: Any, y: Any) -> np.ndarray:
        """Targets as the loss takes them.

        Raises:
            DataError: none, or targets that do not fit.
        """
        if self.preprocessing is not None:
            task = self.preprocessing.task
            data = x if isinstance(x, Dataset) else Dataset.from_arrays(x, y, task=task)
            return self.preprocessing.transform_targets(data)
        if y is None:
            raise DataError("an error is told of inputs with targets", received="no targets")
        found = np.asarray(y)
        return found.astype(np.int32 if found.dtype.kind in "iub" else np.float32)

    def error(self) -> Loss:
        """The loss.

        Raises:
            RecipeError: nobody said which.
        """
        if self.loss is None:
            raise RecipeError(
                "gradients are those of a loss",
                received="a network alone",
                hint="Say which: loss=shoal.losses.CrossEntropy().",
            )
        return self.loss

    def outputs(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """What each node gives for prepared inputs, by name, the input's included."""
        run = jax.jit(lambda params, batch: forward_each(self.network, params, batch))
        return {name: np.asarray(h) for name, h in run(self.params, x).items()}

    def nodes(self, names: Sequence[str] | None, usual: Sequence[Node]) -> list[Node]:
        """The nodes of these names, or the usual ones.

        Raises:
            NetworkError: no node of such a name.
        """
        if names is None:
            return list(usual)
        known = {node.name: node for node in self.network.nodes}
        for name in names:
            if name not in known:
                raise NetworkError(
                    "a layer is called by its name in the network",
                    expected=", ".join(known),
                    received=repr(name),
                )
        return [known[name] for name in names]


def _first_weights(network: Network, seed: int, x: Any) -> HostParams:
    """The weights with which training on these inputs would begin."""
    return initialize(network, seed, lambda: np.asarray(x, np.float32))


def _shaped(network: Any, x: Any) -> Network:
    if not isinstance(network, Network):
        raise NetworkError(
            "what is looked at is a model or a network",
            received=f"{type(network).__name__} {network!r}",
        )
    if network.is_family():
        raise NetworkError(
            "a network that is looked at has no ranges",
            received="a family",
            hint="Look at study.best_model, or write numbers for the ranges.",
        )
    return network if network.input_shape is not None else network.with_input(np.shape(x)[1:])


def _check_params(network: Network, params: HostParams) -> None:
    expected = expected_tensors(network)
    received = {name: np.shape(array) for name, array in flat_tensors(params).items()}
    if expected != received:
        raise ModelError("weights are those of the network", expected=expected, received=received)
