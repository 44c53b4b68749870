"""The winner's network: a graph of layers from input to output, drawn top to bottom."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shoal.report.facts import Facts, mapping, real, sequence
from shoal.report.markup import Child, Markup, tag
from shoal.report.wording import grouped, number_text, plural, shortened

_BOX = (272.0, 46.0)
_SIDE = 44.0  # room at the sides, for edges that pass layers by
_SMALL = 30.0  # height of a layer without parameters
_GAP = (26.0, 22.0)
_WORKERS = {
    "dense", "conv", "conv_transpose", "depthwise_conv", "embedding", "attention", "batch_norm",
    "layer_norm", "recurrent",
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
    """Return whether no two layers stand side by side."""
    return all(len(row) == 1 for row in _rows(nodes))


def draw_network(nodes: Sequence[Node]) -> Markup:
    """Return the drawing; layers of equal distance from the input stand side by side."""
    rows = _rows(nodes)
    place: dict[str, tuple[float, float]] = {}
    widest = max(len(row) for row in rows)
    width = widest * _BOX[0] + (widest - 1) * _GAP[0] + 2 * _SIDE
    y = 8.0
    for row in rows:
        tallest = max(node.height for node in row)
        for node, x in zip(row, _columns(row, place, width), strict=True):
            place[node.name] = (x, y + (tallest - node.height) / 2)
        y += tallest + _GAP[1]
    height = y - _GAP[1] + 8
    by_name = {node.name: node for node in nodes}
    return tag(
        "svg",
        [_edges(node, by_name, place) for node in nodes],
        [_box(node, place[node.name]) for node in nodes],
        class_="picture network",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
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


def _rows(nodes: Sequence[Node]) -> list[list[Node]]:
    """Group by the longest way from an input; a loop, which no network has, is cut."""
    by_name = {node.name: node for node in nodes}
    depth: dict[str, int] = {}
    for _ in range(len(nodes) + 1):
        before = dict(depth)
        for node in nodes:
            parents = [depth.get(name, -1) for name in node.inputs if name in by_name]
            depth[node.name] = min(len(nodes), max(parents, default=-1) + 1)
        if depth == before:
            break
    levels = sorted(set(depth.values()))
    return [[node for node in nodes if depth[node.name] == level] for level in levels]


def _columns(
    row: Sequence[Node], place: dict[str, tuple[float, float]], width: float
) -> list[float]:
    """Left ends of the boxes of a row, in the order of what feeds them, centered."""
    total = len(row) * _BOX[0] + (len(row) - 1) * _GAP[0]
    start = (width - total) / 2

    def wish(node: Node) -> float:
        above = [place[name][0] for name in node.inputs if name in place]
        return sum(above) / len(above) if above else math.inf

    order = sorted(range(len(row)), key=lambda i: (wish(row[i]), i))
    slots = {i: start + slot * (_BOX[0] + _GAP[0]) for slot, i in enumerate(order)}
    return [slots[i] for i in range(len(row))]


def _edges(node: Node, by_name: dict[str, Node], place: dict[str, tuple[float, float]]) -> Child:
    edges = []
    x2, y2 = place[node.name][0] + _BOX[0] / 2, place[node.name][1]
    for name in node.inputs:
        if name not in place:
            continue
        x1 = place[name][0] + _BOX[0] / 2
        y1 = place[name][1] + by_name[name].height
        bend = min((y2 - y1) / 2, 40.0)
        d = f"M{x1:.1f},{y1:.1f}"
        if y2 - y1 > 1.5 * _GAP[1] + _BOX[1] - _SMALL:  # pass the layers between on the right
            way = max(x1, x2) + _BOX[0] / 2 + 18
            d += f"C{x1:.1f},{y1 + 14:.1f} {way:.1f},{y1 - 6:.1f} {way:.1f},{y1 + 44:.1f}"
            d += f"L{way:.1f},{y2 - 44:.1f}C{way:.1f},{y2 + 2:.1f} "
            d += f"{x2:.1f},{y2 - 20:.1f} {x2:.1f},{y2 - 5:.1f}"
        else:
            d += f"C{x1:.1f},{y1 + bend:.1f} {x2:.1f},{y2 - bend:.1f} {x2:.1f},{y2 - 5:.1f}"
        arrow = f"M{x2 - 4:.1f},{y2 - 6:.1f}L{x2:.1f},{y2 - 1:.1f}L{x2 + 4:.1f},{y2 - 6:.1f}"
        edges.append(tag("path", d=d + arrow, class_="edge"))
    return edges


def _box(node: Node, where: tuple[float, float]) -> Markup:
    x, y = where
    learns = node.height == _BOX[1]
    shape = "×".join(map(str, node.shape)) if node.shape else ""
    middle = y + node.height / 2
    kind = "input" if node.kind == "input" else "learns" if learns else "plain"
    below = node.name
    if node.parameters:
        below += f" · {grouped(node.parameters)} parameters"
    tip = f"{node.name}: {node.label}\noutput {shape or 'unknown'}, {node.parameters} parameters"
    return tag(
        "g",
        tag("title", tip),
        tag("rect", x=x, y=y, width=_BOX[0], height=node.height, rx=8.0),
        tag("text", shortened(node.label, 24), x=x + 14, y=middle + (-3 if learns else 4),
            class_="label"),
        tag("text", shortened(below, 44), x=x + 14, y=middle + 14, class_="tick")
        if learns else None,
        tag("text", shape, x=x + _BOX[0] - 14, y=middle + (-3 if learns else 4),
            class_="shape end"),
        class_=f"node {kind}",
    )  # fmt: skip
