"""The winner's network: a graph of layers from input to output, drawn top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from shoal.layout import Box
from shoal.layout.layered import layered
from shoal.report.facts import Facts, mapping, real, sequence
from shoal.report.markup import Markup, tag
from shoal.utils.text import grouped, number_text, plural, shortened

_BOX = (272.0, 46.0)
_SMALL = 30.0  # height of a layer without parameters
_MARGIN = 8.0
_WORKERS = {
    "dense", "conv", "conv_transpose", "depthwise_conv", "embedding", "attention", "batch_norm",
    "batch_ensemble", "category_embedding", "feature_scale", "layer_norm", "member_dense",
    "members", "pbld_embedding", "periodic_embedding", "piecewise_linear_embedding", "recurrent",
}  # fmt: skip


@dataclass(frozen=True)
class Node:
    """One layer: what it is, what feeds it, what comes out of it."""

    name: str
    kind: str
    label: str
    inputs: tuple[str, ...]
    shape: tuple[int, ...] | None
    parameters: int

    @property
    def height(self) -> float:
        """Height of its box: layers that learn are taller."""
        return _BOX[1] if self.parameters or self.kind in _WORKERS else _SMALL


def read_network(facts: Facts) -> list[Node]:
    """Return the layers of the winner, or of the family where there is no winner yet."""
    stored = sequence(facts.result.get("layers"))
    if not stored:
        network = mapping(facts.result.get("network")) or facts.header.network
        stored = sequence(network.get("nodes"))
    nodes = [node for node in map(_node, stored) if node is not None]
    known = {node.name for node in nodes}
    unknown = dict.fromkeys(name for node in nodes for name in node.inputs if name not in known)
    shape = _shape(facts.header.dataset.get("input_shape"))
    return [Node(name, "input", "Input", (), shape, 0) for name in unknown] + nodes


def is_chain(nodes: Sequence[Node]) -> bool:
    """Return whether every layer takes what the one before it gives, and nothing else."""
    return all(node.inputs == (before.name,) for before, node in pairwise(nodes))


def draw_network(nodes: Sequence[Node]) -> Markup:
    """Return the drawing, as `shoal.layout` lays the layers out."""
    found = layered([Box(node.name, _BOX[0], node.height, node.inputs) for node in nodes])
    width, height = found.width + 2 * _MARGIN, found.height + 2 * _MARGIN
    return tag(
        "svg",
        [tag("path", d=d, class_="edge") for d in found.edges.values()],
        [_box(node, found.places[node.name]) for node in nodes],
        class_="picture network",
        viewBox=f"{-_MARGIN:.0f} {-_MARGIN:.0f} {width:.0f} {height:.0f}",
        style=f"max-width:{width:.0f}px",
        role="img",
        aria_label=f"Network of {plural(len(nodes), 'layer')}: "
        + ", ".join(node.label for node in nodes),
        xmlns="http://www.w3.org/2000/svg",
    )


def _node(stored: object) -> Node | None:
    entry = mapping(stored)
    layer = mapping(entry.get("layer"))
    name = entry.get("name")
    if not isinstance(name, str):
        return None
    kind = str(entry.get("kind") or layer.get("kind") or "layer")
    label = str(entry.get("text") or _family_label(kind, layer))
    return Node(
        name=name,
        kind=kind,
        label=label.removesuffix("()"),
        inputs=tuple(str(parent) for parent in sequence(entry.get("inputs"))),
        shape=_shape(entry.get("shape")),
        parameters=int(real(entry.get("parameters")) or 0),
    )


def _family_label(kind: str, layer: dict[str, Any]) -> str:
    """A layer of a family as text: its kind and its first number, or the range of it."""
    title = "".join(part.capitalize() for part in kind.split("_"))
    for value in layer.values():
        if isinstance(value, dict) and "low" in value and "high" in value:
            return f"{title}({number_text(value['low'], 2)} to {number_text(value['high'], 2)})"
        if isinstance(value, dict) and "options" in value:
            return f"{title}(a choice)"
        if real(value) is not None:
            return f"{title}({number_text(value)})"
    return title


def _shape(value: object) -> tuple[int, ...] | None:
    sizes = [real(size) for size in sequence(value)]
    if not sizes or any(size is None for size in sizes):
        return None
    return tuple(int(size or 0) for size in sizes)


def _label(label: str, room: int) -> str:
    """A layer as text; where it has no room, its name without its settings."""
    if len(label) > room and "(" in label:
        label = label[: label.index("(")]
    return shortened(label, room)


def _box(node: Node, where: tuple[float, float]) -> Markup:
    x, y = where
    learns = node.height == _BOX[1]
    shape = "×".join(map(str, node.shape)) if node.shape else ""
    middle = y + node.height / 2
    # What the shape on the right leaves; widths of letters are about these.
    room = max(8, min(24, int((_BOX[0] - 38 - 8.3 * len(shape)) / 7.8)))
    kind = "input" if node.kind == "input" else "learns" if learns else "plain"
    below = node.name
    if node.parameters:
        below += f" · {grouped(node.parameters)} parameters"
    tip = f"{node.name}: {node.label}\noutput {shape or 'unknown'}, {node.parameters} parameters"
    return tag(
        "g",
        tag("title", tip),
        tag("rect", x=x, y=y, width=_BOX[0], height=node.height, rx=8.0),
        tag("text", _label(node.label, room), x=x + 14, y=middle + (-3 if learns else 4),
            class_="label"),
        tag("text", shortened(below, 44), x=x + 14, y=middle + 14, class_="tick")
        if learns else None,
        tag("text", shape, x=x + _BOX[0] - 14, y=middle + (-3 if learns else 4),
            class_="shape end"),
        class_=f"node {kind}",
    )  # fmt: skip
