"""Fully connected layers, their rectifiers and their dropout as one operation.

The products of a multilayer perceptron are small. As much time as in them goes into writing and
reading what lies between two layers, and into handing small pieces of work to other threads.
`shoal.kernels.dense_chain` takes a lane through all layers at once. Values and gradients stay
the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from jax import Array

from shoal.kernels import DenseLink, GradientHooks, LabelCosts, chain_cost
from shoal.kernels.dense_chain import dense_chain
from shoal.nn.fusion.readers import replaced
from shoal.nn.graph import Node
from shoal.nn.layer import Context, Layer, Shape, exactly
from shoal.nn.layers import Dense, Dropout, Relu
from shoal.space import Choice

NO_TAPS: Mapping[str, GradientHooks] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class DenseChain(Layer, registered=False):
    """Dense layers and what follows each; made by `fuse_dense` alone.

    Attributes:
        parts: for each Dense layer its node, and those of the rectifier and the
            dropout after it, in either order.
    """

    kind: ClassVar[str] = "dense_chain"

    parts: tuple[tuple[Node, ...], ...]

    def out_shape(self, *shapes: Shape) -> Shape:
        """The last product's."""
        last = self.parts[-1][0].layer
        assert isinstance(last, Dense)
        return last.out_shape(*shapes)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        """It has parameters of several owners: see `through`."""
        raise NotImplementedError

    def links(
        self,
        params: Mapping[str, Mapping[str, Array]],
        context_of: Callable[[Node], Context],
        taps: Mapping[str, GradientHooks] = NO_TAPS,
    ) -> list[DenseLink]:
        """Its layers as the kernels take them."""
        return [
            _link(part, params, context_of)._replace(taps=taps.get(part[0].owner))
            for part in self.parts
        ]

    def through(
        self,
        params: Mapping[str, Mapping[str, Array]],
        x: Array,
        context_of: Callable[[Node], Context],
        costs: LabelCosts | None = None,
        taps: Mapping[str, GradientHooks] = NO_TAPS,
    ) -> Array:
        """The last output for a batch, or what it costs.

        Args:
            params: the network's, by owner and name.
            x: inputs of shape (batch, K), or rows of shape (batch, length, K).
            context_of: what each of its nodes is told.
            costs: see `shoal.kernels.chain_cost`.
            taps: of some of its layers, by owner.
        """
        links = self.links(params, context_of, taps)
        active_in = context_of(self.parts[0][0]).active_in
        if x.ndim > 2:  # of a row, each place is an example of its own
            rows = dense_chain(x.reshape(-1, x.shape[-1]), links, active_in=active_in)
            return rows.reshape(*x.shape[:-1], -1)
        if costs is not None:
            return chain_cost(x, links, costs, active_in=active_in)
        return dense_chain(x, links, active_in=active_in)


def _link(
    part: tuple[Node, ...],
    params: Mapping[str, Mapping[str, Array]],
    context_of: Callable[[Node], Context],
) -> DenseLink:
    own = params[part[0].owner]
    drops = [
        node.layer.drop(context_of(node), own["weight"])
        for node in part
        if exactly(node.layer, Dropout)
    ]
    return DenseLink(
        own["weight"],
        own.get("bias"),
        rectified=len(part) > 1,
        drop=drops[0] if drops else None,
        active=context_of(part[0]).active_out,
    )


def fuse_dense(
    nodes: Sequence[Node], only: Mapping[str, Node], members: Collection[str] = ()
) -> list[Node]:
    """The nodes, with one in place of each chain of Dense layers, rectifiers and dropout.

    Args:
        nodes: in order.
        only: the only reader of a node, where it has but one.
        members: nodes with an axis of members, whose noise is not keyed by the row alone.
    """
    made: dict[str, Node] = {}
    gone: set[str] = set()
    for node in nodes:
        if node.name in gone or not _plain(node.layer):
            continue
        parts = [_part(node, only, members)]
        while (after := only.get(parts[-1][-1].name)) and _plain(after.layer):
            parts.append(_part(after, only, members))
        names = [each.name for part in parts for each in part]
        if len(names) > 1 or node is nodes[-1]:  # at the end, what it costs may be part of it
            made[names[-1]] = Node(names[-1], DenseChain(tuple(parts)), node.inputs)
            gone |= set(names)
    return replaced(nodes, made, gone)


def _part(node: Node, only: Mapping[str, Node], members: Collection[str]) -> tuple[Node, ...]:
    """A Dense layer's node, and those that go on with its output in the same operation.

    The zeros of a rectifier tell where its gradient is cut off, and those of the
    dropout beside it likewise; dropout by itself would have to draw its noise anew.
    """
    kinds: tuple[type[Layer], ...] = (Relu,) if node.name in members else (Relu, Dropout)
    after = _following(node, only, *kinds)
    last = _following(after, only, *kinds) if after else None
    if after and last and type(after.layer) is not type(last.layer):
        return node, after, last
    return (node, after) if after and exactly(after.layer, Relu) else (node,)


def _following(node: Node, only: Mapping[str, Node], *kinds: type[Layer]) -> Node | None:
    after = only.get(node.name)
    return after if after is not None and type(after.layer) in kinds else None


def _plain(layer: Layer | Choice) -> bool:
    """Whether it is a Dense layer whose product goes on as it is."""
    return exactly(layer, Dense) and not layer.scaled
