"""What is told of how a table's columns were read: one line for each kind of reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shoal.data.cells import Cells, Finding
from shoal.data.dates import date_text

SHOWN = 4
"""Columns that a remark names, at most; the others are counted."""

_ONE = {
    "different": "column {} holds {} different texts: most are not told apart",
    "unread": "column {} holds numbers that are not read as such, and is taken as categories: "
    "write quantities alone, a unit in the column's name, or read it with --numeric",
    "some dates": "column {} holds dates and other text, and is taken as categories: leave a "
    "missing date blank, or read it with --dates",
    "mixed": "column {} mixes numbers and text and is taken as text (--numeric: its text is "
    "missing)",
    "lost": "column {} holds other cells than was asked for, which are taken as missing",
    "texts": "column {} holds free text, of which a table tells only what occurs often apart: "
    "--text, or text=, has a column read word by word",
    "na": "in column {} NA is taken as a value, as it stands among codes of two letters",
    "fixed": "column {} is the same in all rows and has no effect",
}

_SEVERAL = {
    "different": "columns {} hold many different texts: most are not told apart",
    "unread": "columns {} hold numbers that are not read as such, and are taken as categories: "
    "write quantities alone, a unit in the column's name, or read them with --numeric",
    "some dates": "columns {} hold dates and other text, and are taken as categories: leave a "
    "missing date blank, or read them with --dates",
    "mixed": "columns {} mix numbers and text and are taken as text (--numeric: their text is "
    "missing)",
    "lost": "columns {} hold other cells than was asked for, which are taken as missing",
    "texts": "columns {} hold free text, of which a table tells only what occurs often apart: "
    "--text, or text=, has one of them read word by word",
    "na": "in columns {} NA is taken as a value, as it stands among codes of two letters",
    "fixed": "columns {} are the same in all rows and have no effect",
}


def column_notes(columns: Mapping[str, Cells]) -> list[str]:
    """Remarks on how these columns were read."""
    return [note for note in (_numbers(columns), _dates(columns), *_others(columns)) if note]


def listed(names: Sequence[str]) -> str:
    """Names, the first ones of many."""
    shown = ", ".join(names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _numbers(columns: Mapping[str, Cells]) -> str | None:
    found = _with(columns, "numbers")
    if not found:
        return None
    told = [f"{name!r} ({_as_number(cells)})" for name, cells in found.items()]
    return f"numbers are read as they are written in column{'s' * (len(found) > 1)} {listed(told)}"


def _as_number(cells: Cells) -> str:
    number = cells.written.number(cells.example)
    return f"{cells.example!r} is {number:.12g}"


def _dates(columns: Mapping[str, Cells]) -> str | None:
    found = _with(columns, "dates")
    if not found:
        return None
    told = [f"{name!r} ({_as_date(cells)})" for name, cells in found.items()]
    return (
        "dates are read as numbers for the year, month, day, weekday and hour, as far as they "
        f"vary: {listed(told)}"
    )


def _as_date(cells: Cells) -> str:
    moment = cells.written.moment(cells.example)
    assert moment is not None
    told = date_text(moment, cells.written.date)
    return f"{cells.example!r} is {told}" if told != cells.example else repr(told)


def _others(columns: Mapping[str, Cells]) -> list[str]:
    notes = []
    for kind, text in _ONE.items():
        found = [(name, c) for name, c in columns.items() if c.finding == kind]
        if not found:
            continue
        quoted = kind in ("unread", "some dates", "lost")
        told = [f"{name!r}" + f" ({c.example!r})" * quoted for name, c in found]
        if len(found) == 1:
            notes.append(text.format(told[0], found[0][1].example))
        else:
            notes.append(_SEVERAL[kind].format(listed(told)))
    return notes


def _with(columns: Mapping[str, Cells], kind: Finding) -> dict[str, Cells]:
    return {name: cells for name, cells in columns.items() if cells.finding == kind}
