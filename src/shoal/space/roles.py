"""What a field's value decides: declared with the field, never guessed.

``STATIC``  changes the compiled program: a layer's kernel size, a batch size.
``WIDTH``   a number of units or channels: the program is built for the largest,
            and a lane with fewer masks the rest.
``TRACED``  a real number that the compiled program takes as an input.
``HOST``    never reaches the compiled program: epochs, patience, initialization.
"""

from __future__ import annotations

import dataclasses
from enum import IntEnum
from typing import Any


class Role(IntEnum):
    """Ordered by how much a value decides; one used in two roles has the greater."""

    HOST = 0
    TRACED = 1
    WIDTH = 2
    STATIC = 3


def _field(role: Role, default: Any) -> Any:
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata={"role": role})
    return dataclasses.field(default=default, metadata={"role": role})


def static(default: Any = dataclasses.MISSING) -> Any:
    """A field whose values need a program each."""
    return _field(Role.STATIC, default)


def width(default: Any = dataclasses.MISSING) -> Any:
    """A field that counts units; lanes mask what they have less of."""
    return _field(Role.WIDTH, default)


def traced(default: Any = dataclasses.MISSING) -> Any:
    """A real-valued field that the compiled program takes as an input."""
    return _field(Role.TRACED, default)


def host(default: Any = dataclasses.MISSING) -> Any:
    """A field that only the host reads."""
    return _field(Role.HOST, default)


def role_of(field: dataclasses.Field[Any]) -> Role:
    """The declared role of a dataclass field; what declares none is static."""
    role: Role = field.metadata.get("role", Role.STATIC)
    return role
