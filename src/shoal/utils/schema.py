"""Schemas of plain data: what a file must say, checked as it is read.

A schema is a function that takes a value read from JSON, TOML or a database and returns it, or
raises `SchemaError` with its path. Larger ones are composed of small ones::

    METRICS = by_name(real)
    MEMBER = record({"trial": whole(), "share": number(0, 1)}, {"note": text()})
    ENSEMBLE = record({"members": listed(MEMBER, least=1)}, {"test": METRICS})

What a record says beyond its fields is kept as it is: a later version may say more.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

Schema = Callable[[Any], Any]

LARGEST = 2**63 - 1
"""The largest whole number: that of a database, and far more than is ever counted."""

DEEPEST = 200
"""Levels of lists and objects in one document; what walks through them never overflows."""


class Told(str):
    """What is said of a value, in place of the value itself."""

    __slots__ = ()


class SchemaError(ValueError):
    """A value that is not what a schema asks for.

    Attributes:
        expected: what it asks for.
        received: the value, shortened.
        place: where it stands, such as ``members[2].share``.
    """

    def __init__(self, expected: str, received: object, place: str = "") -> None:
        self.expected, self.place = expected, place
        self.received = received if isinstance(received, Told) else Told(_short(received))
        super().__init__(f"{place or 'it'} must be {expected}, and is {self.received}")

    def within(self, part: str) -> SchemaError:
        """The same, told of the whole that has this part."""
        joint = "" if not self.place or self.place.startswith("[") else "."
        return SchemaError(self.expected, self.received, f"{part}{joint}{self.place}")


def _short(value: object) -> str:
    try:
        return reprlib.repr(value)[:80]
    except ValueError:  # a number with more digits than Python writes
        return "a number of thousands of digits"


_NUMBERS = frozenset({int, float})
"""Exactly these: a truth value is no number."""


def number(low: float = -math.inf, high: float = math.inf) -> Schema:
    """A finite number from low to high."""
    bounds = "" if low == -math.inf and high == math.inf else f" from {low:g} to {high:g}"

    def read(value: Any) -> Any:
        try:
            if type(value) in _NUMBERS and math.isfinite(value) and low <= value <= high:
                return value
        except OverflowError:  # a whole number beyond the largest float
            pass
        raise SchemaError(f"a finite number{bounds}", value)

    return read


def real(value: Any) -> float:
    """A number, finite or not: JSON has no NaN, so that a file has its name instead."""
    try:
        if type(value) in _NUMBERS:
            return float(value)
        if isinstance(value, str) and value in ("nan", "inf", "-inf"):
            return float(value)
    except OverflowError:
        pass
    raise SchemaError("a number", value)


def whole(least: int = 0, most: int = LARGEST) -> Schema:
    """A whole number from least to most."""

    def read(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            top = "" if most == LARGEST else f" to {most}"
            raise SchemaError(f"a whole number from {least}{top}", value)
        return value

    return read


def text(value: Any) -> str:
    """A text that can be written: without halves of surrogate pairs."""
    if not isinstance(value, str):
        raise SchemaError("a text", value)
    if value.isascii():
        return value
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise SchemaError("a text in Unicode", value.encode("utf-8", "replace").decode()) from None
    return value


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise SchemaError("true or false", value)
    return value


def scalar(value: Any) -> Any:
    """A text, a number, a truth value or nothing: what a table's cell can hold."""
    if value is None or isinstance(value, bool):
        return value
    return text(value) if isinstance(value, str) else _finite(value)


_finite = number()


def one_of(*words: Any) -> Schema:
    """One of these words."""

    def read(value: Any) -> Any:
        if not any(value == word and type(value) is type(word) for word in words):
            raise SchemaError(f"one of {', '.join(map(str, words))}", value)
        return value

    return read


def maybe(schema: Schema) -> Schema:
    """Nothing, or what fits the schema."""
    return lambda value: None if value is None else schema(value)


def either(*schemas: Schema) -> Schema:
    """What fits one of these, the first that it fits."""

    def read(value: Any) -> Any:
        told: list[str] = []
        for schema in schemas:
            try:
                return schema(value)
            except SchemaError as error:
                told.append(error.expected)
        raise SchemaError(" or ".join(dict.fromkeys(told)), value)

    return read


def listed(schema: Schema, *, least: int = 0, most: int = LARGEST) -> Schema:
    """A list of what fits the schema, of a length from least to most."""

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise SchemaError("a list", value)
        if not least <= len(value) <= most:
            raise SchemaError(f"a list of {_lengths(least, most)}", Told(f"one of {len(value)}"))
        return [_part(schema, item, f"[{i}]") for i, item in enumerate(value)]

    return read


def row(*schemas: Schema) -> Schema:
    """A list with one value for each of these."""

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) != len(schemas):
            raise SchemaError(f"a list of {len(schemas)}", value)
        pairs = enumerate(zip(schemas, value, strict=True))
        return [_part(schema, item, f"[{i}]") for i, (schema, item) in pairs]

    return read


def by_name(schema: Schema) -> Schema:
    """An object with any names, each value of which fits the schema."""

    def read(value: Any) -> dict[str, Any]:
        found = {}
        for name, item in _object(value).items():
            try:
                found[text(name)] = schema(item)
            except SchemaError as error:
                raise error.within(str(name)) from None
        return found

    return read


def record(needed: Mapping[str, Schema], known: Mapping[str, Schema] | None = None) -> Schema:
    """An object that has these fields, and perhaps those.

    Args:
        needed: by name what must be there.
        known: what may be there. Any other field is kept as it is.
    """
    schemas = {**needed, **(known or {})}

    def read(value: Any) -> dict[str, Any]:
        found = mapping(value)
        for name in needed:
            if name not in found:
                raise SchemaError(
                    f"an object with {', '.join(needed)}", Told(f"one without {name}")
                )
        return {
            name: _part(schemas[name], item, name) if name in schemas else item
            for name, item in found.items()
        }

    return read


def mapping(value: Any) -> dict[str, Any]:
    """An object, with names that are texts."""
    if not all(type(name) is str for name in _object(value)):
        raise SchemaError("an object", value)
    return value  # type: ignore[no-any-return]  # an object


def _object(value: Any) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise SchemaError("an object", value)
    return value


def agreed(schema: Schema, *rules: tuple[Callable[[Any], bool], str]) -> Schema:
    """What fits the schema, and these rules on how its parts go together.

    Args:
        schema: of the whole.
        rules: each a test of what has been read, and what it asks for in words.
    """

    def read(value: Any) -> Any:
        found = schema(value)
        for holds, expected in rules:
            if not holds(found):
                raise SchemaError(expected, found)
        return found

    return read


def shallow(value: Any) -> Any:
    """Plain data that is not nested deeper than `DEEPEST`."""
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return value
    raise SchemaError(f"nested at most {DEEPEST} deep", Told("deeper"))


def _inside(value: Any) -> list[Any]:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in values if isinstance(item, dict | list)]


def _part(schema: Schema, value: Any, place: str) -> Any:
    try:
        return schema(value)
    except SchemaError as error:
        raise error.within(place) from None


def _lengths(least: int, most: int) -> str:
    return f"at least {least}" if most == LARGEST else f"{least} to {most}"


T = TypeVar("T")


def finite(value: object) -> float:
    """A finite number.

    Raises:
        TypeError, ValueError, OverflowError: if it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a number, not {value!r}")
    number = float(value)
    if not np.isfinite(number):
        raise ValueError(f"a finite number, not {number}")
    return number


def positive(value: object) -> float:
    """A finite number above 0.

    Raises:
        TypeError, ValueError, OverflowError: if it is none.
    """
    number = finite(value)
    if number <= 0:
        raise ValueError(f"a number above 0, not {number}")
    return number


def typed(value: object, wanted: type[T]) -> T:
    """The value, if it is of the type wanted.

    Raises:
        TypeError: if it is not.
    """
    if not isinstance(value, wanted):
        raise TypeError(f"{wanted.__name__}, not {value!r}")
    return value
