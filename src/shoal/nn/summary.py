"""A network as a table: layer, output shape, parameters; of a family, the most they can be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from shoal.nn.extent import Extent, extents
from shoal.nn.graph import INPUT, Node
from shoal.nn.layer import Shape
from shoal.nn.network import Network
from shoal.space import Choice


@dataclass(frozen=True)
class Row:
    """One line of the table; shape and parameters are None while they are not known.

    Attributes:
        name: the layer's.
        text: the layer as a reader writes it.
        inputs: names of the layers from which it takes its inputs.
        shape: of its output for one example; the largest of a family's members.
        parameters: number of its trainable numbers; as the shape.
        kind: the layer's.
        shape_at_most: whether some member's shape is smaller.
        parameters_at_most: whether some member has fewer parameters.
    """

    name: str
    text: str
    inputs: tuple[str, ...]
    shape: Shape | None
    parameters: int | None
    kind: str
    shape_at_most: bool = False
    parameters_at_most: bool = False


def rows(network: Network) -> list[Row]:
    """The table's lines, the input first."""
    most, least = extents(network, max), extents(network, min)
    lines = [Row(INPUT, "Input", (), network.input_shape, 0, "input")]
    lines.extend(_row(node, most[node.name], least[node.name]) for node in network.nodes)
    return lines


def _row(node: Node, most: Extent | None, least: Extent | None) -> Row:
    kind = "choice" if isinstance(node.layer, Choice) else node.layer.kind
    if most is None:
        return Row(node.name, _text(node), node.inputs, None, None, kind)
    return Row(
        node.name,
        _text(node),
        node.inputs,
        most.shape,
        most.parameters,
        kind,
        shape_at_most=least is None or least.shape != most.shape,
        parameters_at_most=least is None or least.parameters != most.parameters,
    )


def _text(node: Node) -> str:
    if isinstance(node.layer, Choice):
        return " | ".join(str(label) for label in node.layer.labels())
    return node.layer.describe()


def shape_text(shape: Shape | None, at_most: bool = False) -> str:
    """A shape as ``28×28×1``; a question mark where it is not known."""
    if shape is None:
        return "?"
    return ("≤ " if at_most else "") + "×".join(str(n) for n in shape)


def count_text(count: int | None, at_most: bool = False) -> str:
    """A number as ``12,345``; a question mark where it is not known."""
    if count is None:
        return "?"
    return f"{'≤ ' if at_most else ''}{count:,}"


SHOWN = 3
"""Layers at either end that a shortened network shows."""


def in_short(network: Network) -> str:
    """The first and last layers, the input's shape and the number of parameters."""
    lines = rows(network)
    names = [line.text.removesuffix("()") for line in lines[1:]]
    if len(names) > 2 * SHOWN + 1:
        names[SHOWN:-SHOWN] = [f"… {len(names) - 2 * SHOWN} more layers …"]
    told = [", ".join(names)]
    if network.input_shape is not None:
        told += [f"input {shape_text(network.input_shape)}", f"{_total(lines)} parameters"]
    return "; ".join(told)


def table(network: Network) -> str:
    """The table as text, with the total of the parameters."""
    lines = rows(network)
    chain = all(line.inputs == (before.name,) for before, line in pairwise(lines))
    head = ["layer", "", "output", "parameters"]
    body = [
        [
            line.name,
            line.text + ("" if chain or not line.inputs else f" ← {', '.join(line.inputs)}"),
            shape_text(line.shape, line.shape_at_most),
            count_text(line.parameters, line.parameters_at_most),
        ]
        for line in lines
    ]
    body.append(["", "", "total", _total(lines)])
    widths = [max(len(row[i]) for row in [head, *body]) for i in range(4)]
    text = [_line(row, widths) for row in [head, *body]]
    return "\n".join([text[0], "─" * len(text[0]), *text[1:]])


def _total(lines: list[Row]) -> str:
    counts = [line.parameters for line in lines if line.parameters is not None]
    complete = len(counts) == len(lines)
    return count_text(
        sum(counts) if complete else None, any(line.parameters_at_most for line in lines)
    )


def _line(cells: list[str], widths: list[int]) -> str:
    left = [cell.ljust(size) for cell, size in zip(cells[:3], widths[:3], strict=True)]
    return "  ".join([*left, cells[3].rjust(widths[3])])
