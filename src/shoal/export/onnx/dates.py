"""The parts of a date, from seconds since the first of January 1970, in whole numbers."""

from __future__ import annotations

import numpy as np

from shoal.data.columns.numbers import DateColumn
from shoal.export.onnx.graph import DOUBLE, FLOAT, INT64, Graph

NAT = int(np.datetime64("NaT", "s").astype(np.int64))
"""What NumPy writes for no date."""

DAY, CENTURY, CYCLE = 86_400, 36_524, 146_097
"""Seconds of a day; days of a century without its last leap day, and of 400 years."""

FIRST_OF_MARCH = 719_468
"""Days from the first of March of year 0 to the first of January 1970."""

MONTHS = (0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337)
"""Days before each month of a year that begins in March, so that its leap day is the last."""


def date_features(graph: Graph, seconds: str, column: DateColumn) -> tuple[list[str], str]:
    """The standardized parts of a date column, float32 of shape (batch, 1), and what is missing.

    Args:
        graph: to which nodes are added.
        seconds: int64 of shape (batch, 1).
        column: fitted.
    """
    missing = graph.add("Equal", seconds, graph.number(NAT, INT64))
    known = graph.add("Where", missing, graph.number(0, INT64), seconds)
    parts = _parts(graph, known, {part.name for part in column.parts})
    made = []
    for part in column.parts:
        centered = graph.add("Sub", parts[part.name], graph.number(part.mean, DOUBLE))
        scaled = graph.add("Div", centered, graph.number(part.scale, DOUBLE))
        filled = graph.add("Where", missing, graph.number(0.0, DOUBLE), scaled)
        made.append(graph.cast(filled, FLOAT))
    return made, missing


def _parts(graph: Graph, seconds: str, wanted: set[str]) -> dict[str, str]:
    """Year, month, day, weekday and hour as 64-bit numbers, as far as they are wanted."""

    def whole(operator: str, tensor: str, number: int) -> str:
        return graph.add(operator, tensor, graph.number(number, INT64))

    of_day = whole("Mod", seconds, DAY)
    days = whole("Div", graph.add("Sub", seconds, of_day), DAY)
    found: dict[str, str] = {}
    if "hour" in wanted:
        real = graph.cast(of_day, DOUBLE)
        found["hour"] = graph.add("Div", real, graph.number(3600.0, DOUBLE))
    if "weekday" in wanted:
        found["weekday"] = graph.cast(whole("Mod", whole("Add", days, 3), 7), DOUBLE)
    if not wanted & {"year", "month", "day"}:
        return found
    days = whole("Add", days, FIRST_OF_MARCH)
    rest = whole("Mod", days, CYCLE)
    cycles = whole("Div", graph.add("Sub", days, rest), CYCLE)
    # The last day of a cycle, and of four years, is the leap day of the last year in it.
    centuries = whole("Min", whole("Div", rest, CENTURY), 3)
    rest = graph.add("Sub", rest, whole("Mul", centuries, CENTURY))
    fours = whole("Div", rest, 1461)
    rest = graph.add("Sub", rest, whole("Mul", fours, 1461))
    singles = whole("Min", whole("Div", rest, 365), 3)
    rest = graph.add("Sub", rest, whole("Mul", singles, 365))
    starts = graph.constant([MONTHS], INT64, name="months")
    begun = graph.cast(graph.add("LessOrEqual", starts, rest), INT64)
    month = whole("Sub", graph.reduce("ReduceSum", begun, 1, keep=True), 1)  # March is 0
    before = graph.add("Gather", graph.constant(MONTHS, INT64, name="months"), month)
    day = whole("Add", graph.add("Sub", rest, before), 1)
    year = graph.add("Add", whole("Mul", cycles, 400), whole("Mul", centuries, 100))
    year = graph.add("Add", graph.add("Add", year, whole("Mul", fours, 4)), singles)
    next_year = graph.cast(whole("GreaterOrEqual", month, 10), INT64)
    found["year"] = graph.cast(graph.add("Add", year, next_year), DOUBLE)
    found["month"] = graph.cast(whole("Add", whole("Mod", whole("Add", month, 2), 12), 1), DOUBLE)
    found["day"] = graph.cast(day, DOUBLE)
    return found
