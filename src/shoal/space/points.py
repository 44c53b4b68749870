"""Points given by hand: names as `shoal show` prints them, values as a reader has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from shoal.errors import SpaceError
from shoal.space.hyperparameters import Hyperparameter, Point, conditions_in_words
from shoal.space.ranges import Choice, Int
from shoal.space.space import Space


def point_by_hand(space: Space, given: Mapping[str, Any]) -> Point:
    """The point with these values; what is not named has its default.

    Args:
        space: the search space.
        given: name → value: a number, for a choice an option or its label. The end of
            a name will do where it belongs to one hyperparameter: ``learning_rate``
            for ``optimizer.learning_rate``.

    Raises:
        SpaceError: no such hyperparameter, or several; a value outside of its range or
            of another type; one that the point's choices do not reach.
    """
    if not isinstance(given, Mapping):
        raise SpaceError(
            "a point given by hand is a mapping of names to values",
            expected='for example {"learning_rate": 0.01}',
            received=repr(given),
        )
    values: Point = {}
    for name, value in given.items():
        entry = named(space, name)
        if entry.name in values:
            raise SpaceError("a point names a hyperparameter once", where=entry.name)
        values[entry.name] = _value(entry, value)
    point = space.filled(values)
    for name in values:
        if name not in point:
            raise _not_reached(space, name, point)
    return point


def read_by_hand(space: Space, text: str) -> dict[str, Any]:
    """Names and values from a text such as ``learning_rate=0.01,activation=relu``.

    Raises:
        SpaceError: a part that is no name and value, an unknown name, or a value that
            is no number where there are only numbers.
    """
    given: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (side.strip() for side in part.partition("="))
        if not (name and equals and value):
            raise SpaceError(
                "a point is written as names and values",
                expected="for example learning_rate=0.01,dropout_1.rate=0.2",
                received=repr(part),
            )
        entry = named(space, name)
        if entry.name in given:
            raise SpaceError("a point names a hyperparameter once", where=entry.name)
        given[entry.name] = _from_text(entry, value)
    if not given:
        raise SpaceError(
            "a point names a value at least",
            expected="for example learning_rate=0.01",
            received=repr(text),
        )
    return given


def named(space: Space, name: str) -> Hyperparameter:
    """The hyperparameter of that name, or the only one whose name ends in it.

    Raises:
        SpaceError: there is none, or several.
    """
    found = [entry for entry in space if entry.name == name] or [
        entry for entry in space if entry.name.endswith(f".{name}")
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise SpaceError(
            "the end of a name belongs to one hyperparameter",
            expected=" or ".join(entry.name for entry in found),
            received=repr(name),
        )
    if not len(space):
        raise SpaceError("nothing is searched: there are no ranges", received=repr(name))
    near = list(_near(space, str(name)))
    told = near or space.names()
    raise SpaceError(
        "there is no hyperparameter of that name",
        expected=" or ".join(told[:6]) + (", …" if len(told) > 6 else ""),
        received=repr(name),
    )


def _near(space: Space, name: str) -> Iterator[str]:
    """Names that are spelled alike, as a whole or in their last part."""
    last = name.rpartition(".")[2]
    ends = {entry.name.rpartition(".")[2] for entry in space}
    close = set(get_close_matches(last, sorted(ends), n=3))
    alike = set(get_close_matches(name, space.names(), n=3, cutoff=0.75))
    for entry in space:
        if entry.name in alike or entry.name.rpartition(".")[2] in close:
            yield entry.name


def _value(entry: Hyperparameter, value: Any) -> int | float:
    values = entry.range
    if isinstance(values, Choice):
        index = values.index_of(value)
        if index is not None:
            return index
    elif values.contains(value):
        return int(value) if isinstance(values, Int) else float(value)
    raise SpaceError(
        "a hyperparameter's value lies in its range",
        where=entry.name,
        expected=_values_text(entry),
        received=repr(value),
    )


def _values_text(entry: Hyperparameter) -> str:
    values = entry.range
    if isinstance(values, Choice):
        return " or ".join(map(str, values.labels()))
    kind = "a whole number" if isinstance(values, Int) else "a number"
    return f"{kind} from {values.low:g} to {values.high:g}"


def _from_text(entry: Hyperparameter, text: str) -> Any:
    """What a text stands for; itself where that is for `_value` to refuse."""
    if isinstance(entry.range, Choice):
        labels = entry.range.labels()
        if text in map(str, labels):
            return entry.range.options[list(map(str, labels)).index(text)]
    try:
        number = float(text)
    except ValueError:
        return text
    whole = isinstance(entry.range, Int) and number.is_integer()  # 1e2 is a whole number too
    return int(number) if whole else number


def _not_reached(space: Space, name: str, point: Point) -> SpaceError:
    needed = conditions_in_words(space.to_json()["hyperparameters"])[name]
    parents = {
        parent for e in space if e.name == name for path in e.conditions for parent, _ in path
    }
    has = {parent: label for parent, label in space.describe(point).items() if parent in parents}
    return SpaceError(
        "a value counts only where the choices lead to it",
        where=name,
        expected=needed,
        received=" and ".join(f"{parent} = {label}" for parent, label in has.items()) or None,
        hint="Give the choice as well.",
    )
