"""Networks: immutable directed acyclic graphs of named layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

from shoal.errors import NetworkError
from shoal.nn.budget import check_layers, check_outputs, check_parameters, layer_count
from shoal.nn.graph import (
    INPUT,
    Input,
    Node,
    Symbol,
    check_adapting,
    check_graph,
    flattened,
    in_order,
    name_nodes,
    without_empty_sharing,
)
from shoal.nn.layer import Layer, ParamSpec, Shape, checked_shape
from shoal.nn.repeat import without_closed_repeats
from shoal.registry import LAYERS, Component, Registry
from shoal.space import Choice, Decoder, Role, Space, encode

if TYPE_CHECKING:
    from shoal.nn.drawing import Drawing
    from shoal.nn.equations import Equations


@dataclass(frozen=True, eq=False, init=False)
class Network(Component):
    """A directed acyclic graph of named layers, in an order in which it can be computed.

    Made from the symbol of its output::

        x = Input((28, 28, 1))
        h = relu(Conv(16)(x))
        network = Network(Dense(10)(Flatten()(h)))

    or with `Sequential`. It is immutable; written with ranges it is a family.

    Args:
        output: the symbol whose value is the network's output.

    Raises:
        NetworkError: no input or several, two layers of one name, too many layers, or shapes
            that do not fit or are too large (as soon as the input's shape is known).
    """

    registry: ClassVar[Registry] = LAYERS
    kind: ClassVar[str] = "network"

    nodes: tuple[Node, ...]
    output: str
    input_shape: Shape | None

    def __init__(self, output: Symbol) -> None:
        order = in_order(output)
        inputs = [symbol for symbol in order if isinstance(symbol, Input)]
        if len(inputs) != 1:
            raise NetworkError("a network has one input", received=f"{len(inputs)} inputs")
        if output.layer is None:
            raise NetworkError("a network has at least one layer", received="its input alone")
        symbols = [(symbol, symbol.layer) for symbol in order if symbol.layer is not None]
        named = name_nodes([layer for _, layer in symbols])
        names: dict[int, str] = {id(inputs[0]): INPUT}
        nodes: list[Node] = []
        for (symbol, layer), (name, shares) in zip(symbols, named, strict=True):
            names[id(symbol)] = name
            parents = tuple(names[id(parent)] for parent in symbol.parents)
            nodes.append(Node(name, layer, parents, shares))
        self._fill(tuple(nodes), names[id(output)], inputs[0].shape)

    def _fill(self, nodes: tuple[Node, ...], output: str, input_shape: Shape | None) -> None:
        check_layers(layer_count(node.layer for node in nodes))
        nodes, output = without_closed_repeats(nodes, output)
        if not nodes:
            raise NetworkError("a network has at least one layer", received="its input alone")
        check_adapting(nodes)
        object.__setattr__(self, "nodes", tuple(without_empty_sharing(node) for node in nodes))
        object.__setattr__(self, "output", output)
        object.__setattr__(self, "input_shape", input_shape)
        if input_shape is not None and not self.is_family():
            self.param_specs()

    @classmethod
    def from_nodes(
        cls, nodes: tuple[Node, ...], output: str, input_shape: Shape | None = None
    ) -> Network:
        """A network from nodes that are already named and in order.

        Raises:
            NetworkError: the nodes make no graph (see `check_graph`), or shapes
                that do not fit.
        """
        check_graph(nodes, output)
        made = object.__new__(cls)
        made._fill(nodes, output, None if input_shape is None else checked_shape(input_shape))
        return made

    def __call__(self, symbol: Symbol) -> Symbol:
        """The network as a block of another graph: its layers called on the symbol."""
        symbols = {INPUT: symbol}
        layers = {node.name: node.layer for node in self.nodes}
        for node in self.nodes:
            parents = tuple(symbols[name] for name in node.inputs)
            symbols[node.name] = Symbol(layers[node.owner], parents)
        return symbols[self.output]

    # --- as a family ---------------------------------------------------------------

    def space_parts(self) -> Iterator[tuple[str, Any, Role]]:
        """The layers by name: what `Space` walks through."""
        for node in self.nodes:
            yield node.name, node.layer, Role.STATIC

    def space_rebuild(self, parts: Mapping[str, Any]) -> Network:
        """The same graph with these layers replaced; a chosen block is put in its place."""
        replaced = [replace(n, layer=parts.get(n.name, n.layer)) for n in self.nodes]

        def blocks_of(layer: Any) -> list[Network] | None:
            return [] if layer is None else [layer] if isinstance(layer, Network) else None

        nodes, output = flattened(replaced, self.output, blocks_of)
        return Network.from_nodes(nodes, output, self.input_shape)

    def is_family(self) -> bool:
        """Whether any range stands in it."""
        return len(Space(self)) > 0

    # --- shapes ----------------------------------------------------------------------

    def with_input(self, shape: Shape) -> Network:
        """The same network for inputs of this shape.

        Raises:
            NetworkError: it was written for another shape, or the shape does not fit.
        """
        shape = checked_shape(shape)
        if self.input_shape is not None and self.input_shape != shape:
            raise NetworkError(
                "the data have the shape that the network's input names",
                where=INPUT,
                expected=f"shape {self.input_shape}",
                received=f"shape {shape}",
            )
        return type(self).from_nodes(self.nodes, self.output, shape)

    def shapes(self) -> dict[str, Shape]:
        """Shape of every node's output for one example, by name, the input's included.

        Raises:
            NetworkError: naming the layer, what it expected and what it received.
        """
        if self.input_shape is None:
            raise NetworkError(
                "shapes are known once the input's shape is",
                where=INPUT,
                hint="Give input_shape=… or call network.with_input(shape).",
            )
        return dict(self._shapes)

    @cached_property
    def _shapes(self) -> dict[str, Shape]:
        """See `shapes`: asked for again and again while lanes are filled."""
        assert self.input_shape is not None
        shapes: dict[str, Shape] = {INPUT: self.input_shape}
        for node in self.nodes:
            try:
                shapes[node.name] = self.layer(node).out_shape(*(shapes[n] for n in node.inputs))
            except NetworkError as error:
                raise error.at(f"layer {node.name}") from None
            check_outputs({node.name: shapes[node.name]})  # or sizes grow from layer to layer
        check_outputs(shapes)
        return shapes

    @property
    def output_shape(self) -> Shape:
        """Shape of the output for one example."""
        return self.shapes()[self.output]

    def layer(self, node: Node) -> Layer:
        """The node's layer.

        Raises:
            NetworkError: it is still a choice among several.
        """
        if isinstance(node.layer, Choice):
            raise NetworkError(
                "a layer is chosen before the network is built",
                where=f"layer {node.name}",
                received="a Choice",
            )
        return node.layer

    def param_specs(self) -> dict[str, dict[str, ParamSpec]]:
        """Parameters by owner and name.

        Raises:
            NetworkError: nodes that share parameters take inputs of different sizes.
        """
        self.shapes()  # which tells what is wrong with them first
        return dict(self._param_specs)

    @cached_property
    def _param_specs(self) -> dict[str, dict[str, ParamSpec]]:
        """See `param_specs`."""
        shapes = self._shapes
        specs: dict[str, dict[str, ParamSpec]] = {}
        for node in self.nodes:
            own = self.layer(node).param_specs(*(shapes[name] for name in node.inputs))
            if own and specs.setdefault(node.owner, own) != own:
                raise NetworkError(
                    "uses of one layer take inputs of one size",
                    where=f"layer {node.name}",
                    expected={k: v.shape for k, v in specs[node.owner].items()},
                    received={k: v.shape for k, v in own.items()},
                )
        check_parameters(specs)
        return specs

    def trained_specs(self) -> dict[str, dict[str, ParamSpec]]:
        """Those of `param_specs` that the optimizer changes; the others are state."""
        trained = {
            owner: {name: spec for name, spec in specs.items() if spec.trained}
            for owner, specs in self.param_specs().items()
        }
        return {owner: specs for owner, specs in trained.items() if specs}

    def parameter_count(self) -> int:
        """Number of trainable numbers."""
        return sum(prod(p.shape) for specs in self.trained_specs().values() for p in specs.values())

    # --- text --------------------------------------------------------------------------

    def __str__(self) -> str:
        from shoal.nn.summary import table

        return table(self)

    def __repr__(self) -> str:
        from shoal.nn.summary import in_short

        return f"{type(self).__name__}({in_short(self)})"

    def _repr_svg_(self) -> str:
        return self.draw().svg

    def equations(self) -> Equations:
        """The network as equations with shapes: prints as text, ``.latex`` for documents.

        h₁, h₂, … are the layers' outputs, a₁ the net input of the units whose
        activation is h₁, o the network's output. Ranges stand as ranges.
        """
        from shoal.nn.equations import equations

        return equations(self)

    def draw(self) -> Drawing:
        """The graph as a picture: SVG that a notebook shows and ``save(path)`` writes."""
        from shoal.nn.drawing import draw

        return draw(self)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, read back by `network_from_json`."""
        data: dict[str, Any] = encode(self, Space(self))
        return data

    def to_json_with(self, space: Space | None) -> dict[str, Any]:
        """JSON with ranges named as in the space."""
        return {
            "kind": self.kind,
            "input_shape": None if self.input_shape is None else list(self.input_shape),
            "nodes": [
                {
                    "name": node.name,
                    "layer": encode(node.layer, space),
                    "inputs": list(node.inputs),
                    **({"shares": node.shares} if node.shares else {}),
                }
                for node in self.nodes
            ],
            "output": self.output,
        }

    @classmethod
    def from_json_with(cls, decoder: Decoder, data: Mapping[str, Any], path: str) -> Network:
        """Read back by a decoder (see `shoal.space.codec`)."""
        from shoal.nn.reading import network_from_decoder

        return network_from_decoder(decoder, data, path)


class Sequential(Network):
    """Layers one after another.

    Args:
        *layers: layers, other networks (put in place), or a `Choice` among
            layers, blocks and None (nothing); one after another, or as one list.
        input_shape: shape of one example; left out, it is taken from the data.

    Raises:
        NetworkError: something that is no layer, no layers at all, or shapes
            that do not fit.
    """

    kind: ClassVar[str] = "sequential"

    def __init__(self, *layers: Any, input_shape: Shape | None = None) -> None:
        symbol: Symbol = Input(input_shape)
        one_list = len(layers) == 1 and isinstance(layers[0], list | tuple)
        for layer in layers[0] if one_list else layers:
            symbol = _appended(symbol, layer)
        super().__init__(symbol)


def _appended(symbol: Symbol, layer: Any) -> Symbol:
    if isinstance(layer, Network):
        return layer(symbol)
    if isinstance(layer, Layer | Choice):
        return Symbol(layer, (symbol,))
    raise NetworkError(
        "Sequential is made of layers",
        expected="layers such as Dense(10), activations such as relu, or a Choice of them",
        received=layer.__name__ if isinstance(layer, type) else f"{type(layer).__name__} {layer!r}",
        hint=_advice(layer),
    )


def _advice(layer: Any) -> str | None:
    """What to write instead, where that can be told."""
    if isinstance(layer, type) and issubclass(layer, Layer):
        return f"{layer.__name__} is a kind of layer; one of it is written {layer.__name__}(…)."
    if isinstance(layer, Symbol):
        return "The result of calling layers is a graph: Network(result)."
    if isinstance(layer, list | tuple):
        return "Layers stand one after another, or in one list: none of them is a list itself."
    if isinstance(layer, str):
        return "A layer is written without quotes, such as shoal.relu."
    return None
