"""Rows by the longest way from a source, and a stop in every row that an edge passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shoal.layout.box import Box

STOP_WIDTH = 16.0
"""Room for an edge that passes a row."""


@dataclass
class Stop:
    """A box in its row, or a place at which an edge passes a row.

    Attributes:
        box: None where an edge passes.
        row: its number, 0 on top.
        above, below: the stops to which edges lead, in the neighboring rows.
        x: its middle, once it is placed.
    """

    box: Box | None
    row: int
    above: list[Stop]
    below: list[Stop]
    x: float = 0.0

    @property
    def width(self) -> float:
        """The room that it takes in its row."""
        return STOP_WIDTH if self.box is None else self.box.width

    # Stops are told apart by being themselves; comparing neighbors would never end.
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


@dataclass(frozen=True)
class Rows:
    """The stops of each row, and the stops of each edge from box to box.

    Attributes:
        rows: from top to bottom, each from left to right.
        edges: by names of the boxes at both ends.
    """

    rows: list[list[Stop]]
    edges: dict[tuple[str, str], list[Stop]]


def in_rows(boxes: Sequence[Box]) -> Rows:
    """Every box in the row below the lowest of its inputs.

    Args:
        boxes: those that others take come before them; inputs that are not among
            them are no edges.
    """
    depth: dict[str, int] = {}
    stops: dict[str, Stop] = {}
    for box in boxes:
        depth[box.name] = 1 + max((depth[n] for n in box.inputs if n in depth), default=-1)
        stops[box.name] = Stop(box, depth[box.name], [], [])
    rows: list[list[Stop]] = [[] for _ in range(1 + max(depth.values(), default=-1))]
    for stop in stops.values():
        rows[stop.row].append(stop)
    edges: dict[tuple[str, str], list[Stop]] = {}
    passing: dict[str, list[Stop]] = {name: [stop] for name, stop in stops.items()}
    for box in boxes:
        for name in dict.fromkeys(box.inputs):
            if depth.get(name, depth[box.name]) < depth[box.name]:
                edges[name, box.name] = _edge(passing[name], stops[box.name], rows)
    return Rows(rows, edges)


def _edge(passing: list[Stop], end: Stop, rows: list[list[Stop]]) -> list[Stop]:
    """The stops from one box to another; new ones are put at the right of their rows.

    Args:
        passing: a box and the stops below it, which all edges from it share; made
            longer where this edge goes further.
        end: the other box.
        rows: all rows.
    """
    for row in range(passing[-1].row + 1, end.row):
        stop = Stop(None, row, [], [])
        rows[row].append(stop)
        _join(passing[-1], stop)
        passing.append(stop)
    way = passing[: end.row - passing[0].row]
    _join(way[-1], end)
    return [*way, end]


def _join(upper: Stop, lower: Stop) -> None:
    upper.below.append(lower)
    lower.above.append(upper)
