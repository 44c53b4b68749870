"""Damage: bits, cuts and splices of any file; values of another type in structured ones."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 3, 7, -7, 0.5, -0.5, 1e-300, 1e300, 2**31, 2**32, 2**53,
    2**63 - 1, 2**63, -(2**63), 10**30, 10**400, "nan", "inf", "-inf", "", "x", "0", "1", "-1",
    "relu", "dense", "é", "\x00", "\ud800", "=1+1", "a" * 5000, [], {}, [[]], [{}], {"": None},
    [0], [1, 2], ["a"], {"a": 1}, {"kind": "relu"}, {"kind": "sgd"},
    {"range": "int", "low": 1, "high": 10**9}, {"range": "choice", "options": [1, 2]},
    {"kind": "repeat", "block": {"kind": "dense", "units": 2}, "times": 10**9},
)  # fmt: skip
"""Values that stand where others are expected."""


def damaged(content: bytes, rng: random.Random, other: bytes = b"") -> bytes:
    """Bytes with a few bits, bytes or stretches changed, cut, repeated or taken from elsewhere."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        if not data:
            break
        at, length = rng.randrange(len(data)), 1 + min(rng.randrange(1, 300), len(data))
        match rng.randrange(7):
            case 0:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                data[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
            case 2:
                del data[at:]
            case 3:
                del data[at : at + length]
            case 4:
                data[at:at] = data[at : at + length]
            case 5:
                data[at : at + 4] = rng.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"))
            case _:
                there = rng.randrange(len(other) + 1)
                data[at : at + length] = other[there : there + length]
    return bytes(data)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to each value within plain data, containers included."""
    found = [path]
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def twisted(value: Any, rng: random.Random) -> Any:
    """Plain data in which a few values are of another type, gone, doubled, or swapped."""
    data = {"": copy.deepcopy(value)}
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        known = places(data)[1:]
        *front, key = rng.choice(known)
        holder: Any = data
        for step in front:
            holder = holder[step]
        match rng.randrange(6):
            case 0 if front:
                del holder[key]
            case 1 if front and isinstance(holder, list):
                holder.insert(key, copy.deepcopy(holder[key]))
            case 1 if front and isinstance(holder, dict):
                holder[rng.choice(("x", "kind", "range", "", "name"))] = holder.pop(key)
            case 2:
                *there, last = rng.choice(known)
                taken: Any = data
                for step in (*there, last):
                    taken = taken[step]
                holder[key] = copy.deepcopy(taken)
            case 3 if isinstance(holder[key], int | float):
                number = holder[key]
                holder[key] = rng.choice((number + 1, number - 1, -number, number * 1000, 0))
            case _:
                holder[key] = copy.deepcopy(rng.choice(ODD))
    return data[""]


def twisted_json(text: str, rng: random.Random) -> str:
    """JSON text, twisted; one in ten is damaged as text."""
    try:
        value = json.loads(text)
    except ValueError:  # it is damaged already
        value = text
    if rng.random() < 0.1:
        return damaged(text.encode(), rng, text.encode()).decode("utf-8", "replace")
    return json.dumps(twisted(value, rng))
