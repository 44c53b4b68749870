"""A network's graph: its nodes, their names, and the rules that the graph keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shoal.errors import NetworkError
from shoal.nn.layer import Layer, Shape, checked_shape
from shoal.nn.layers import Activation
from shoal.registry import bare
from shoal.space import Choice, Composite

INPUT = "input"
"""The name by which nodes refer to the network's input."""


@dataclass(frozen=True, eq=False)
class Node:
    """One use of a layer.

    Attributes:
        name: unique in the network.
        layer: the layer, or a choice among layers and blocks while it is a family.
        inputs: names of the nodes whose outputs it takes, or ``input``.
        shares: name of the node whose parameters it uses; None if it has its own.
    """

    name: str
    layer: Layer | Choice
    inputs: tuple[str, ...]
    shares: str | None = None

    @property
    def owner(self) -> str:
        """The node under whose name its parameters are kept."""
        return self.shares or self.name


def check_graph(nodes: Sequence[Node], output: object) -> None:
    """Raise NetworkError unless the nodes, in this order, make a network.

    Names are unique, every layer takes what is there before it, as many inputs
    as it can, and leads to the output.
    """
    if not nodes:
        raise NetworkError("a network has at least one layer", received="its input alone")
    known: dict[str, Node] = {}
    for node in nodes:
        if node.name in known or node.name == INPUT:
            raise NetworkError(
                "a layer's name is unique, and not 'input'", received=repr(node.name)
            )
        check_inputs(node.layer, len(node.inputs), node.name)
        for name in node.inputs:
            if name not in known and name != INPUT:
                raise NetworkError(
                    "a layer takes its inputs from layers before it",
                    where=f"layer {node.name}",
                    received=repr(name),
                )
        if node.shares is not None:
            _check_shared(node, known)
        known[node.name] = node
    if not isinstance(output, str) or output not in known:
        raise NetworkError("the output is one of the layers", received=repr(output))
    _check_used(known, output)


def check_adapting(nodes: Sequence[Node]) -> None:
    """Raise NetworkError unless layers that look at the data stand directly on the input."""
    for node in nodes:
        options = node.layer.options if isinstance(node.layer, Choice) else (node.layer,)
        for layer in options:
            if isinstance(layer, Layer) and layer.adapts and node.inputs != (INPUT,):
                raise NetworkError(
                    "a layer that is fitted on the data stands directly on the network's input",
                    where=f"layer {node.name}",
                    expected=f"{type(layer).__name__} on the input itself",
                    received=f"on {', '.join(node.inputs)}",
                )


def check_inputs(layer: Layer | Choice, count: int, name: str) -> None:
    """Raise NetworkError unless the layer can take that many inputs."""
    if isinstance(layer, Choice):
        check_choice(layer, name)
    wanted = 1 if isinstance(layer, Choice) else layer.inputs
    if wanted is None and count > 0:
        return
    if wanted != count:
        raise NetworkError(
            "a layer takes a fixed number of inputs",
            where=f"layer {name}",
            expected="at least 1" if wanted is None else wanted,
            received=count,
            hint="Join several inputs with Concat() or Add()."
            if count
            else f"In a chain a layer such as {name} is written without calling it: {name}, "
            f"not {name}().",
        )


def check_choice(choice: Choice, name: str | None = None) -> None:
    """Raise NetworkError unless each option can stand in a layer's place."""
    for option in choice.options:
        if option is not None and not isinstance(option, Layer | Composite):
            raise NetworkError(
                "a choice in a network is among layers, blocks and None",
                where=None if name is None else f"layer {name}",
                received=f"{type(option).__name__} {option!r}",
            )


def _check_shared(node: Node, known: Mapping[str, Node]) -> None:
    owner = known.get(node.shares or "")
    if owner is None or owner.shares or type(owner.layer) is not type(node.layer):
        raise NetworkError(
            "a layer shares the parameters of a layer of its kind before it",
            where=f"layer {node.name}",
            received=repr(node.shares),
        )


def _check_used(known: Mapping[str, Node], output: str) -> None:
    used = {output}
    for node in reversed(list(known.values())):
        if node.name not in used:
            raise NetworkError(
                "every layer leads to the output",
                where=f"layer {node.name}",
                received=f"the output {output!r}, which does not depend on it",
            )
        used.update(node.inputs)


def without_empty_sharing(node: Node) -> Node:
    """The node, sharing nothing if its layer has no parameters."""
    if node.shares and isinstance(node.layer, Layer) and not node.layer.has_parameters:
        return replace(node, shares=None)
    return node


def flattened(
    nodes: Sequence[Node], output: str, blocks_of: Callable[[Any], Sequence[Any] | None]
) -> tuple[tuple[Node, ...], str]:
    """The nodes and the output's name, with blocks in a row in the place of some layers.

    Args:
        nodes: the graph.
        output: name of its output.
        blocks_of: for a layer, the blocks that take its place one after another
            (none: its input goes on as it is), or None where it stays.
    """
    made: list[Node] = []
    renamed: dict[str, str] = {}
    for node in nodes:
        inputs = tuple(renamed.get(name, name) for name in node.inputs)
        blocks = blocks_of(node.layer)
        if blocks is None:
            made.append(replace(node, inputs=inputs))
            continue
        for number, block in enumerate(blocks, start=1):
            # A block alone bears its node's name; copies are numbered below it.
            end = f".{number}" if isinstance(node.layer, Layer) else ""
            shares = f"{node.shares}{end}" if node.shares else None
            inner, last = inlined(node.name + end, block, inputs, shares)
            made.extend(inner)
            inputs = (last,)
        renamed[node.name] = inputs[0]
    return tuple(made), renamed.get(output, output)


def inlined(
    prefix: str, block: Any, inputs: tuple[str, ...], shares: str | None
) -> tuple[list[Node], str]:
    """A block's nodes under a prefix, and the name of its end.

    Args:
        prefix: name of the node in whose place the block stands.
        block: a network.
        inputs: the one input that the block takes.
        shares: prefix under which the same block stands already, whose
            parameters it uses.
    """

    def renamed(name: str) -> str:
        return inputs[0] if name == INPUT else f"{prefix}.{name}"

    def owner(node: Node) -> str | None:
        if shares is not None:
            return f"{shares}.{node.owner}"
        return renamed(node.shares) if node.shares else None

    nodes = [
        Node(renamed(node.name), node.layer, tuple(map(renamed, node.inputs)), owner(node))
        for node in block.nodes
    ]
    return nodes, renamed(block.output)


class Symbol:
    """The output of one node, before the graph is made into a network.

    Args:
        layer: the node's layer; None for the network's input.
        parents: the symbols that it takes.

    Raises:
        NetworkError: the layer takes another number of inputs, or something
            that is no symbol.
    """

    def __init__(self, layer: Layer | Choice | None, parents: tuple[Symbol, ...]) -> None:
        for parent in parents:
            if not isinstance(parent, Symbol):
                raise NetworkError(
                    "a layer is called on Input(...) or on the result of another layer",
                    where=getattr(layer, "kind", None),
                    received=f"{type(parent).__name__} {parent!r}",
                )
        if layer is not None:
            check_inputs(layer, len(parents), getattr(layer, "kind", "choice"))
        self.layer = layer
        self.parents = parents

    def __repr__(self) -> str:
        if self.layer is None:
            return f"Input({getattr(self, 'shape', None) or ''})"
        layer = getattr(self.layer, "describe", lambda: "a Choice")()
        return f"<output of {layer}>"

    def then(self, layer: Layer | Choice) -> Symbol:
        """A node that applies a layer, or the one that is chosen, to this one."""
        return Symbol(layer, (self,))


class Input(Symbol):
    """The network's input.

    Args:
        shape: shape of one example, ``(784,)`` or ``(28, 28, 1)``; left out, it
            is taken from the data.

    Raises:
        NetworkError: a shape with an axis below 1.
    """

    def __init__(self, shape: Shape | None = None) -> None:
        super().__init__(None, ())
        self.shape = None if shape is None else checked_shape(shape)


def in_order(output: Any) -> list[Symbol]:
    """Every symbol below the output, parents first, without recursion.

    Raises:
        NetworkError: the output is no symbol.
    """
    if not isinstance(output, Symbol):
        raise NetworkError(
            "a network is made from its output",
            expected="the result of calling a layer, as in Network(Dense(10)(Input((784,))))",
            received=f"{type(output).__name__} {output!r}",
            hint="A chain of layers is written Sequential(...).",
        )
    order: list[Symbol] = []
    seen: set[int] = set()
    stack: list[tuple[Symbol, bool]] = [(output, False)]
    while stack:
        symbol, ready = stack.pop()
        if ready:
            order.append(symbol)
        elif id(symbol) not in seen:
            seen.add(id(symbol))
            stack.append((symbol, True))
            stack.extend((parent, False) for parent in reversed(symbol.parents))
    return order


def name_nodes(layers: Sequence[Any]) -> list[tuple[str, str | None]]:
    """For each use of a layer its name, and the name whose parameters it shares.

    An activation shares nothing, so ``relu`` may stand anywhere.

    Raises:
        NetworkError: two layers have been given one name, or one a name that is
            no text.
    """
    kinds: Counter[str] = Counter()
    owners: dict[int, str] = {}
    uses: Counter[str] = Counter()
    named: list[tuple[str, str | None]] = []
    for layer in layers:
        if id(layer) in owners:
            owner = owners[id(layer)]
            uses[owner] += 1
            named.append((f"{owner}@{uses[owner] + 1}", owner))
            continue
        given = _given(layer)
        kind = _kind(layer)
        kinds[kind] += 1
        name = given or f"{kind}_{kinds[kind]}"
        if given or not isinstance(layer, Activation):
            owners[id(layer)] = name
        named.append((name, None))
    _check_unique([name for name, _ in named])
    return named


def _given(layer: Any) -> str | None:
    name = getattr(layer, "name", None)
    if name is not None and not (isinstance(name, str) and name):
        raise NetworkError("a layer's name is a text", received=repr(name))
    return name


def _kind(layer: Any) -> str:
    if isinstance(layer, Choice):
        return "activation" if all(isinstance(o, Activation) for o in layer.options) else "choice"
    return bare(layer.kind)


def _check_unique(names: list[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1 or name == "input":
            raise NetworkError(
                "a layer's name is unique, and not 'input'", received=f"{name!r}, {count} times"
            )
