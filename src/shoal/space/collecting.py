"""Finding the hyperparameters of networks and recipes, and giving them names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from shoal.errors import SpaceError
from shoal.space.choice import Choice
from shoal.space.hyperparameter import Hyperparameter
from shoal.space.ranges import Float, Int, Range
from shoal.space.roles import Role
from shoal.space.tree import LEAVES, Conditional, parts_of, usual_values

Names = dict[int, tuple[str, Range]]
"""The name of each range object by its id; the object is kept, so that its id stays its own."""


def hyperparameters_of(roots: Sequence[Any]) -> tuple[dict[str, Hyperparameter], Names]:
    """By name, the hyperparameters in the order in which they stand, and every range's name.

    Raises:
        SpaceError: two different ranges have one name.
    """
    found: dict[str, Hyperparameter] = {}
    names: Names = {}
    for root in roots:
        for entry in _collect(root, "", Role.STATIC, (), names):
            _add(found, entry)
    return found, names


def _collect(
    value: Any,
    path: str,
    role: Role,
    condition: tuple[tuple[str, int], ...],
    names: Names,
    usual: Any = None,
) -> Iterator[Hyperparameter]:
    if type(value) in LEAVES:
        return
    if isinstance(value, Float | Int | Choice):
        name, _ = names.setdefault(id(value), (value.name or path or "value", value))
        structural = isinstance(value, Choice) and not value.is_numeric()
        role = Role.STATIC if structural and role != Role.HOST else role
        yield Hyperparameter(name, value, role, (condition,), _default(value, usual))
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
        usual_of = usual_values(value)
        for key, part, part_role in parts_of(value):
            place = _join(path, key)
            yield from _collect(part, place, part_role, condition, names, usual_of.get(key))


def _default(value: Range, usual: Any) -> int | float:
    """The value of the first trial: the range's, the field's if it is in it, or the middle."""
    if isinstance(value, Choice):
        for option in (value.default, usual):
            index = None if option is None else value.index_of(option)
            if index is not None:
                return index
        return 0
    for number in (value.default, usual):
        if number is not None and value.contains(number):
            return int(number) if isinstance(value, Int) else float(number)
    return value.from_unit(0.5)


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
        return (*value.options, value.default)
    return (value.low, value.high, value.log, value.default)


def _merged(known: Hyperparameter, again: Hyperparameter) -> Hyperparameter:
    """One range met a second time: its first name, its greater role, either condition."""
    conditions = tuple(dict.fromkeys(known.conditions + again.conditions))
    always = ((),)
    return Hyperparameter(
        known.name,
        known.range,
        max(known.role, again.role),
        always if () in conditions else conditions,
        known.default,
    )
