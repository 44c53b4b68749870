"""How a network's outputs are read: where the loss takes them, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array

from shoal.errors import RecipeError
from shoal.network import INPUT, Heaviside, Network, Sigmoid, Softmax
from shoal.training.losses import Loss
from shoal.training.losses.loss import TINY
from shoal.training.metrics.objective import measure_of


@dataclass(frozen=True)
class Readout:
    """What the outputs of a network mean to its loss.

    Attributes:
        loss: the network's.
        task: what is predicted.
        end: the node whose output the loss takes: before a final softmax or
            sigmoid that the loss contains itself, or before a perceptron's
            threshold; else the last.
        are_shares: whether these outputs are probabilities already.
    """

    loss: Loss
    task: str
    end: str
    are_shares: bool

    @classmethod
    def of(cls, network: Network, loss: Loss, task: str) -> Readout:
        """How this network is read."""
        last = next(node for node in network.nodes if node.name == network.output)
        end, are_shares = network.output, False
        if isinstance(last.layer, Softmax | Sigmoid) and last.inputs[0] != INPUT:
            single = network.output_shape[-1] == 1 or loss.one_by_one
            if loss.on_logits and isinstance(last.layer, Sigmoid if single else Softmax):
                end = last.inputs[0]
            else:
                classes = task in ("classification", "segmentation")
                are_shares = classes and isinstance(last.layer, Softmax)
        if isinstance(last.layer, Heaviside) and loss.on_threshold and last.inputs[0] != INPUT:
            end = last.inputs[0]
        return cls(loss, task, end, are_shares)

    @property
    def probabilities(self) -> bool:
        """Whether the softmax (of labels, the sigmoid) of what is read are probabilities."""
        return self.loss.probabilities or self.are_shares

    def check_metric(self, metric: str) -> None:
        """Raise RecipeError if a metric is of probabilities, and the loss gives none."""
        if measure_of(self.task, metric).probabilities and not self.probabilities:
            raise RecipeError(
                f"{metric} is of probabilities, which come from cross entropy or a final softmax",
                where="objective",
                received=f"{type(self.loss).__name__}, whose outputs are no probabilities",
                hint="Use losses.CrossEntropy(), or another objective.",
            )

    def __call__(self, outputs: Array) -> Array:
        """Scores of classes or labels, or values of targets: see `Loss.readout`."""
        if self.are_shares:
            outputs = jnp.log(jnp.maximum(outputs, TINY))
        return self.loss.readout(self.task, outputs)
