"""Repeat: a block several times in a row, how many times being searched."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from jax import Array

from shoal.errors import NetworkError
from shoal.nn.budget import check_layers, layer_count
from shoal.nn.graph import Node, flattened
from shoal.nn.layer import Context, Layer, Shape, check_field, whole_number
from shoal.space import (
    Choice,
    Composite,
    Conditional,
    Int,
    Role,
    copied,
    has_ranges,
    host,
    is_range,
    static,
)

if TYPE_CHECKING:
    from shoal.nn.network import Network


MOST_OWN = 256
"""Copies with hyperparameters of their own, each of which counts at some depths only."""


@dataclass(frozen=True, eq=False)
class Repeat(Layer):
    r"""A block applied several times in a row, each time with weights of its own.

    .. math:: h_0 = x, \qquad h_i = \mathrm{block}_i(h_{i-1}), \quad i = 1, \dots, \text{times}

    While ``times`` or a choice of layers in the block is open, this is one node
    of the graph; once they are known the copies take its place, under the names
    ``repeat_1.1.dense_1``, ``repeat_1.2.dense_1``, … What the first copy gives
    must be something that the next can take.

    Each depth has a program of its own. A lane could as well skip copies of the
    deepest network, but only where a block keeps its input's shape, and it would
    pay for the copies that it skips: the kernels leave masked work out, XLA's
    element-wise operations between them do not.

    The block's hyperparameters are shared by all copies, so that a range in it is
    one hyperparameter whatever the depth. With ``own=True`` each copy has its
    own (``repeat_1.2.dense_1.units``), which counts only in networks deep enough to
    have that copy; a range with a name is still one for all.

    Args:
        block: a network, a layer, or a choice among them.
        times: number of copies, from 0 (nothing at all); may be a range.
        own: whether each copy has hyperparameters of its own.
        copies: the blocks one by one, where each has its own hyperparameters;
            made from the block, and written to files.

    Raises:
        NetworkError: something that is no block, or a number of times that is
            no whole number, or more layers than a network may have.
    """

    kind: ClassVar[str] = "repeat"
    formula: ClassVar[str] = (
        r"@h = \operatorname{block}_{@times}(\dots \operatorname{block}_{1}(@x))"
    )
    letters: ClassVar[Mapping[str, str]] = {"times": "T"}

    block: Any = static()
    times: int | Int | Choice = static()
    own: bool = host(False)
    copies: tuple[Network, ...] = static(())

    def __post_init__(self) -> None:
        check_field(self.times, "times", least=0)
        if not isinstance(self.own, bool):
            raise NetworkError("own is True or False", received=repr(self.own))
        object.__setattr__(self, "block", _as_block(self.block))
        check_layers(self.layer_count)
        if self.own and is_range(self.times) and self.most > MOST_OWN:
            raise NetworkError(
                "copies with hyperparameters of their own are few where their number is searched",
                expected=f"times up to {MOST_OWN}",
                received=self.most,
            )
        if self.own and not self.copies:
            more = [copied(self.block) for _ in range(1, self.most)]
            object.__setattr__(self, "copies", (self.block, *more)[: self.most])

    @property
    def most(self) -> int:
        """The largest number of copies."""
        if isinstance(self.times, Choice):
            return max(self.numbers)
        return int(self.times.high if isinstance(self.times, Int) else self.times)

    @property
    def layer_count(self) -> int:
        """Number of layers of the deepest network that it can become."""
        return self.most * layer_count(node.layer for node in self.block.nodes)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Every number of copies that there may be."""
        if isinstance(self.times, Choice):
            return tuple(int(option) for option in self.times.options)
        if isinstance(self.times, Int):
            return tuple(range(int(self.times.low), int(self.times.high) + 1))
        return (int(self.times),)

    # --- as a part of a family --------------------------------------------------------

    def space_parts(self) -> Iterator[tuple[str, Any, Role]]:
        """How many times, and the block or its copies: what `Space` walks through."""
        yield "times", self.times, Role.STATIC
        if not self.own:
            yield "block", self.block, Role.STATIC
        for number, block in enumerate(self.copies, start=1):
            deep = tuple(n for n in self.numbers if n >= number)
            if isinstance(self.times, Int | Choice) and deep != self.numbers:
                yield str(number), Conditional(self.times, deep, block), Role.STATIC
            else:
                yield str(number), block, Role.STATIC

    def space_rebuild(self, parts: Mapping[str, Any]) -> Repeat:
        """The same with these parts replaced; copies beyond the depth are gone."""
        numbered = enumerate(self.copies, start=1)
        copies = tuple(parts.get(str(number), block) for number, block in numbered)
        left = tuple(block for block in copies if block is not None)
        return replace(
            self,
            block=parts.get("block", left[0] if left else self.block),
            times=parts.get("times", self.times),
            copies=left,
        )

    def blocks(self) -> list[Network]:
        """The block of each copy, its layers this copy's own."""
        times = whole_number(self.times, "times", least=0)
        blocks = self.copies[:times] if self.own else (self.block,) * times
        return [_fresh(block) for block in blocks]

    # --- as a layer -------------------------------------------------------------------

    @property
    def has_parameters(self) -> bool:
        """Its copies may have some."""
        return True

    def out_shape(self, *shapes: Shape) -> Shape:
        """Not known before the copies stand in its place.

        Raises:
            NetworkError: always.
        """
        whole_number(self.times, "times", least=0)
        raise NetworkError("the layers of a block are chosen before the network is built")

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        """Never called: in a bound network the copies stand in its place."""
        raise NotImplementedError

    def describe(self) -> str:
        """The layers of the block, and how many times."""
        inside = ", ".join(_described(node.layer) for node in self.block.nodes)
        own = ", own=True" if self.own else ""
        return f"Repeat({inside}; times={_number(self.times)}{own})"


def _described(layer: Layer | Choice) -> str:
    if isinstance(layer, Choice):
        return " | ".join(str(label) for label in layer.labels())
    return layer.describe()


def _number(times: int | Int | Choice) -> str:
    if isinstance(times, Choice):
        return " | ".join(str(option) for option in times.options)
    return f"{times.low}…{times.high}" if isinstance(times, Int) else str(times)


def _as_block(block: Any) -> Any:
    """A network as it is, a layer or a choice as a network of that one."""
    from shoal.nn.network import Sequential

    if isinstance(block, Layer | Choice):
        return Sequential(block)
    if isinstance(block, Composite) and hasattr(block, "nodes"):
        return block
    raise NetworkError(
        "a Repeat repeats a block",
        expected="for example Repeat(Sequential(Dense(8), relu), times=Int(1, 4))",
        received=f"{type(block).__name__} {block!r}",
    )


def _fresh(block: Network) -> Network:
    """The block with layers of its own, so that copies are not taken for uses of one layer."""
    own = {node.owner: copy.copy(node.layer) for node in block.nodes if not node.shares}
    nodes = tuple(replace(node, layer=own[node.owner]) for node in block.nodes)
    return type(block).from_nodes(nodes, block.output)


def _decided(repeat: Repeat) -> bool:
    """Whether the number of copies and the kinds of their layers are known."""
    if is_range(repeat.times):
        return False
    nodes = [node for block in (repeat.block, *repeat.copies) for node in block.nodes]
    return all(
        _decided(node.layer) if isinstance(node.layer, Repeat) else isinstance(node.layer, Layer)
        for node in nodes
    )


def without_closed_repeats(nodes: tuple[Node, ...], output: str) -> tuple[tuple[Node, ...], str]:
    """The nodes with the copies of each block in its place where no range is left in it."""
    return flattened(
        nodes,
        output,
        lambda layer: (
            layer.blocks() if isinstance(layer, Repeat) and not has_ranges(layer) else None
        ),
    )


def unrolled(network: Network) -> Network:
    """The network with the copies of each block in its place, wherever that is decided."""

    def chain(layer: Any) -> list[Network] | None:
        if not (isinstance(layer, Repeat) and _decided(layer)):
            return None
        return [unrolled(block) for block in layer.blocks()]

    nodes, output = flattened(network.nodes, network.output, chain)
    if len(nodes) == len(network.nodes) and output == network.output:
        return network
    return type(network).from_nodes(nodes, output, network.input_shape)
