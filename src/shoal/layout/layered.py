"""The whole layout: places of boxes, ways of edges, room that it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shoal.layout.box import Box
from shoal.layout.columns import place
from shoal.layout.crossings import uncrossed
from shoal.layout.rows import Rows, Stop, in_rows

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
