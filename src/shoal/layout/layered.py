"""The whole layout: positions of boxes, ways of edges, room that it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shoal.layout.rows import Box, Rows, Stop, in_rows, uncrossed

GAP = 22.0
"""Between neighbors in a row."""

_SWEEPS = 60
_PASSES = 4
_SLACK = 1e-6
"""Neighbors that touch leave this much to rounding."""


def place(found: Rows) -> None:
    """Give every stop its x: edges straight, above all those that pass rows.

    Row after row, down and up in turn, stops move to the weighted mean of those
    that they are joined to; where they would overlap, the least squares that keep
    them in order and apart decide. At last what is nearly straight is made straight.
    """
    for row in found.rows:
        _apart(row, [0.0] * len(row), [1.0] * len(row))
    for sweep in range(_SWEEPS):
        rows = found.rows if sweep % 2 == 0 else found.rows[::-1]
        for row in rows:
            wishes = [_wish(stop, sweep) for stop in row]
            _apart(row, [x for x, _ in wishes], [weight for _, weight in wishes])
    chains = sorted(_chains(found), key=len, reverse=True)
    for _ in range(_PASSES):  # one that is straight may make room for its neighbor
        for chain in chains:
            _straighten(chain, found.rows)
    left = min((stop.x - stop.width / 2 for row in found.rows for stop in row), default=0.0)
    for row in found.rows:
        for stop in row:
            stop.x -= left


def _wish(stop: Stop, sweep: int) -> tuple[float, float]:
    """Where it would like to be, and how much. The last sweeps look at both sides."""
    near = stop.above if sweep % 2 == 0 else stop.below
    if sweep >= _SWEEPS // 2 or not near:
        near = stop.above + stop.below
    weights = [_weight(stop, other) for other in near]
    if not near:
        return stop.x, 0.1
    total = sum(weights)
    return sum(w * other.x for w, other in zip(weights, near, strict=True)) / total, total


def _weight(one: Stop, other: Stop) -> float:
    """How much an edge wants to be straight: most where it passes rows, least where it begins to.

    So the chain of boxes stays in line, and what skips some of them bends around.
    """
    passing = (one.box is None) + (other.box is None)
    return (4.0, 0.5, 8.0)[passing]


def _apart(row: list[Stop], wishes: list[float], weights: list[float]) -> None:
    """Least squares for positions in this order with room between: pooled adjacent violators."""
    offsets = [0.0]
    for one, other in pairwise(row):
        offsets.append(offsets[-1] + _room(one, other))
    # Less its offset, each position is to be no less than the one before it.
    blocks: list[tuple[float, float, int]] = []
    for wish, offset, weight in zip(wishes, offsets, weights, strict=True):
        mean, total, count = wish - offset, weight, 1
        while blocks and blocks[-1][0] > mean:
            upper, more, many = blocks.pop()
            mean = (mean * total + upper * more) / (total + more)
            total, count = total + more, count + many
        blocks.append((mean, total, count))
    means = (mean for mean, _, count in blocks for _ in range(count))
    for stop, mean, offset in zip(row, means, offsets, strict=True):
        stop.x = mean + offset


def _room(one: Stop, other: Stop) -> float:
    return (one.width + other.width) / 2 + GAP


def _chains(found: Rows) -> Iterable[list[Stop]]:
    """Stops between two boxes, and boxes of which each follows the one above it."""
    for way in found.edges.values():
        if len(way) > 2:
            yield way[1:-1]
    for row in found.rows:
        for stop in row:
            begins = not any(_next(other) is stop for other in _boxes_above(stop))
            if begins and _next(stop) is not None:
                yield _run(stop)


def _run(stop: Stop) -> list[Stop]:
    run = [stop]
    while (below := _next(run[-1])) is not None:
        run.append(below)
    return run


def _next(stop: Stop) -> Stop | None:
    """The only box right below this one, if this is the only one right above it."""
    below = [other for other in stop.below if other.box is not None]
    if stop.box is None or len(below) != 1 or len(_boxes_above(below[0])) != 1:
        return None
    return below[0]


def _boxes_above(stop: Stop) -> list[Stop]:
    return [other for other in stop.above if other.box is not None]


def _straighten(chain: list[Stop], rows: list[list[Stop]]) -> None:
    """All of them in one line, as near to where they are as their neighbors allow, if they do."""
    low, high = float("-inf"), float("inf")
    for stop in chain:
        row = rows[stop.row]
        i = row.index(stop)
        if i > 0:
            low = max(low, row[i - 1].x + _room(row[i - 1], stop))
        if i + 1 < len(row):
            high = min(high, row[i + 1].x - _room(stop, row[i + 1]))
    if low > high + _SLACK:
        return
    x = min(max(sum(stop.x for stop in chain) / len(chain), low), high)
    for stop in chain:
        stop.x = x


ROW_GAP = 30.0
_ARROW = 4.0


@dataclass(frozen=True)
class Layout:
    """Where everything goes; the origin is above and left of it all.

    Attributes:
        places: left and upper end of each box, by name.
        edges: the way of each edge with its arrow, as the ``d`` of an SVG path, by
            the names of the boxes at both ends.
        width, height: of the whole.
    """

    places: Mapping[str, tuple[float, float]]
    edges: Mapping[tuple[str, str], str]
    width: float
    height: float


def layered(boxes: Sequence[Box]) -> Layout:
    """The layout of boxes from top to bottom.

    Args:
        boxes: those that others take come before them.
    """
    found = in_rows(boxes)
    found = Rows(uncrossed(found.rows), found.edges)
    place(found)
    spans = _spans(found.rows)
    places = {}
    for row in found.rows:
        for stop in row:
            if stop.box is not None:
                top, bottom = spans[stop.row]
                y = top + (bottom - top - stop.box.height) / 2
                places[stop.box.name] = (stop.x - stop.box.width / 2, y)
    ends = [stop.x + stop.width / 2 for row in found.rows for stop in row]
    edges = {names: _path(way, places, spans) for names, way in found.edges.items()}
    return Layout(places, edges, max(ends, default=0.0), spans[-1][1] if spans else 0.0)


def _spans(rows: list[list[Stop]]) -> list[tuple[float, float]]:
    """Upper and lower end of each row."""
    spans: list[tuple[float, float]] = []
    y = 0.0
    for row in rows:
        tallest = max((stop.box.height for stop in row if stop.box is not None), default=0.0)
        spans.append((y, y + tallest))
        y += tallest + ROW_GAP
    return spans


def _path(
    way: list[Stop],
    places: Mapping[str, tuple[float, float]],
    spans: Sequence[tuple[float, float]],
) -> str:
    """Curves between rows, straight lines through the rows that the edge passes."""
    start, end = way[0], way[-1]
    assert start.box is not None
    assert end.box is not None
    x, y = start.x, places[start.box.name][1] + start.box.height
    tip = places[end.box.name][1]
    d = f"M{x:.1f},{y:.1f}"
    for stop in way[1:]:
        # All that bends does so between rows: a box may be less tall than its row.
        upper, lower = spans[stop.row - 1][1], spans[stop.row][0]
        lower = min(lower, tip - _ARROW) if stop is end else lower
        bend = (lower - upper) * 0.6
        d += f"V{upper:.1f}" if y < upper else ""
        d += f"C{x:.1f},{upper + bend:.1f} {stop.x:.1f},{lower - bend:.1f} {stop.x:.1f},{lower:.1f}"
        x, y = stop.x, lower
    d += f"V{tip - _ARROW:.1f}" if y < tip - _ARROW else ""
    return d + f"M{x - 4:.1f},{tip - 6:.1f}L{x:.1f},{tip - 0.5:.1f}L{x + 4:.1f},{tip - 6:.1f}"
