"""JSON text of plain data, safe for numbers that are not finite.

JSON has no NaN and no infinity. In free-form data they become the strings
``"nan"``, ``"inf"`` and ``"-inf"`` and stay strings when read. Where a format
knows that a number must stand (a metric, an objective), its schema turns the
string back (`shoal.utils.schema.real`), so that those numbers make the round trip unchanged.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from shoal.utils.schema import DEEPEST, SchemaError, shallow


def to_json(value: Any) -> str:
    """Return `value` as compact JSON text.

    Args:
        value: dicts, lists, tuples, strings, numbers, None; NumPy scalars and
            arrays count as the numbers and lists they hold.

    Raises:
        TypeError: something in it is not plain data.
    """
    try:
        return _ENCODER.encode(value)
    except ValueError:  # a Python float that is not finite
        return _ENCODER.encode(_finite(value))


def from_json(text: str) -> Any:
    """Return the data in JSON text.

    Raises:
        ValueError: the text is not JSON, or nested too deeply to be plain data.
    """
    if not isinstance(text, str):
        raise SchemaError("JSON text", text)
    try:
        found = _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if "\\ud" in text or "\\uD" in text:
        check_sound(found)
    return shallow(found) if text.count("[") + text.count("{") > DEEPEST else found


def check_sound(data: Any) -> None:
    """Raise ValueError where a text holds half a surrogate pair, which no file can hold."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("a text holds half of a pair of surrogates") from None


def finite_or_text(value: float | None) -> float | str | None:
    """Return `value` as it may be stored: a finite number, or the name of another one."""
    if value is None or math.isfinite(value):
        return None if value is None else float(value)
    return str(float(value))


def _numpy_value(value: object) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return _finite(value.tolist())
    raise TypeError(f"{type(value).__name__} is not plain data and cannot be stored as JSON")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return finite_or_text(value)
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# Built once: a study has millions of small texts.
_ENCODER = json.JSONEncoder(
    default=_numpy_value, allow_nan=False, separators=(",", ":"), ensure_ascii=False
)
_DECODER = json.JSONDecoder(parse_constant=_no_constant)
