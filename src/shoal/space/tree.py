"""Walking through networks and recipes: roles of fields, ranges, values in their place.

A field declares its role, which is what its value decides:

``STATIC``  changes the compiled program: a layer's kernel size, a batch size.
``WIDTH``   a number of units or channels: the program is built for the largest,
            and a lane with fewer masks the rest.
``TRACED``  a real number that the compiled program takes as an input.
``HOST``    never reaches the compiled program: epochs, patience, initialization.

Anything with ranges in it is either a dataclass, whose fields are its parts, or has the two
methods of `Composite` (a network, whose parts are its layers).
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol, TypeVar, runtime_checkable

from shoal.space.ranges import Choice, Float, Int, Range


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


@runtime_checkable
class Composite(Protocol):
    """An object that names its parts itself and can be made again with others."""

    def space_parts(self) -> Iterator[tuple[str, Any, Role]]:
        """Name, value and role of each part."""
        ...

    def space_rebuild(self, parts: Mapping[str, Any]) -> Any:
        """The same object with these parts replaced."""
        ...


@dataclass(frozen=True)
class Conditional:
    """A part of a composite that counts only where a range has one of some values.

    Attributes:
        of: the range, a part of the same composite that comes before.
        values: of those that it may have.
        part: what counts then.
    """

    of: Int | Choice
    values: tuple[Any, ...]
    part: Any

    def point_values(self) -> tuple[int, ...]:
        """The values as a point names them: for a choice, the options' indices."""
        if isinstance(self.of, Choice):
            return tuple(i for i, o in enumerate(self.of.options) if o in self.values)
        return self.values


def is_range(value: Any) -> bool:
    """Whether the value is a Float, an Int or a Choice."""
    return isinstance(value, Float | Int | Choice)


def parts_of(value: Any) -> Iterator[tuple[str, Any, Role]]:
    """Name, value and role of each part of a composite, a dataclass or a tuple."""
    kind = type(value)
    if _is_composite(kind):
        yield from value.space_parts()
    else:
        for name, role in _fields(kind):
            yield name, getattr(value, name), role


def default_values(value: Any) -> Mapping[str, Any]:
    """What the fields of a dataclass have where nothing is given; nothing for other values."""
    kind = type(value)
    if _is_composite(kind) or not _fields(kind):
        return {}
    return {
        field.name: field.default
        for field in dataclasses.fields(kind)
        if field.default is not dataclasses.MISSING
    }


# Looked up once a class: a search walks its trees for every trial.
_COMPOSITES: dict[type[Any], bool] = {}
_FIELDS: dict[type[Any], tuple[tuple[str, Role], ...]] = {}


def _is_composite(kind: type[Any]) -> bool:
    if kind not in _COMPOSITES:
        _COMPOSITES[kind] = issubclass(kind, Composite)
    return _COMPOSITES[kind]


def _fields(kind: type[Any]) -> tuple[tuple[str, Role], ...]:
    """Names and roles of a dataclass's fields; none for a range or plain data."""
    if kind not in _FIELDS:
        named = dataclasses.is_dataclass(kind) and not issubclass(kind, Float | Int | Choice)
        fields = dataclasses.fields(kind) if named else ()
        _FIELDS[kind] = tuple((field.name, role_of(field)) for field in fields)
    return _FIELDS[kind]


LEAVES = frozenset({int, float, str, bool, type(None)})
"""Types of most of what stands in a tree: nothing is below it. Asked first, that saves most
of the walk."""

Tree = TypeVar("Tree")


def substitute(
    value: Tree, replace: Callable[[Range, Role], Any], role: Role = Role.STATIC
) -> Tree:
    """The same tree with each range replaced; what replaces it is walked in its turn.

    ``replace`` gets the range and the role of the field where it stands, and may
    return the range itself to leave it where it is.
    """
    if type(value) in LEAVES:
        return value
    if isinstance(value, Float | Int | Choice):
        new = replace(value, role)
        return new if new is value else substitute(new, replace, role)
    if isinstance(value, Conditional):
        part: Tree = _substituted(value, replace, role)
        return part
    if isinstance(value, tuple):
        return type(value)(substitute(item, replace, role) for item in value)
    changed = {}
    for name, part, part_role in parts_of(value):
        new = substitute(part, replace, part_role)
        if new is not part and not _same_tuple(new, part):
            changed[name] = new
    if not changed:
        return value
    whole: Any = value
    rebuilt: Tree
    if _is_composite(type(whole)):
        rebuilt = whole.space_rebuild(changed)
    else:
        rebuilt = dataclasses.replace(whole, **changed)
    return rebuilt


def _substituted(value: Conditional, replace: Callable[[Range, Role], Any], role: Role) -> Any:
    """The part; itself again if nothing changed, None if the range has another value."""
    number = replace(value.of, Role.STATIC)
    if not is_range(number) and number not in value.values:
        return None
    part = substitute(value.part, replace, role)
    return value if part is value.part else part


def copied(tree: Tree) -> Tree:
    """The tree with new ranges like the old ones; a range with a name stays the one that it is."""
    made: dict[int, Range] = {}
    new: set[int] = set()

    def replace(value: Range, role: Role) -> Range:
        if value.name is not None or id(value) in new:
            return value
        if id(value) not in made:
            made[id(value)] = copy.copy(value)
            new.add(id(made[id(value)]))
        return made[id(value)]

    return substitute(tree, replace)


def _same_tuple(new: Any, old: Any) -> bool:
    return (
        isinstance(new, tuple)
        and isinstance(old, tuple)
        and len(new) == len(old)
        and all(a is b for a, b in zip(new, old, strict=True))
    )
