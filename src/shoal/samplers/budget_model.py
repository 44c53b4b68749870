"""Results at one budget at a time: what a sampler learns from trials that a rule stops.

The objective of a trial that was stopped after three epochs says little beside that of one
that ran all twenty. So what a sampler is told at a time are results at one *budget*: the
objective that each trial had when it came to a rung, or in the end. The budget is the largest
at which there are enough results. When a larger one has enough, the sampler unlearns those of
the smaller and is told those of the larger, and so it is asked for points that are good in
the end as soon as anything is known of that, and for points that begin well before.

A trial that is stopped below the budget is no result: nobody knows what it would have come
to. But it is known to be none of the good ones, and that is told (`Reviser.give_up`). In BOHB
it is not; there a fixed share of the points is random and brackets begin at every budget, so
that bad ones too are seen at each. Here only those that did well come far, and a model of these
alone takes what it has never seen there for good: it proposes again what was stopped before.

Source: Falkner, Klein and Hutter, "BOHB: robust and efficient hyperparameter optimization at
scale", ICML (2018), sections 3.2 and 4.1: the model of the largest budget with enough results.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from shoal.samplers.reviser import Reviser
from shoal.samplers.sampler import Sampler, State, Told
from shoal.samplers.state_schema import point_of as point_schema
from shoal.schema import (
    Schema,
    SchemaError,
    by_name,
    flag,
    listed,
    number,
    record,
    row,
    text,
    whole,
)
from shoal.space import Point, Space

END = "end"
"""The budget of trials that ended of their own accord: larger than every rung's epochs."""


def enough(space: Space) -> int:
    """Results that make a budget's model: two more than d + 1, for d hyperparameters."""
    return len(space) + 3


def new_model(least: int) -> dict[str, Any]:
    """What is remembered beside the sampler's state, as plain data.

    The budget whose results the sampler was told; those at larger ones, each fewer than are
    enough, and whether the trial goes on; trials that go on and of which the sampler was told,
    with their points; and trials that are stopped now.
    """
    return {"budget": str(least), "larger": {}, "told": [], "stopped": []}


class BudgetModel:
    """A sampler, its state, and what is known of larger budgets; changed in place.

    Args:
        sampler: where points come from.
        space: the search space.
        points: the sampler's state.
        model: what `new_model` made, or `model` of an earlier one was.
    """

    def __init__(
        self, sampler: Sampler, space: Space, points: State, model: dict[str, Any]
    ) -> None:
        self._sampler, self._space, self.points = sampler, space, points
        self.budget = str(model["budget"])
        self.larger = {name: list(results) for name, results in model["larger"].items()}
        self.told: dict[int, Point] = dict(model["told"])
        self.stopped = set(model["stopped"])

    @property
    def model(self) -> dict[str, Any]:
        """Plain data."""
        return {"budget": self.budget, "larger": self.larger, "stopped": sorted(self.stopped),
                "told": [[number, self.told[number]] for number in sorted(self.told)]}  # fmt: skip

    def reach(self, epoch: int, results: Sequence[Told]) -> None:
        """These trials have come to a rung and have these objectives there."""
        if str(epoch) == self.budget:
            self._tell(results)
            self.told |= {one.number: dict(one.point) for one in results}
        else:
            self._keep(str(epoch), results)
        self._grow()

    def stop(self, number: int, point: Point) -> None:
        """A trial is stopped; its end, which is told next, is none of its own."""
        if number not in self.told:
            self.points = self._reviser.give_up(self._space, self.points, [point])
        self.told.pop(number, None)
        self.stopped.add(number)

    def end(self, results: Sequence[Told]) -> None:
        """These trials have ended; those that ended of their own accord are results."""
        gone = {one.number for one in results}
        own = [one for one in results if one.number not in self.stopped]
        self._tell([one for one in own if one.number not in self.told])
        self._keep(END, own)
        self.stopped -= gone
        self.told = {n: point for n, point in self.told.items() if n not in gone}
        self.larger = {
            name: [[n, point, value, goes_on and n not in gone] for n, point, value, goes_on in of]
            for name, of in self.larger.items()
        }
        self._grow()

    @property
    def _reviser(self) -> Reviser:
        assert isinstance(self._sampler, Reviser)
        return self._sampler

    def _tell(self, results: Sequence[Told]) -> None:
        self.points = self._sampler.tell(self._space, self.points, results)

    def _keep(self, budget: str, results: Sequence[Told]) -> None:
        """Remember results at a larger budget; there is none to learn from in a divergence."""
        if _size(budget) <= _size(self.budget):
            return
        known = [
            [one.number, dict(one.point), float(one.objective), True]
            for one in results
            if one.objective is not None and math.isfinite(one.objective)
        ]
        if known:
            self.larger[budget] = [*self.larger.get(budget, ()), *known]

    def _grow(self) -> None:
        """Go over to the largest budget with enough results, if it is a larger one."""
        many = enough(self._space)
        ready = [name for name, results in self.larger.items() if len(results) >= many]
        if not ready:
            return
        self.budget = max(ready, key=_size)
        there = self.larger[self.budget]
        self.larger = {n: r for n, r in self.larger.items() if _size(n) > _size(self.budget)}
        awaited = self.told | {number: point for number, point, *_ in there}
        self.points = self._reviser.unlearn(self._space, self.points, [*awaited.values()])
        self._tell([Told(number, point, value) for number, point, value, _ in there])
        self.told = {number: point for number, point, _, goes_on in there if goes_on}


def _size(budget: str) -> float:
    return math.inf if budget == END else int(budget)


def model_schema(space: Space) -> Schema:
    """What was learned, as a study's file has it."""
    point = point_schema(space)

    def budget(value: Any) -> Any:
        if value != "end" and not (text(value).isascii() and value.isdigit() and len(value) < 16):
            raise SchemaError("an epoch or the end", value)
        return value

    def larger(value: Any) -> Any:
        found = by_name(listed(row(whole(), point, number(), flag)))(value)
        for name in found:
            budget(name)
        return found

    return record({"budget": budget, "larger": larger, "told": listed(row(whole(), point)),
                   "stopped": listed(whole())})  # fmt: skip
