"""A search space: every range of a network and its recipe, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from shoal.errors import SpaceError
from shoal.space.hyperparameters import Hyperparameter, Point, hyperparameters_of
from shoal.space.ranges import Choice, Range
from shoal.space.tree import is_range, substitute

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
        found, names = hyperparameters_of(roots)
        self.hyperparameters: tuple[Hyperparameter, ...] = tuple(found.values())
        self._names = names
        self._by_name = found

    def __repr__(self) -> str:
        names = self.names()
        told = ", ".join(names[:8]) + (f", … {len(names) - 8} more" if len(names) > 8 else "")
        return f"Space of {len(names)} hyperparameters" + (f": {told}" if names else "")

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

    def default_point(self) -> Point:
        """The point of the defaults."""
        return self.filled({})

    def filled(self, given: Mapping[str, int | float]) -> Point:
        """The point with these values, and defaults where none is given.

        What is given of a hyperparameter that the choices do not reach is left out.
        """
        point: Point = {}
        for entry in self:
            if entry.active(point):
                point[entry.name] = given.get(entry.name, entry.default)
        return point

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


def has_ranges(tree: Any) -> bool:
    """Whether any range stands in the tree."""
    return is_range(tree) or len(Space(tree)) > 0
