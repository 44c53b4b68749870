"""Rows of boxes, with few crossings between them."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Box:
    """A node of the graph with the room that it needs.

    Attributes:
        name: unique.
        width, height: of the box.
        inputs: names of the boxes from which an edge leads here.
    """

    name: str
    width: float
    height: float
    inputs: tuple[str, ...] = ()


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

    # Stops are compared by identity; comparing their neighbors would never end.
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


_SWEEPS = 12


def uncrossed(rows: list[list[Stop]]) -> list[list[Stop]]:
    """The rows in an order with few crossings, by barycenters, down and up in turn.

    Of all orders that the sweeps come by, the first with the fewest crossings is
    taken; neighbors that are better off exchanged are exchanged at last.

    Args:
        rows: of stops, from top to bottom.
    """
    best = rows = [list(row) for row in rows]
    fewest = crossings(rows)
    for _ in range(_SWEEPS):
        if fewest == 0:
            break
        for down in (True, False):
            rows = _swept(rows, down)
            count = crossings(rows)
            if count < fewest:
                best, fewest = rows, count
    return _exchanged(best) if fewest else best


def crossings(rows: list[list[Stop]]) -> int:
    """How many pairs of edges cross between neighboring rows."""
    return sum(_between(upper, lower) for upper, lower in pairwise(rows))


def _between(upper: list[Stop], lower: list[Stop]) -> int:
    """Edges in the order of their upper ends: each crosses those before that end further right."""
    place = {stop: i for i, stop in enumerate(lower)}
    ends: list[int] = []
    count = 0
    for stop in upper:
        mine = sorted(place[below] for below in stop.below)
        count += sum(len(ends) - bisect_right(ends, end) for end in mine)
        for end in mine:
            insort(ends, end)
    return count


def _swept(rows: list[list[Stop]], down: bool) -> list[list[Stop]]:
    """Every row in the order of the barycenters in the row before it, ties as they were."""
    order = list(rows)
    numbers = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
    for number in numbers:
        before = {stop: i for i, stop in enumerate(order[number - 1 if down else number + 1])}
        wish = {
            stop: _middle([before[other] for other in (stop.above if down else stop.below)], i)
            for i, stop in enumerate(order[number])
        }
        order[number] = sorted(order[number], key=wish.__getitem__)
    return order


def _middle(places: list[int], otherwise: int) -> float:
    return sum(places) / len(places) if places else otherwise


def _exchanged(rows: list[list[Stop]]) -> list[list[Stop]]:
    """Neighbors exchanged as long as that leaves fewer crossings."""
    rows = [list(row) for row in rows]
    better = True
    while better:
        better = False
        for number, row in enumerate(rows):
            near = rows[max(number - 1, 0) : number + 2]
            for i in range(len(row) - 1):
                before = crossings(near)
                row[i], row[i + 1] = row[i + 1], row[i]
                if crossings(near) < before:
                    better = True
                else:
                    row[i], row[i + 1] = row[i + 1], row[i]
    return rows
