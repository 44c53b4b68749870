"""What a prompt shows of an object that holds arrays: what it is, not every number."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

LONGEST = 60
"""Characters of one field, at most."""

MOST = 6
"""Entries of a tuple, a list or a mapping that are told."""


def short_repr(thing: Any) -> str:
    """A dataclass with its fields, arrays by their shapes; to be a class's ``__repr__``."""
    told = [f"{f.name}={short(getattr(thing, f.name))}" for f in dataclasses.fields(thing)]
    return f"{type(thing).__name__}({', '.join(told)})"


def short(value: Any) -> str:
    """A value in a few words."""
    if hasattr(value, "shape") and hasattr(value, "dtype") and value.shape:
        return f"<{value.dtype} of shape {tuple(value.shape)}>"
    if type(value).__name__ == "DataFrame":
        return f"<table of {len(value)} rows × {len(value.columns)} columns>"
    if isinstance(value, Mapping):
        return _some("{", [f"{k!r}: {short(v)}" for k, v in _first(value.items())], len(value), "}")
    if isinstance(value, tuple | list) and not hasattr(value, "_fields"):
        return _some("(", [short(item) for item in _first(value)], len(value), ")")
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    text = repr(value)
    return text if len(text) <= LONGEST or "\n" in text else f"{text[: LONGEST - 1]}…"


def _first(items: Any) -> Any:
    return (item for item, _ in zip(items, range(MOST), strict=False))


def _some(opening: str, told: list[str], count: int, closing: str) -> str:
    more = f", … {count - len(told)} more" if count > len(told) else ""
    inside = ", ".join(told)
    if len(inside) > 4 * LONGEST:
        inside = f"{inside[: 4 * LONGEST]}…"
    return f"{opening}{inside}{more}{closing}"
