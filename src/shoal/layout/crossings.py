"""Few crossings: every stop goes to the middle of those it is joined to, row after row."""

from __future__ import annotations

from bisect import bisect_right, insort
from itertools import pairwise

from shoal.layout.rows import Stop

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
