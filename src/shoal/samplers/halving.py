"""Successive halving, Hyperband and BOHB, asynchronous: the worse part of the trials ends early.

A sampler that learns gets the results of one *budget* at a time. The objective of a trial that
was stopped after three epochs says little beside that of one that ran all twenty. A result is
the objective of a trial when it came to a rung, or at its end. The budget is the largest with
enough results. When a larger one has enough, the sampler unlearns the results of the smaller
and gets those of the larger. So its points are good at the end as soon as results say anything
of that, and before they are good at the beginning.

A trial that is stopped below the budget is no result: its end is not known. But it is known to
be none of the good ones, and the sampler learns this (`RetractableSampler.give_up`). BOHB does
not do so: a fixed share of its points is random and brackets begin at every budget, so bad
points too are measured at each. Here only good trials come far. A model of these alone would
take regions that it has never measured for good ones, and propose again what was stopped
before.

Source: Falkner, Klein and Hutter, "BOHB: robust and efficient hyperparameter optimization at
scale", ICML (2018), sections 3.2 and 4.1: the model of the largest budget with enough results.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

from shoal.errors import RecipeError
from shoal.samplers.random_search import Random
from shoal.samplers.sampler import (
    Fields,
    PopulationSampler,
    Pruner,
    RetractableSampler,
    RunningTrial,
    Sampler,
    State,
    TrialResult,
)
from shoal.samplers.state_schema import point_of as point_schema
from shoal.samplers.state_schema import state_schema
from shoal.space import Point, Space
from shoal.utils.schema import (
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
        state: the sampler's state.
        model: what `new_model` made, or `model` of an earlier one was.
    """

    def __init__(self, sampler: Sampler, space: Space, state: State, model: dict[str, Any]) -> None:
        self._sampler, self._space, self.state = sampler, space, state
        self.budget = str(model["budget"])
        self.larger = {name: list(results) for name, results in model["larger"].items()}
        self.told: dict[int, Point] = dict(model["told"])
        self.stopped = set(model["stopped"])

    @property
    def model(self) -> dict[str, Any]:
        """Plain data."""
        return {"budget": self.budget, "larger": self.larger, "stopped": sorted(self.stopped),
                "told": [[number, self.told[number]] for number in sorted(self.told)]}  # fmt: skip

    def reach(self, epoch: int, results: Sequence[TrialResult]) -> None:
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
            self.state = self._reviser.give_up(self._space, self.state, [point])
        self.told.pop(number, None)
        self.stopped.add(number)

    def end(self, results: Sequence[TrialResult]) -> None:
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
    def _reviser(self) -> RetractableSampler:
        assert isinstance(self._sampler, RetractableSampler)
        return self._sampler

    def _tell(self, results: Sequence[TrialResult]) -> None:
        self.state = self._sampler.tell(self._space, self.state, results)

    def _keep(self, budget: str, results: Sequence[TrialResult]) -> None:
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
        self.state = self._reviser.unlearn(self._space, self.state, [*awaited.values()])
        self._tell([TrialResult(number, point, value) for number, point, value, _ in there])
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


MOST_REMEMBERED = 512
"""Results of a rung that are remembered, the latest: the state stays small in long studies."""

UNIFORM = Random()


@dataclass(frozen=True)
class Halving(Sampler):
    """Another sampler's points, of which the worse are stopped early.

    The rungs are the epochs r, r·η, r·η², … A trial that comes to one goes on if
    fewer than n/η of the n trials that came there so far were better, else it is
    stopped and its lane is free at once. Nobody waits for a rung to fill, as in
    synchronous halving, so that lanes are never idle; the price is that the first to
    come to a rung are judged among few. Until η have come all go on.

    With several brackets (Hyperband) trials take turns: in bracket s the first rung
    is r·ηˢ, so that what starts slowly has a chance. The brackets of longer first
    rungs get fewer trials: bracket s one for every η of bracket s-1.

    With ``sampler=TPE()`` it is BOHB, in as many brackets as are asked for. A sampler that
    learns is told results of one budget at a time: the objectives at the largest rung, or
    in the end, that d + 3 trials have come to, for d hyperparameters. Those of smaller
    rungs are then unlearned, for they are no measure beside these. A trial that is stopped
    below is no result, but its point is known to be none of the good ones.

    Departs from the papers: a trial that is judged goes on in its lane, where they
    promote later from those that were paused; it is judged by its best epoch so far,
    since that is what a trial comes to here; and of what a sampler that learns proposes
    no share is replaced by random points.

    Args:
        eta: η, the share of the trials that goes on is 1/η.
        min_resource: r, epochs that every trial gets: more, up to a third of all, where the best
            begin slowly, for what is stopped is lost, and no sampler learns of it.
        brackets: 1 for successive halving, more for Hyperband, where a good beginning says
            little of the end.
        sampler: where points come from: any sampler that stops and breeds no trials itself
            and, if it learns, can unlearn (`RetractableSampler`).

    Raises:
        RecipeError: an η below 2, no epochs, no bracket, or a sampler that does
            not fit.

    Source: Li, Jamieson, Rostamizadeh et al., "A system for massively parallel
    hyperparameter tuning", MLSys (2020), algorithm 2; Li, Jamieson, DeSalvo et al.,
    "Hyperband", JMLR 18 (2018), for the brackets; Falkner, Klein and Hutter, "BOHB:
    robust and efficient hyperparameter optimization at scale", ICML (2018), for the
    budget whose results are learned from.
    """

    eta: int = 3
    min_resource: int = 1
    brackets: int = 1
    sampler: Sampler = UNIFORM

    kind: ClassVar[str] = "halving"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "halving": {}, "bohb": {"sampler": {"kind": "tpe"}},
    }  # fmt: skip

    def __post_init__(self) -> None:
        for name, value, low in (("eta", self.eta, 2), ("min_resource", self.min_resource, 1),
                                 ("brackets", self.brackets, 1)):  # fmt: skip
            if isinstance(value, bool) or not isinstance(value, int) or value < low:
                raise RecipeError(
                    f"{name} of halving is a whole number",
                    expected=f"at least {low}",
                    received=repr(value),
                )
        _check_sampler(self.sampler)

    @property
    def adaptive(self) -> bool:
        """Whether the points depend on results."""
        return self.sampler.adaptive

    def start(self, space: Space, seed: int) -> State:
        """The points' sampler's state, rungs that nobody has come to, and what was learned."""
        state = {"kind": self.kind, "sampler": self.sampler.start(space, seed), "rungs": {}}
        return {**state, "model": new_model(self.min_resource)} if self.adaptive else state

    def state_fields(self, space: Space, trials: int) -> Fields:
        """What a state holds."""
        fields = {
            "sampler": state_schema(self.sampler, space, trials),
            "rungs": by_name(listed(number())),
        }
        return {**fields, "model": model_schema(space)} if self.adaptive else fields

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """The next points, as their sampler has them."""
        points, after = self.sampler.ask(space, state["sampler"], count)
        return points, {**state, "sampler": after}

    def tell(self, space: Space, state: State, results: Sequence[TrialResult]) -> State:
        """Rungs have seen what they need; a sampler that learns is told what counts for it."""
        if not self.adaptive or not results:
            return state
        model = self._model(space, state)
        model.end(results)
        return {**state, "sampler": model.state, "model": model.model}

    def prune(
        self, space: Space, state: State, reached: Sequence[RunningTrial]
    ) -> tuple[list[int], State]:
        """Those that came to a rung and are not among its best part."""
        at_rung = [(self._rung(one), one) for one in sorted(reached, key=lambda r: r.number)]
        rungs: dict[str, list[float]] = {
            name: [float(value) for value in values] for name, values in state["rungs"].items()
        }
        for name, one in at_rung:
            if name is not None:
                rungs[name] = [*rungs.get(name, ()), one.objective][-MOST_REMEMBERED:]
        ordered = {name: sorted(values) for name, values in rungs.items()}
        stop = [
            one.number
            for name, one in at_rung
            if name is not None and not self._goes_on(ordered[name], one.objective)
        ]
        after = {**state, "rungs": rungs}
        return stop, self._learned(space, after, reached, stop) if self.adaptive else after

    def _model(self, space: Space, state: State) -> BudgetModel:
        return BudgetModel(self.sampler, space, state["sampler"], state["model"])

    def _learned(
        self, space: Space, state: State, reached: Sequence[RunningTrial], stop: Sequence[int]
    ) -> State:
        """The state after the points' sampler learned from rungs, whatever the bracket."""
        model = self._model(space, state)
        order = sorted(reached, key=lambda one: (one.epoch, one.number))
        for epoch, there in groupby(order, key=lambda one: one.epoch):
            if self._next_rung(epoch, 0) == epoch:
                model.reach(epoch, [TrialResult(r.number, r.point, r.objective) for r in there])
        points = {one.number: one.point for one in reached}
        for stopped in stop:
            model.stop(stopped, points[stopped])
        return {**state, "sampler": model.state, "model": model.model}

    def _goes_on(self, values: Sequence[float], own: float) -> bool:
        return len(values) < self.eta or bisect_left(values, own) * self.eta < len(values)

    def bracket(self, number: int) -> int:
        """The bracket of a trial: by turns, in shares that fall by η."""
        shares = [self.eta ** (self.brackets - 1 - s) for s in range(self.brackets)]
        place = number % sum(shares)
        for s, share in enumerate(shares):
            if place < share:
                return s
            place -= share
        raise AssertionError("a place is below the sum of the shares")

    def _rung(self, one: RunningTrial) -> str | None:
        """The rung that a trial has just come to, if any: its bracket and epoch."""
        s = self.bracket(one.number)
        rung = self._next_rung(one.epoch, s)
        return f"{s}:{rung}" if rung == one.epoch < one.epochs else None

    def _next_rung(self, epoch: int, bracket: int) -> int:
        """The first rung of a bracket that is not before an epoch."""
        rung: int = self.min_resource * self.eta**bracket
        while rung < epoch:
            rung *= self.eta
        return rung


def _check_sampler(sampler: Sampler) -> None:
    """Raise RecipeError unless trials with points of this sampler may be stopped by halving."""
    if isinstance(sampler, type) or not isinstance(sampler, Sampler):
        problem = "no sampler"
    elif isinstance(sampler, Pruner | PopulationSampler):
        problem = "a sampler that stops or breeds trials itself"
    elif sampler.adaptive and not isinstance(sampler, RetractableSampler):
        problem = "a sampler that learns and cannot unlearn"
    else:
        return
    raise RecipeError(
        "points of halving come from a sampler that leaves the stopping to it",
        expected="for example TPE(), Genetic(), ParticleSwarm(), Sobol() or Random()",
        received=f"{sampler!r}, {problem}",
    )
