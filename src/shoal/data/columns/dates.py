"""Dates and times of day as they are written in tables."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt

Moment = np.datetime64
"""A date and time of day, to the second, as the clock on the wall has it."""

Moments = npt.NDArray[Any]
"""datetime64[s] of shape (n,), NaT where none is known."""

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip

_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?(?:\s?(?:Z|UTC|[+-]\d{2}:?\d{2}))?"
)
_BEHIND = rf"(?:(?:[T ]|,\s)\s*{_CLOCK})?"
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"

DATE_ORDERS = {
    "year-month-day": r"(?P<year>\d{4})(?P<s>[-/.])(?P<month>\d{1,2})(?P=s)(?P<day>\d{1,2})"
    + _BEHIND,
    "day-month-year": rf"(?P<day>\d{{1,2}})(?P<s>[-/.])(?P<month>\d{{1,2}})(?P=s)"
    rf"(?P<year>\d{{4}}|\d{{2}}){_BEHIND}",
    "month-day-year": rf"(?P<month>\d{{1,2}})(?P<s>[-/.])(?P<day>\d{{1,2}})(?P=s)"
    rf"(?P<year>\d{{4}}|\d{{2}}){_BEHIND}",
    "day-name-year": rf"(?P<day>\d{{1,2}})\.?[- ]{_NAME}[- ,]\s?(?P<year>\d{{4}}){_BEHIND}",
    "name-day-year": rf"{_NAME}\s(?P<day>\d{{1,2}}),?\s(?P<year>\d{{4}}){_BEHIND}",
    "yearmonthday": r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})",
    "year-month": r"(?P<year>\d{4})[-/](?P<month>\d{1,2})",
    "time": _CLOCK,
}
"""The orders of a date's parts that are read, as patterns."""

_PATTERNS = {name: re.compile(pattern) for name, pattern in DATE_ORDERS.items()}


def read_date(cell: str, order: str) -> Moment | None:
    """The moment that a cell tells; None if it tells none in this order.

    A time of day alone is one of the first of January 1970.
    """
    found = _PATTERNS[order or "year-month-day"].fullmatch(cell)
    if found is None:
        return None
    told = found.groupdict()
    year = int(told.get("year") or 1970)
    if len(told.get("year") or "1970") == 2:
        year += 2000 if year < 69 else 1900
    month = _month(told["name"]) if told.get("name") else int(told.get("month") or 1)
    hour, minute, second = (int(told.get(p) or 0) for p in ("hour", "minute", "second"))
    if told.get("half"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (told["half"] in "Pp")
    if hour > 23 or minute > 59 or second > 60 or not 1 <= month <= 12:
        return None
    text = f"{year:04}-{month:02}-{int(told.get('day') or 1):02}"
    try:
        day = np.datetime64(text, "s")
    except ValueError:
        return None
    return day + np.timedelta64(3600 * hour + 60 * minute + min(second, 59), "s")


def _month(name: str) -> int:
    """The number of a month by its English name or the start of it; 0: none."""
    short = name.lower()
    found = [i for i, month in enumerate(_MONTHS, 1) if month.startswith(short)]
    return found[0] if len(found) == 1 else (9 if short == "sept" else 0)


def date_order(cells: Collection[str]) -> str:
    """The order in which all of these cells are dates; empty if there is none.

    Where the day and the month could be either, the one that differs more is the day.
    """
    if not cells:
        return ""
    fitting = [
        order for order in DATE_ORDERS if all(read_date(cell, order) is not None for cell in cells)
    ]
    if {"day-month-year", "month-day-year"} <= set(fitting):
        first = {re.split("[-/.]", cell)[0] for cell in cells}
        second = {re.split("[-/.]", cell)[1] for cell in cells}
        return "month-day-year" if len(second) > len(first) else "day-month-year"
    return fitting[0] if fitting else ""


PARTS = {"year-month": ("year", "month"), "time": ("hour",)}
"""What an order tells, where it is not the whole date."""


def date_parts(moments: Moments) -> dict[str, npt.NDArray[np.float64]]:
    """Numbers of each moment: year, month, day, weekday (Monday is 0) and hour with its minutes."""
    days = moments.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    years = months.astype("datetime64[Y]")
    numbers = {
        "year": years.astype(np.int64) + 1970,
        "month": (months - years).astype(np.int64) + 1,
        "day": (days - months).astype(np.int64) + 1,
        "weekday": (days.astype(np.int64) + 3) % 7,
        "hour": (moments - days).astype("timedelta64[s]").astype(np.int64) / 3600,
    }
    gone = np.isnat(moments)
    return {name: np.where(gone, np.nan, part.astype(np.float64)) for name, part in numbers.items()}


def date_text(moment: Moment, order: str) -> str:
    """A moment as text."""
    text = str(moment.astype("datetime64[m]"))
    if order == "time":
        return text[11:]
    return text[:10] if text.endswith("T00:00") else text.replace("T", " ")
