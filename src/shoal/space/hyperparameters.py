"""The hyperparameters of networks and recipes, and their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shoal.errors import SpaceError
from shoal.space.ranges import Choice, Float, Int, Range
from shoal.space.tree import LEAVES, Conditional, Role, default_values, parts_of

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
        default: its value in the first trial, as a point has it: the range's own
            default, else that of the field in which it stands where it lies in the
            range, else the middle of the range or the first option.
    """

    name: str
    range: Range
    role: Role
    conditions: tuple[tuple[tuple[str, int], ...], ...] = ((),)
    default: int | float = 0

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
        conditions = [[list(step) for step in path] for path in self.conditions]
        return {"name": self.name, "range": values, "conditions": conditions}


def conditions_of(data: Mapping[str, Any]) -> list[dict[str, int]]:
    """Where a hyperparameter counts, from its JSON: any of these, each choice → its option.

    Files of before told of the first place only.
    """
    paths = data["conditions"] if "conditions" in data else [data.get("condition") or []]
    return [{str(name): int(index) for name, index in path} for path in paths]


def conditions_in_words(hyperparameters: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """By name, from their JSON, where hyperparameters count; nothing for what always does."""
    options = {
        str(data["name"]): data["range"]["options"]
        for data in hyperparameters
        if data["range"]["kind"] == "choice"
    }

    def step(name: str, index: int) -> str:
        return f"{name} = {options[name][index] if name in options else index}"

    told = {}
    for data in hyperparameters:
        paths = conditions_of(data)
        words = [" and ".join(step(*one) for one in path.items()) for path in paths]
        if all(words):
            told[str(data["name"])] = " or ".join(words)
    return told


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
        usual_of = default_values(value)
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
