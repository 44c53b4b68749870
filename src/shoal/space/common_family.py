"""Networks and recipes without ranges that make one family, and the point of each in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Sequence
from typing import Any

from shoal.space.hyperparameters import Point
from shoal.space.ranges import Choice, is_number
from shoal.space.space import Space
from shoal.space.tree import Composite, Role, parts_of

_PLAIN = (int, float, str, bool, type(None))


def likeness(*trees: Any) -> Hashable:
    """Equal for what differs in nothing but numbers that lanes of one program may differ in.

    These are widths, real numbers that a program takes as inputs, and all that the host
    alone reads (see `shoal.space.tree`).

    Args:
        trees: without ranges.
    """
    return tuple(_form(tree, Role.STATIC, open_numbers=True) for tree in trees)


def common_family(members: Sequence[tuple[Any, ...]]) -> tuple[tuple[Any, ...], Space, list[Point]]:
    """The family of some members that are alike, its space, and the point of each in it.

    Where members differ there stands a `Choice` among their values.

    Args:
        members: of each the trees that are alike by `likeness`, such as network and recipe.
    """
    choices: list[tuple[Choice, list[int]]] = []
    trees = tuple(
        _merged([member[place] for member in members], Role.STATIC, choices)
        for place in range(len(members[0]))
    )
    space = Space(*trees)
    names = [(space.hyperparameter_of(choice).name, at) for choice, at in choices]
    points: list[Point] = [
        {name: at[number] for name, at in names} for number in range(len(members))
    ]
    return trees, space, points


def _form(value: Any, role: Role, *, open_numbers: bool) -> Hashable:
    """The value as plain data that can be compared; some numbers left out if they are open."""
    if open_numbers and (role == Role.HOST or (role != Role.STATIC and is_number(value))):
        return "open"
    if isinstance(value, _PLAIN):
        return type(value), value
    if isinstance(value, list | tuple):
        items = (_form(item, role, open_numbers=open_numbers) for item in value)
        return type(value), *items
    parts = list(parts_of(value))
    if not parts and not dataclasses.is_dataclass(value):
        return type(value), id(value)
    told = ((name, _form(part, own, open_numbers=open_numbers)) for name, part, own in parts)
    return type(value), *told


def _merged(values: Sequence[Any], role: Role, choices: list[tuple[Choice, list[int]]]) -> Any:
    """One value for all, or what they have in common with choices where they differ."""
    first = values[0]
    if all(value is first for value in values):
        return first
    forms = [_form(value, role, open_numbers=False) for value in values]
    different = list(dict.fromkeys(forms))
    if len(different) == 1:
        return first
    if (
        isinstance(first, _PLAIN)
        or len({_form(v, Role.STATIC, open_numbers=True) for v in values}) > 1
    ):
        options = [values[forms.index(form)] for form in different]
        choice = Choice(*options)
        choices.append((choice, [different.index(form) for form in forms]))
        return choice
    if isinstance(first, list | tuple):
        columns = zip(*values, strict=True)
        return type(first)(_merged(column, role, choices) for column in columns)
    columns = zip(*(list(parts_of(value)) for value in values), strict=True)
    parts = {
        column[0][0]: _merged([part for _, part, _ in column], column[0][2], choices)
        for column in columns
    }
    if isinstance(first, Composite):
        return first.space_rebuild(parts)
    return dataclasses.replace(first, **parts)
