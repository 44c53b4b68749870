"""A network as a picture: its graph from top to bottom, as SVG."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from shoal.layout import Box, Layout, stacked
from shoal.layout.layered import layered
from shoal.nn.network import Network
from shoal.nn.summary import Row, count_text, rows, shape_text
from shoal.utils.text import short_repr

_LINE = 27.0
"""Height of a layer without parameters."""
_TALL = 42.0
_MARGIN = 14.0
_NARROW, _WIDE = 150.0, 340.0
_LETTER, _SMALL_LETTER = 7.2, 6.4
"""Mean width of a letter, about."""

_STYLE = """
text{font:12.5px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:#14252d}
.shape,.below{fill:#506069;font-size:11.5px}.end{text-anchor:end}
.box{fill:#fff;stroke:#9db4b8;stroke-width:1.2}.learns{fill:#dcecee}.input{fill:#f3ead6}
.rule{stroke:#c9d6d8}.edge{fill:none;stroke:#506069;stroke-width:1.4;stroke-linecap:round}
"""


@dataclass(frozen=True)
class Drawing:
    """A picture of a network; notebooks show it by itself.

    Attributes:
        svg: the picture, an SVG document.
    """

    __repr__ = short_repr

    svg: str

    def __str__(self) -> str:
        return self.svg

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file, which browsers and word processors open."""
        Path(path).write_text(self.svg, encoding="utf-8")


def draw(network: Network) -> Drawing:
    """The graph from top to bottom, what only follows a layer in one box with it."""
    lines = {line.name: line for line in rows(network)}
    stacks = stacked(
        {name: line.kind for name, line in lines.items()},
        {name: line.inputs for name, line in lines.items()},
    )
    width = _box_width(lines)
    last = {stack[-1]: stack[0] for stack in stacks}
    heights = {stack[0]: sum(_height(lines[name]) for name in stack) for stack in stacks}
    boxes = [
        Box(stack[0], width, heights[stack[0]], tuple(last[n] for n in lines[stack[0]].inputs))
        for stack in stacks
    ]
    found = layered(boxes)
    edges = "".join(f'<path class="edge" d="{d}"/>' for d in found.edges.values())
    drawn = "".join(_stack([lines[n] for n in stack], found, width) for stack in stacks)
    return Drawing(_document(edges + drawn, found, _caption(network, lines)))


def _document(inside: str, found: Layout, caption: str) -> str:
    w, h = found.width + 2 * _MARGIN, found.height + 2 * _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w:.0f}" height="{h:.0f}" '
        f'viewBox="{-_MARGIN:.0f} {-_MARGIN:.0f} {w:.0f} {h:.0f}" role="img">'
        f"<title>{escape(caption)}</title><style>{_STYLE}</style>"
        f'<rect x="{-_MARGIN:.0f}" y="{-_MARGIN:.0f}" width="{w:.0f}" height="{h:.0f}" '
        f'rx="10" fill="#fff"/>{inside}</svg>'
    )


def _caption(network: Network, lines: Mapping[str, Row]) -> str:
    whole = "family of networks" if network.is_family() else "network"
    return f"A {whole} of {len(lines) - 1} layers"


def _height(line: Row) -> float:
    return _TALL if line.parameters else _LINE


def _box_width(lines: Mapping[str, Row]) -> float:
    one = max(_text_width(line) + _SMALL_LETTER * len(_shape(line)) + 36 for line in lines.values())
    two = max(_SMALL_LETTER * len(_below(line)) + 24 for line in lines.values())
    return min(max(one, two, _NARROW), _WIDE)


def _text_width(line: Row) -> float:
    return _LETTER * len(_text(line))


def _text(line: Row) -> str:
    """The layer as it is written, an activation without its empty parentheses."""
    return line.text.removesuffix("()")


def _below(line: Row) -> str:
    if not line.parameters:
        return ""
    return f"{line.name} · {count_text(line.parameters, line.parameters_at_most)} parameters"


def _shape(line: Row) -> str:
    return "" if line.shape is None else shape_text(line.shape, line.shape_at_most)


def _stack(lines: list[Row], found: Layout, width: float) -> str:
    """One box with a line for each layer."""
    x, y = found.places[lines[0].name]
    height = sum(_height(line) for line in lines)
    parts = [f'<rect class="box" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
             f'height="{height:.1f}" rx="7"/>']  # fmt: skip
    for number, line in enumerate(lines):
        parts.append(_layer(line, x, y, width, first=number == 0, last=number == len(lines) - 1))
        y += _height(line)
    return "".join(parts)


def _layer(line: Row, x: float, y: float, width: float, *, first: bool, last: bool) -> str:
    height = _height(line)
    kind = "input" if line.kind == "input" else "learns" if line.parameters else ""
    baseline = y + (17.0 if line.parameters else height / 2 + 4.5)
    shape = _shape(line)
    room = int((width - 34 - _SMALL_LETTER * len(shape)) / _LETTER)
    text = _text(line)
    text = text if len(text) <= room else text[: max(room - 1, 1)] + "…"
    parts = [f"<g><title>{escape(_tip(line))}</title>"]
    if kind:
        parts.append(f'<path class="{kind}" d="{_tint(x, y, width, height, first, last)}"/>')
    if not first:
        parts.append(f'<path class="rule" d="M{x + 0.6:.1f},{y:.1f}h{width - 1.2:.1f}"/>')
    parts.append(f'<text x="{x + 11:.1f}" y="{baseline:.1f}">{escape(text)}</text>')
    end = x + width - 11
    parts.append(f'<text class="shape end" x="{end:.1f}" y="{baseline:.1f}">{escape(shape)}</text>')
    if line.parameters:
        below = escape(_below(line))
        parts.append(f'<text class="below" x="{x + 11:.1f}" y="{y + 33:.1f}">{below}</text>')
    return "".join([*parts, "</g>"])


def _tint(x: float, y: float, w: float, h: float, first: bool, last: bool) -> str:
    """The inside of one line of a box, round where the box is."""
    x, w = x + 0.6, w - 1.2
    y, h = (y + 0.6, h - 0.6) if first else (y, h)
    h = h - 0.6 if last else h
    top, end = (6.4 if first else 0.0), (6.4 if last else 0.0)
    return (
        f"M{x:.1f},{y + top:.1f}q0,{-top:.1f} {top:.1f},{-top:.1f}h{w - 2 * top:.1f}"
        f"q{top:.1f},0 {top:.1f},{top:.1f}v{h - top - end:.1f}q0,{end:.1f} {-end:.1f},{end:.1f}"
        f"h{2 * end - w:.1f}q{-end:.1f},0 {-end:.1f},{-end:.1f}z"
    )


def _tip(line: Row) -> str:
    count = count_text(line.parameters, line.parameters_at_most)
    shape = shape_text(line.shape, line.shape_at_most)
    return f"{line.name}: {line.text}, output {shape}, {count} parameters"
