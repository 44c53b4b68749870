"""Networks and recipes as plain JSON, and back, through a registry.

An object is a component (see `shoal.registry`), a dataclass with a ``kind``; its JSON is
``{"kind": …, field: …}``. Decoding resolves ``kind`` in the registry that the caller passes
and nowhere else: a file can name only what is registered there.
"""

from __future__ import annotations

import dataclasses
import reprlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from shoal.errors import ShoalError, SpaceError
from shoal.registry import Component, Registry, field_hint
from shoal.space.ranges import Choice, Float, Int, Range
from shoal.space.space import Space

DEEPEST = 100
"""Levels of nesting that are read: far more than a network has, and no stack overflows."""


def encode(value: Any, space: Space | None = None) -> Any:
    """Plain JSON for an object.

    Args:
        value: a registered object, a range, or plain data.
        space: where given, each range is written with the name that it has there,
            so that one range used at several places is one range when read back.

    Raises:
        ComponentError: an object of a class that no file can name.
    """
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Float | Int | Choice):
        return _encode_range(value, space)
    if isinstance(value, tuple | list):
        return [encode(item, space) for item in value]
    if isinstance(value, Component):
        value.registry.check(type(value))
    if hasattr(value, "to_json_with"):
        return value.to_json_with(space)
    fields = {
        field.name: encode(getattr(value, field.name), space) for field in dataclasses.fields(value)
    }
    return {"kind": value.kind, **fields}


def _encode_range(value: Range, space: Space | None) -> dict[str, Any]:
    name = space.hyperparameter_of(value).name if space is not None else value.name
    named: dict[str, Any] = {} if name is None else {"name": name}
    if value.default is not None:
        named["default"] = value.default
    if isinstance(value, Choice):
        if value.default is not None:
            named["default"] = value.labels()[value.index_of(value.default) or 0]
        return {"range": "choice", "options": [encode(o, space) for o in value.options], **named}
    kind = "int" if isinstance(value, Int) else "float"
    return {"range": kind, "low": value.low, "high": value.high, "log": value.log, **named}


class Decoder:
    """Reads what `encode` wrote; ranges of one name become one object.

    Args:
        registry: kind → class; nothing outside it can be made.
        where: the file or argument, for messages.
    """

    def __init__(self, registry: Mapping[str, type[Any]], where: str) -> None:
        self.registry = registry
        self.where = where
        self._ranges: dict[str, tuple[Any, Range]] = {}
        self._depth = 0

    def decode(self, data: Any, path: str = "") -> Any:
        """The object that the JSON describes.

        Raises:
            SpaceError: an unknown kind, an unknown or missing field, a bad range,
                two different ranges of one name, or nesting too deep to follow.
        """
        if self._depth == DEEPEST:
            raise self._error("nesting ends somewhere", "", None, f"at most {DEEPEST} levels")
        self._depth += 1
        try:
            return self._decode(data, path)
        finally:
            self._depth -= 1

    def _decode(self, data: Any, path: str) -> Any:
        if isinstance(data, list):
            return tuple(self.decode(item, f"{path}[{i}]") for i, item in enumerate(data))
        if not isinstance(data, Mapping):
            return data
        if "range" in data:
            return self._range(data, path)
        if "kind" not in data:
            raise self._error("an object has a kind or is a range", path, sorted(data), None)
        return self._object(data, path)

    def _object(self, data: Mapping[str, Any], path: str) -> Any:
        kind = data["kind"]
        cls = self.registry.get(kind) if isinstance(kind, str) else None
        if cls is None:
            raise self._unknown(kind, path)
        if hasattr(cls, "from_json_with"):
            return cls.from_json_with(self, data, path)
        known_fields = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(data) - known_fields - {"kind"})
        if unknown:
            fields = ", ".join(sorted(known_fields)) or "no fields"
            hint = field_hint(unknown[0], known_fields)
            raise self._error(f"{kind} has no field {unknown[0]!r}", path, unknown, fields, hint)
        missing = [name for name in _required(cls) if name not in data]
        if missing:
            needed = ", ".join(_required(cls))
            raise self._error(f"{kind} needs a value for {missing[0]!r}", path, None, needed)
        values = {k: self.decode(v, f"{path}.{k}") for k, v in data.items() if k != "kind"}
        return self._make(cls, values, path)

    def _range(self, data: Mapping[str, Any], path: str) -> Range:
        name = data.get("name")
        if not isinstance(name, str):
            return self._new_range(data, path)
        first, known = self._ranges.get(name, (None, None))
        if known is None:
            known = self._new_range(data, path)
            self._ranges[name] = (data, known)
        elif first != data:
            raise self._error(f"the name {name!r} stands for one range", path, data, first)
        return known

    def _new_range(self, data: Mapping[str, Any], path: str) -> Range:
        kind, values = data["range"], {k: v for k, v in data.items() if k != "range"}
        if kind == "choice":
            options = values.pop("options", None)
            if not isinstance(options, list):
                raise self._error("a choice lists its options", path, repr(options), "a list")
            made = self.decode(options, f"{path}.options")
            return self._make(lambda **rest: Choice(*made, **rest), values, path)  # type: ignore[no-any-return]  # made by Choice
        classes: dict[str, type[Float | Int]] = {"float": Float, "int": Int}
        if not isinstance(kind, str) or kind not in classes:
            raise self._error("a range is one of three", path, repr(kind), "float, int, choice")
        return self._make(classes[kind], values, path)  # type: ignore[no-any-return]  # made by the class

    def _make(self, make: Any, values: dict[str, Any], path: str) -> Any:
        try:
            return make(**values)
        except ShoalError as error:
            place = self._place(path)
            raise error.at(f"{place}: {error.where}" if error.where else place) from None
        except (TypeError, ValueError, OverflowError, AttributeError) as error:
            # What a constructor computes with before it says what it wants.
            fields = reprlib.repr(sorted(values))
            raise self._error(f"the fields do not fit ({error})", path, fields, None) from None

    def _place(self, path: str) -> str:
        return f"{self.where}{': ' if path else ''}{path.lstrip('.')}"

    def _unknown(self, kind: object, path: str) -> SpaceError:
        if not isinstance(self.registry, Registry):
            known = ", ".join(sorted(self.registry))
            return self._error("there is no such kind", path, repr(kind), known)
        expected, hint = self.registry.unknown(kind)
        rule = f"there is no {self.registry.what} of this kind"
        return self._error(rule, path, repr(kind), expected, hint)

    def _error(
        self, rule: str, path: str, received: Any, expected: Any, hint: str | None = None
    ) -> SpaceError:
        return SpaceError(
            rule, where=self._place(path), received=received, expected=expected, hint=hint
        )


def _required(cls: type[Any]) -> list[str]:
    """The fields that have no default."""
    return [
        field.name
        for field in dataclasses.fields(cls)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
