"""A network as the equations of a course: every layer's own, with shapes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shoal.nn.extent import Extent, extents_after
from shoal.nn.graph import INPUT, Node
from shoal.nn.latex import latex_to_unicode
from shoal.nn.layer import Layer, Shape, field_text
from shoal.nn.layers import Activation
from shoal.nn.network import Network
from shoal.nn.repeat import Repeat
from shoal.space import Choice


def numbers_of(nodes: Sequence[Node]) -> dict[str, int]:
    """The number of each node: an activation has that of the layer whose units it is of."""
    numbers: dict[str, int] = {}
    for node in nodes:
        before = _net_input(node, nodes)
        highest = max(numbers.values(), default=0)
        numbers[node.name] = highest + 1 if before is None else numbers[before]
    return numbers


def symbols_of(nodes: Sequence[Node], numbers: Mapping[str, str]) -> dict[str, str]:
    """H for outputs; a for what only an activation reads, the net input of its units."""
    nets = {_net_input(node, nodes) for node in nodes}
    return {
        node.name: f"{'a' if node.name in nets else 'h'}_{{{numbers[node.name]}}}" for node in nodes
    }


def _net_input(node: Node, nodes: Sequence[Node]) -> str | None:
    """The layer with parameters that only this activation reads, or None."""
    if not isinstance(node.layer, Activation):
        return None
    (name,) = node.inputs
    readers = sum(other.inputs.count(name) for other in nodes)
    before = next((other for other in nodes if other.name == name), None)
    learns = before is not None and isinstance(before.layer, Layer) and before.layer.has_parameters
    return name if learns and readers == 1 else None


PARAMETERS = {
    "weight": "W", "bias": "b", "scale": r"\gamma", "shift": r"\beta", "mean": r"\mu",
    "variance": r"\sigma^2", "frequency": r"\omega", "phase": r"\varphi",
    "alpha": r"\alpha", "scale_in": "r", "scale_out": "s", "edge": "c", "slope": "s",
}  # fmt: skip
"""What parameters are called."""

_OPTIONAL = re.compile(r"@\?([a-z_]+)\{([^}]*)\}")
_PLACEHOLDER = re.compile(r"@(=?)(xs\{([^}]*)\}|[a-z_]+)")


@dataclass(frozen=True)
class FormulaContext:
    """Where a layer stands: what its equation is written with.

    Attributes:
        name: the layer's.
        h: the symbol of its output.
        inputs: the symbols of its inputs.
        number: of its parameters.
        depth: how deep it stands in blocks.
    """

    name: str
    h: str
    inputs: tuple[str, ...]
    number: str
    depth: int


def filled(layer: Layer, place: FormulaContext) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The layer's formula, and by letter the values of the fields that it depends on.

    A field that the formula does not name is told only if it is not as usual.
    """
    used: list[str] = []

    def symbol(found: re.Match[str]) -> str:
        by_value, name, between = found.groups()
        if between is not None:
            return str(between).join(place.inputs)
        if name in ("h", "x"):
            return place.h if name == "h" else place.inputs[0]
        if by_value:
            return field_text(layer.told(name))
        if name in layer.letters:
            used.append(name)
            return layer.letters[name]
        return parameter_symbol(name, place.number)

    def present(found: re.Match[str]) -> str:
        return "" if layer.told(found[1]) is False else found[2]

    formula = _PLACEHOLDER.sub(symbol, _OPTIONAL.sub(present, _formula_of(layer)))
    return formula, (*_values(layer, used), *_open(layer, place))


def _formula_of(layer: Layer) -> str:
    """Its formula; of a layer without one, its name as that of a function."""
    name = type(layer).__name__
    return layer.formula or rf"@h = \operatorname{{{name}}}(@xs{{, }})"


def _values(layer: Layer, used: list[str]) -> list[tuple[str, str]]:
    defaults = {item.name: item.default for item in dataclasses.fields(layer)}
    return [
        (letter, field_text(layer.told(name)))
        for name, letter in layer.letters.items()
        if name in used or getattr(layer, name) is not defaults[name]
    ]


def _open(layer: Layer, place: FormulaContext) -> list[tuple[str, str]]:
    """Parameters of which is chosen whether there are any."""
    return [
        (parameter_symbol(_PLACEHOLDER.findall(part)[0][1], place.number), "there or not")
        for name, part in _OPTIONAL.findall(_formula_of(layer))
        if isinstance(layer.told(name), Choice)
    ]


def parameter_symbol(name: str, number: str) -> str:
    """A parameter's letter with the number of its layer."""
    letter = PARAMETERS.get(name, rf"\mathrm{{{name}}}")
    return f"{letter}_{{{number}}}"


Axes = tuple[str, ...]
"""A shape; an axis that differs within a family as a range, ``4…16``."""


@dataclass(frozen=True)
class Equation:
    """What one layer does, in LaTeX.

    Attributes:
        layer: its name.
        formula: the equation; empty for a line that only names what follows.
        shapes: of the output and of the layer's parameters, by symbol.
        values: of the numbers in the formula, or their ranges, by letter.
        depth: 0 in the network itself, more in a block of it.
    """

    layer: str
    formula: str
    shapes: tuple[tuple[str, Axes], ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    depth: int = 0

    @property
    def latex_notes(self) -> list[str]:
        """Shapes and values."""
        shapes = ((h, r" \times ".join(a).replace("…", r" \dots ")) for h, a in self.shapes)
        sets = [rf"{symbol} \in \mathbb{{R}}^{{{shape}}}" for symbol, shape in shapes]
        values = [rf"{letter} = \text{{{_escaped(value)}}}" for letter, value in self.values]
        return sets + values

    @property
    def text_notes(self) -> list[str]:
        """The same for the eye."""
        sets = [f"{latex_to_unicode(symbol)} ∈ ℝ^{'×'.join(axes)}" for symbol, axes in self.shapes]
        return sets + [f"{latex_to_unicode(letter)} = {value}" for letter, value in self.values]


@dataclass(frozen=True)
class Equations:
    """The equations of a network, from its input to its output.

    They print as text; notebooks show them set.
    """

    lines: tuple[Equation, ...]

    @property
    def text(self) -> str:
        """A line for each layer: its name, its equation, its shapes."""
        cells = [
            (
                "  " * line.depth + line.layer,
                latex_to_unicode(line.formula),
                ", ".join(line.text_notes),
            )
            for line in self.lines
        ]
        names, formulas = (max(len(cell[i]) for cell in cells) for i in (0, 1))
        return "\n".join(
            f"{name.ljust(names)}  {formula.ljust(formulas)}  {notes}".rstrip()
            for name, formula, notes in cells
        )

    @property
    def latex(self) -> str:
        """An ``aligned`` environment, for a document or a notebook."""
        rows = [
            rf"{_aligned(line.formula)} && {', '.join([*line.latex_notes, _name(line)])} \\"
            for line in self.lines
        ]
        return "\n".join([r"\begin{aligned}", *rows, r"\end{aligned}"])

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex}\n$$"


@dataclass(frozen=True)
class _Ends:
    """Every node's extent in the widest and in the narrowest member."""

    most: Mapping[str, Extent | None]
    least: Mapping[str, Extent | None]

    @classmethod
    def of(cls, network: Network, most: Shape | None, least: Shape | None) -> _Ends:
        return cls(extents_after(network, most, max), extents_after(network, least, min))

    def shapes(self, name: str) -> tuple[Shape | None, Shape | None]:
        """Of a node's output."""
        most, least = self.most[name], self.least[name]
        return (most.shape if most else None), (least.shape if least else None)

    def parameters(self, name: str) -> Iterator[tuple[str, Axes]]:
        """Name and shape of each of a layer's parameters."""
        most, least = self.most[name], self.least[name]
        for parameter, shape in (most.weights if most else {}).items():
            yield parameter, _axes(shape, least.weights.get(parameter) if least else None)


def equations(network: Network) -> Equations:
    """The network as equations; see `Network.equations`."""
    shape = network.input_shape
    first = Equation(INPUT, "x", (("x", _axes(shape, shape)),) if shape else ())
    return Equations((first, *_lines(network, _Ends.of(network, shape, shape), "x", "o", "", 0)))


def _lines(
    network: Network, ends: _Ends, x: str, last: str, prefix: str, depth: int
) -> Iterator[Equation]:
    """The lines of a network, or of a block whose symbols bear a prefix.

    Args:
        network: its nodes are written one by one.
        ends: how large they can be.
        x: the symbol of its input.
        last: the symbol of its output.
        prefix: before the numbers of its symbols.
        depth: how deep it stands.
    """
    numbers = {name: f"{prefix}{n}" for name, n in numbers_of(network.nodes).items()}
    symbols = {INPUT: x} | symbols_of(network.nodes, numbers)
    symbols[network.output] = last
    for node in network.nodes:
        inputs = [symbols[name] for name in node.inputs]
        place = FormulaContext(
            node.name, symbols[node.name], tuple(inputs), numbers[node.owner], depth
        )
        shapes = [(place.h, _axes(*ends.shapes(node.name)))] if ends.most[node.name] else []
        if not node.shares:
            letters = ends.parameters(node.name)
            shapes += [(parameter_symbol(name, place.number), shape) for name, shape in letters]
        yield from _told(node.layer, place, tuple(shapes), ends.shapes(node.inputs[0]))


def _told(
    layer: Any,
    place: FormulaContext,
    shapes: tuple[tuple[str, Axes], ...],
    of_input: tuple[Shape | None, Shape | None],
) -> Iterator[Equation]:
    """The line of a layer, and the lines of what is inside it."""
    inside = dataclasses.replace(place, depth=place.depth + 1)
    if isinstance(layer, Choice):
        yield Equation(place.name, rf"{place.h} = \text{{one of}}", shapes, depth=place.depth)
        for option, label in zip(layer.options, layer.labels(), strict=True):
            at = dataclasses.replace(inside, name=str(label))
            yield from _told(option, at, tuple(_own(option, at, of_input)), of_input)
    elif layer is None:
        yield Equation(place.name, f"{place.h} = {place.inputs[0]}", depth=place.depth)
    elif isinstance(layer, Network):
        yield Equation(place.name, "", depth=place.depth)
        yield from _block(layer, inside, of_input)
    else:
        formula, values = filled(layer, place)
        yield Equation(place.name, formula, shapes, values, place.depth)
        if isinstance(layer, Repeat):
            block = dataclasses.replace(inside, inputs=("v",), h="w")
            # Only the first copy is known to take what the whole takes.
            yield from _block(layer.block, block, (None, None))


def _own(
    option: Any, place: FormulaContext, of_input: tuple[Shape | None, Shape | None]
) -> Iterator[tuple[str, Axes]]:
    """The shapes of the parameters that a layer among which is chosen would have."""
    if isinstance(option, Layer) and not isinstance(option, Repeat):
        alone = Network.from_nodes((Node("alone", option, (INPUT,)),), "alone")
        for name, shape in _Ends.of(alone, *of_input).parameters("alone"):
            yield parameter_symbol(name, place.number), shape


def _block(
    block: Network, place: FormulaContext, of_input: tuple[Shape | None, Shape | None]
) -> Iterator[Equation]:
    ends = _Ends.of(block, *of_input)
    yield from _lines(block, ends, place.inputs[0], place.h, f"{place.number}.", place.depth)


def _axes(most: Shape | None, least: Shape | None) -> Axes:
    """The axes of a shape; where the narrowest member is not known, of the widest."""
    if most is None:
        return ("?",)
    low = most if least is None or len(least) != len(most) else least
    axes = [str(m) if m == n else f"{n}…{m}" for m, n in zip(most, low, strict=True)]
    return (*axes,) if len(axes) == 1 else tuple(f"({a})" if "…" in a else a for a in axes)


def _aligned(formula: str) -> str:
    left, sign, right = formula.partition(" = ")
    return f"{left} &= {right}" if sign else f"{left} &"


def _name(line: Equation) -> str:
    return rf"\text{{{_escaped(line.layer)}}}"


def _escaped(text: str) -> str:
    """Text in which LaTeX's own signs mean nothing."""
    return re.sub(r"([#$%&_{}])", r"\\\1", re.sub(r"[\\~^]", " ", text))
