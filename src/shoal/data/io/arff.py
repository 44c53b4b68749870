"""Tables in ARFF, the format of Weka and OpenML: names and types above the rows.

Source: the attribute-relation file format as Weka's manual describes it, with sparse rows.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shoal.data.io.decoding import decoded, file_bytes
from shoal.data.io.sheet import Sheet
from shoal.data.io.typed_tables import TypedCells
from shoal.errors import DataError

CELL_BYTES = 10
"""Of memory for a byte of the file: a cell of three letters is an object of fifty bytes."""

_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_ATTRIBUTE = re.compile(rf"@attribute\s+({_QUOTED}|[^\s{{]+)\s*(.*)", re.IGNORECASE | re.DOTALL)
_FIELD = re.compile(rf"\s*({_QUOTED}|[^,\t]*?)\s*(?:[,\t]|$)")
_PLACED = re.compile(rf"\s*(?:(\d{{1,9}})\s+({_QUOTED}|[^,]*?)\s*(?:,|$)|[^,]+,?)")
_ESCAPE = re.compile(r"\\(.)")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r"}

_NUMBERS = frozenset({"numeric", "real", "integer"})

_TIMES = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
"""Letters of Java's dates, and of Python's."""


@dataclass(frozen=True)
class _Attribute:
    """A column: its name, what it holds, its values if it is nominal, how its dates are written."""

    name: str
    kind: str
    values: tuple[str, ...] = ()
    date: str = "%Y-%m-%dT%H:%M:%S"


def read_arff(path: Path, encoding: str | None = None) -> Sheet:
    """The sheet of an ARFF file: its columns hold what it says they hold.

    Raises:
        DataError: with the line of what is wrong.
    """
    where = str(path)
    text, notes = decoded(file_bytes(path, CELL_BYTES), where, encoding)
    lines = iter(enumerate(text.splitlines(), start=1))
    attributes = list(_attributes(lines, where))
    names = [attribute.name for attribute in attributes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError("the names of the columns differ", received=f"{twice!r} twice", where=where)
    rows, numbers = [], []
    for number, line in lines:
        if line.strip() and not line.lstrip().startswith("%"):
            rows.append(_row(line.strip(), attributes, f"{where}, line {number}"))
            numbers.append(number)
    if not rows or not attributes:
        raise DataError("a table has a header and rows", received="no rows", where=where)
    columns: list[Sequence[str]] = [
        _column(attribute, cells, numbers, f"{where}, column {attribute.name!r}")
        for attribute, cells in zip(attributes, zip(*rows, strict=True), strict=True)
    ]
    return Sheet(where, names, columns, numbers, notes=tuple(notes))


def _attributes(lines: Iterator[tuple[int, str]], where: str) -> Iterator[_Attribute]:
    """The columns, up to the line that begins the data."""
    for number, line in lines:
        line = line.strip()
        word = line.split(None, 1)[0].lower() if line else ""
        if word == "@data":
            return
        if word == "@attribute":
            yield _attribute(line, f"{where}, line {number}")
        elif line and not line.startswith("%") and word != "@relation":
            raise DataError(
                "an ARFF file names its columns by @attribute, and then @data",
                received=repr(line[:60]),
                where=f"{where}, line {number}",
            )
    raise DataError("an ARFF file has a line @data before its rows", where=where)


def _attribute(line: str, place: str) -> _Attribute:
    found = _ATTRIBUTE.fullmatch(line)
    name, told = ("", "") if found is None else (_plain(found[1]), found[2].strip())
    word = told.split(None, 1)[0].lower() if told else ""
    if told.startswith("{") and told.endswith("}"):
        values = [_plain(field) for field in _fields(told[1:-1])]
        return _Attribute(name, "nominal", tuple(values))
    if word in _NUMBERS or word == "string":
        return _Attribute(name, "string" if word == "string" else "number")
    if word == "date":
        written = _plain(told[len("date") :].strip())
        return _Attribute(name, "date", date=_date_format(written)) if written else _Attribute(
            name, "date"
        )  # fmt: skip
    raise DataError(
        "a column of an ARFF file is numeric, a date, a string, or one of {some, values}",
        received=repr(told[:60] or line[:60]),
        where=place,
    )


def _date_format(written: str) -> str:
    quoted = written.replace("'", "")
    return re.sub("|".join(_TIMES), lambda found: _TIMES[found[0]], quoted.replace("%", "%%"))


def _row(line: str, attributes: Sequence[_Attribute], place: str) -> list[str | None]:
    """The cells of a row, None where one is missing."""
    if line.startswith("{"):
        return _sparse(line, attributes, place)
    fields = line.split(",") if not set(line) & set("'\"\\\t{") else _fields(line)
    if len(fields) == len(attributes) + 1 and re.fullmatch(r"\s*\{.*\}\s*", fields[-1]):
        fields = fields[:-1]  # how much the row counts: --weight has it from a column
    if len(fields) != len(attributes):
        raise DataError(
            "every row has a field for each @attribute",
            expected=f"{len(attributes)}",
            received=f"{len(fields)}",
            where=place,
        )
    return [_cell(field) for field in fields]


def _sparse(line: str, attributes: Sequence[_Attribute], place: str) -> list[str | None]:
    """A row that names its cells by their places; the others are 0, or the first value."""
    cells: list[str | None] = [a.values[0] if a.values else "0" for a in attributes]
    inside = line[1 : line.rindex("}")] if "}" in line else line[1:]
    for found in _PLACED.finditer(inside) if inside.strip() else []:
        field, number, value = found[0].strip(), found[1], found[2]
        if number is None or int(number) >= len(attributes):
            raise DataError(
                "a sparse row names its cells by place and value",
                expected=f"places 0 to {len(attributes) - 1}",
                received=repr(field),
                where=place,
            )
        cells[int(number)] = _cell(value)
    return cells


def _fields(text: str) -> list[str]:
    """What commas separate, outside of quotes."""
    fields: list[str] = []
    at = 0
    while at <= len(text):
        found = _FIELD.match(text, at)
        if found is None:  # a quote that is not closed, or text behind one that is
            return [*fields, text[at:]]
        fields.append(found[1])
        at = found.end()
        if not found[0].endswith((",", "\t")):
            break
    return fields


def _cell(field: str) -> str | None:
    field = field.strip()
    return None if field in ("?", "") else _plain(field)


def _plain(text: str) -> str:
    """What is written in quotes, or the text itself."""
    if len(text) < 2 or text[0] != text[-1] or text[0] not in "'\"":
        return text
    return _ESCAPE.sub(lambda found: _LETTERS.get(found[1], found[1]), text[1:-1])


def _column(
    attribute: _Attribute, cells: Sequence[str | None], lines: Sequence[int], place: str
) -> TypedCells:
    known = dict.fromkeys(attribute.values)
    two = {value.lower() for value in known}
    read: dict[str | None, Any] = {}
    for row, cell in enumerate(cells):
        if cell in read:
            continue
        with suppress(ValueError):
            read[cell] = _value(attribute, cell, known)
            continue
        raise DataError(
            "a column holds what its @attribute says",
            expected=f"one of {', '.join(attribute.values[:20])}"
            if known
            else f"a {attribute.kind}",
            received=repr(cell),
            where=f"{place}, line {lines[row]}",
        )
    values = [read[cell] for cell in cells]
    if attribute.kind == "number":
        whole = all("." not in cell and "e" not in cell.lower() for cell in read if cell)
        return TypedCells("number", np.array(values, np.float64), whole)
    if attribute.kind == "date":
        return TypedCells("date", np.array(values, "datetime64[s]"))
    if two and two <= {"true", "false"}:
        truths = [np.nan if value is None else value.lower() == "true" for value in values]
        return TypedCells("boolean", np.array(truths, np.float64))
    return TypedCells("text", np.array([*values, None], object)[:-1])


def _value(attribute: _Attribute, cell: str | None, known: dict[str, None]) -> Any:
    """A cell as what it is.

    Raises:
        ValueError: it is something else.
    """
    if attribute.kind == "number":
        number = np.nan if cell is None else float(cell)
        if np.isinf(number):
            raise ValueError
        return number
    if attribute.kind == "date":
        if cell is None:
            return np.datetime64("NaT", "s")
        return np.datetime64(datetime.datetime.strptime(cell, attribute.date), "s")
    if cell is not None and known and cell not in known:
        raise ValueError
    return cell
