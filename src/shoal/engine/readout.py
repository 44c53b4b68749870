"""How a network's outputs are read: where the loss takes them, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import jax.numpy as jnp
from jax import Array

from shoal.errors import RecipeError
from shoal.losses import Loss
from shoal.losses.loss import TINY, member_mean
from shoal.metrics.objective import measure_of
from shoal.nn import INPUT, Heaviside, MemberMean, Network, Sigmoid, Softmax, member_shares

ALL_MEMBERS: Mapping[str, Array] = MappingProxyType({})


@dataclass(frozen=True)
class Readout:
    """What the outputs of a network mean to its loss.

    Attributes:
        loss: the network's.
        task: what is predicted.
        end: the node whose output the loss takes: before a final softmax or
            sigmoid that the loss contains itself, before a perceptron's
            threshold, or before the mean of members; else the last.
        are_shares: whether these outputs are probabilities already.
        members: how many networks these outputs are of, of shape (batch, members, …);
            None for one, of shape (batch, …).
        used: how many of them a lane has; None: all.
    """

    loss: Loss
    task: str
    end: str
    are_shares: bool
    members: int | None = None
    used: Array | None = None

    @classmethod
    def of(
        cls, network: Network, loss: Loss, task: str, used: Mapping[str, Array] = ALL_MEMBERS
    ) -> Readout:
        """How this network is read.

        Args:
            network: bound.
            loss: its own.
            task: what is predicted.
            used: by node, how many members a lane has, where that is not all.
        """
        nodes = {node.name: node for node in network.nodes}
        last, members = nodes[network.output], None
        if isinstance(last.layer, MemberMean) and last.inputs[0] != INPUT:
            last = nodes[last.inputs[0]]
            members = network.shapes()[last.name][0]
        end, are_shares = last.name, False
        if isinstance(last.layer, Softmax | Sigmoid) and last.inputs[0] != INPUT:
            single = network.output_shape[-1] == 1 or loss.one_by_one
            if loss.on_logits and isinstance(last.layer, Sigmoid if single else Softmax):
                end = last.inputs[0]
            else:
                classes = task in ("classification", "segmentation")
                are_shares = classes and isinstance(last.layer, Softmax)
        if isinstance(last.layer, Heaviside) and loss.on_threshold and last.inputs[0] != INPUT:
            end = last.inputs[0]
        return cls(loss, task, end, are_shares, members, used.get(end))

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

    def losses(self, outputs: Array, targets: Array) -> Array:
        """What training minimizes, of each example: of members the mean of their losses."""
        if self.members is None:
            return self.loss.per_example(outputs, targets)
        batch, members = outputs.shape[:2]
        same = jnp.broadcast_to(targets[:, None], (batch, members, *targets.shape[1:]))
        found = self.loss.per_example(
            outputs.reshape(batch * members, *outputs.shape[2:]),
            same.reshape(batch * members, *targets.shape[1:]),
        )
        return member_mean(found.reshape(batch, members), self._shares)

    @property
    def _shares(self) -> Array:
        """How much each member counts, of shape (members,)."""
        assert self.members is not None
        return member_shares(self.members, self.members if self.used is None else self.used)

    def counted(self, outputs: Array, targets: Array) -> Array:
        """Whether the loss counts each example: see `Loss.counted`."""
        return self.loss.counted(outputs if self.members is None else outputs[:, 0], targets)

    def averaged(self, outputs: Array) -> Array:
        """The outputs that are judged and read: of members those of their ensemble."""
        if self.members is None:
            return outputs
        if self.are_shares:
            return member_mean(outputs, self._shares)
        return self.loss.averaged(outputs, self._shares)

    def __call__(self, outputs: Array) -> Array:
        """Scores of classes or labels, or values of targets, of what is `averaged`."""
        if self.are_shares:
            outputs = jnp.log(jnp.maximum(outputs, TINY))
        return self.loss.readout(self.task, outputs)
