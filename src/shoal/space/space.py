"""A search space: every range of a network and its recipe, by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from shoal.errors import SpaceError
from shoal.space.ranges import Choice, Float, Int, Range
from shoal.space.roles import Role
from shoal.space.tree import Conditional, is_range, parts_of, substitute

Point = dict[str, int | float]
"""One point of a space as plain data: name → number, for a `Choice` the option's index.

Only active hyperparameters are in it: a range inside an option that was not
chosen is not.
"""


@dataclass(frozen=True, eq=False)
class Hyperparameter:
    """One searched value.

    Attributes:
        name: from where it stands (``dense_1.units``), or as given.
        range: its values.
        role: what it decides (see `Role`).
        conditions: the choices it hangs on: for each, the name of the choice
            and the index of the option inside which it stands. Several where
            one range stands at several places; it is active if any holds.
    """

    name: str
    range: Range
    role: Role
    conditions: tuple[tuple[tuple[str, int], ...], ...] = ((),)

    def active(self, point: Mapping[str, int | float]) -> bool:
        """Whether the choices made so far reach this hyperparameter."""
        return any(
            all(point.get(parent) == index for parent, index in path) for path in self.conditions
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data for a study file and the report."""
        values: dict[str, Any]
        if isinstance(self.range, Choice):
            values = {"kind": "choice", "options": list(self.range.labels())}
        else:
            kind = "int" if isinstance(self.range, Int) else "float"
            values = {"kind": kind, "low": self.range.low, "high": self.range.high}
            values["log"] = self.range.log
        condition = [list(step) for step in self.conditions[0]]
        return {"name": self.name, "range": values, "condition": condition}


Tree = TypeVar("Tree")


class Space:
    """The hyperparameters of some objects, in the order in which they stand.

    One range object at several places is one hyperparameter, and so are ranges
    that were given one name and are alike.

    Args:
        roots: networks, recipes, or anything else that `parts_of` can walk.

    Raises:
        SpaceError: two different ranges have one name.
    """

    def __init__(self, *roots: Any) -> None:
        found: dict[str, Hyperparameter] = {}
        names: _Names = {}
        for root in roots:
            for entry in _collect(root, "", Role.STATIC, (), names):
                _add(found, entry)
        self.hyperparameters: tuple[Hyperparameter, ...] = tuple(found.values())
        self._names = names
        self._by_name = found

    def __len__(self) -> int:
        return len(self.hyperparameters)

    def __iter__(self) -> Iterator[Hyperparameter]:
        return iter(self.hyperparameters)

    def names(self) -> list[str]:
        """The hyperparameters' names."""
        return [entry.name for entry in self]

    def hyperparameter_of(self, value: Range) -> Hyperparameter:
        """The hyperparameter that this very range object is.

        Raises:
            SpaceError: it stands nowhere in this space.
        """
        if id(value) not in self._names:
            raise SpaceError("a range is asked for in the space where it stands", received=value)
        return self._by_name[self._names[id(value)][0]]

    def from_unit(self, unit: Sequence[float]) -> Point:
        """The point at a point of the unit cube [0, 1]^len(space).

        Raises:
            SpaceError: not one number for each hyperparameter.
        """
        if len(unit) != len(self):
            raise SpaceError(
                "a point of the unit cube has one number for each hyperparameter",
                expected=len(self),
                received=len(unit),
            )
        point: Point = {}
        for entry, u in zip(self, unit, strict=True):
            if entry.active(point):
                point[entry.name] = entry.range.from_unit(float(u))
        return point

    def to_unit(self, point: Mapping[str, int | float]) -> list[float]:
        """A point of the unit cube; 1/2 for what is not active."""
        return [
            entry.range.to_unit(point[entry.name]) if entry.name in point else 0.5 for entry in self
        ]

    def check(self, point: Mapping[str, int | float]) -> None:
        """Raise SpaceError unless the point names each active hyperparameter and no other."""
        for entry in self:
            if entry.active(point) != (entry.name in point):
                raise SpaceError(
                    "a point has a value for each active hyperparameter, and for no other",
                    where=entry.name,
                    received=f"{dict(point)}",
                )
            if entry.name in point and not entry.range.contains(point[entry.name]):
                raise SpaceError(
                    "a hyperparameter's value lies in its range",
                    where=entry.name,
                    expected=entry.to_json()["range"],
                    received=point[entry.name],
                )
        unknown = set(point) - set(self.names())
        if unknown:
            raise SpaceError("a point names only hyperparameters", received=sorted(unknown))

    def describe(self, point: Mapping[str, int | float]) -> dict[str, Any]:
        """Name → value as a reader wants it: a choice by its option's label."""
        readable: dict[str, Any] = {}
        for entry in self:
            if entry.name in point:
                value = point[entry.name]
                if isinstance(entry.range, Choice):
                    readable[entry.name] = entry.range.labels()[int(value)]
                else:
                    readable[entry.name] = value
        return readable

    def bind(self, tree: Tree, point: Mapping[str, int | float]) -> Tree:
        """The tree with every range replaced by its value at the point."""
        return substitute(tree, lambda value, _role: self.value_at(value, point))

    def value_at(self, value: Range, point: Mapping[str, int | float]) -> Any:
        """What stands in the range's place at the point; for a choice, its option.

        Raises:
            SpaceError: the point has no value for it.
        """
        name = self.hyperparameter_of(value).name
        if name not in point:
            raise SpaceError(
                "a point has a value for each active hyperparameter",
                where=name,
                received=f"{dict(point)}",
            )
        number = point[name]
        return value.options[int(number)] if isinstance(value, Choice) else number

    def to_json(self) -> dict[str, Any]:
        """Plain data for a study file and the report."""
        return {"hyperparameters": [entry.to_json() for entry in self]}


_Names = dict[int, tuple[str, Range]]
"""The name of each range object by its id; the object is kept, so that its id stays its own."""


def _collect(
    value: Any, path: str, role: Role, condition: tuple[tuple[str, int], ...], names: _Names
) -> Iterator[Hyperparameter]:
    if isinstance(value, Float | Int | Choice):
        name, _ = names.setdefault(id(value), (value.name or path or "value", value))
        structural = isinstance(value, Choice) and not value.is_numeric()
        yield Hyperparameter(
            name, value, Role.STATIC if structural and role != Role.HOST else role, (condition,)
        )
        if isinstance(value, Choice):
            for index, (label, option) in enumerate(
                zip(value.labels(), value.options, strict=True)
            ):
                inner = (*condition, (name, index))
                yield from _collect(option, _join(name, str(label)), role, inner, names)
    elif isinstance(value, Conditional):
        name, _ = names[id(value.of)]
        for number in value.point_values():
            yield from _collect(value.part, path, role, (*condition, (name, number)), names)
    elif isinstance(value, tuple):
        for key, item in zip(_keys(value), value, strict=True):
            yield from _collect(item, _join(path, key), role, condition, names)
    else:
        for key, part, part_role in parts_of(value):
            yield from _collect(part, _join(path, key), part_role, condition, names)


def _add(found: dict[str, Hyperparameter], entry: Hyperparameter) -> None:
    known = found.get(entry.name)
    if known is None:
        found[entry.name] = entry
        return
    _check_same(entry.name, known.range, entry.range)
    merged = _merged(known, entry)
    if merged.conditions != known.conditions:
        # A hyperparameter stands after every choice that it hangs on, and this
        # place may hang on one that was met later than the first place.
        del found[entry.name]
    found[entry.name] = merged


def _keys(items: tuple[Any, ...]) -> list[str]:
    """What the items of a tuple are called: their kind and a number, or their place."""
    seen: Counter[str] = Counter()
    keys = []
    for place, item in enumerate(items, 1):
        kind = getattr(item, "kind", None)
        if isinstance(kind, str):
            seen[kind] += 1
        keys.append(f"{kind}_{seen[kind]}" if isinstance(kind, str) else str(place))
    return keys


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _check_same(name: str, known: Range, again: Range) -> None:
    if known is not again and (type(known), _values(known)) != (type(again), _values(again)):
        raise SpaceError(
            "a hyperparameter's name stands for one range",
            where=name,
            received="two different ranges of that name",
            hint="Use one range object at both places, or give them different names.",
        )


def _values(value: Range) -> tuple[Any, ...]:
    if isinstance(value, Choice):
        return value.options
    return (value.low, value.high, value.log)


def _merged(known: Hyperparameter, again: Hyperparameter) -> Hyperparameter:
    """One range met a second time: its first name, its greater role, either condition."""
    conditions = tuple(dict.fromkeys(known.conditions + again.conditions))
    always = ((),)
    return Hyperparameter(
        known.name,
        known.range,
        max(known.role, again.role),
        always if () in conditions else conditions,
    )


def has_ranges(tree: Any) -> bool:
    """Whether any range stands in the tree."""
    return is_range(tree) or len(Space(tree)) > 0
