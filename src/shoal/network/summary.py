"""A network as a table: layer, output shape, parameters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import prod

from shoal.network.layer import Shape
from shoal.network.network import INPUT, Network, Node
from shoal.space import Choice


@dataclass(frozen=True)
class Row:
    """One line of the table; shape and parameters are None while they are not known."""

    name: str
    text: str
    inputs: tuple[str, ...]
    shape: Shape | None
    parameters: int | None
    kind: str


def rows(network: Network) -> list[Row]:
    """The table's lines, the input first."""
    known = network.input_shape is not None and not network.is_family()
    shapes = network.shapes() if known else {INPUT: network.input_shape}
    specs = network.param_specs() if known else {}
    lines = [Row(INPUT, "Input", (), shapes.get(INPUT), 0, "input")]
    for node in network.nodes:
        own = {} if node.shares else specs.get(node.name, {})
        count = sum(prod(spec.shape) for spec in own.values()) if known else None
        kind = "choice" if isinstance(node.layer, Choice) else node.layer.kind
        lines.append(Row(node.name, _text(node), node.inputs, shapes.get(node.name), count, kind))
    return lines


def _text(node: Node) -> str:
    if isinstance(node.layer, Choice):
        return " | ".join(str(label) for label in node.layer.labels())
    return node.layer.describe()


def shape_text(shape: Shape | None) -> str:
    """A shape as ``28×28×1``; a question mark where it is not known."""
    return "?" if shape is None else "×".join(str(n) for n in shape)


def table(network: Network) -> str:
    """The table as text, with the total of the parameters."""
    lines = rows(network)
    chain = all(
        line.inputs == (before.name,) for before, line in pairwise(lines)
    )
    head = ["layer", "", "output", "parameters"]
    body = [
        [
            line.name,
            line.text + ("" if chain or not line.inputs else f" ← {', '.join(line.inputs)}"),
            shape_text(line.shape),
            "?" if line.parameters is None else f"{line.parameters:,}",
        ]
        for line in lines
    ]
    total = None if any(line.parameters is None for line in lines) else network.parameter_count()
    body.append(["", "", "total", "?" if total is None else f"{total:,}"])
    widths = [max(len(row[i]) for row in [head, *body]) for i in range(4)]
    text = [_line(row, widths) for row in [head, *body]]
    return "\n".join([text[0], "─" * len(text[0]), *text[1:]])


def _line(cells: list[str], widths: list[int]) -> str:
    left = [cell.ljust(size) for cell, size in zip(cells[:3], widths[:3], strict=True)]
    return "  ".join([*left, cells[3].rjust(widths[3])])
