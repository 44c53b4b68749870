"""One hyperparameter of a space, and a point of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shoal.space.choice import Choice
from shoal.space.ranges import Int, Range
from shoal.space.roles import Role

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
