"""Successive halving, Hyperband and BOHB, asynchronous: the worse part of the trials ends early."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

from shoal.errors import RecipeError
from shoal.samplers.breeder import Breeder
from shoal.samplers.budget_model import BudgetModel, model_schema, new_model
from shoal.samplers.judge import Judge, Reached
from shoal.samplers.random_search import Random
from shoal.samplers.reviser import Reviser
from shoal.samplers.sampler import Fields, Sampler, State, Told
from shoal.samplers.state_schema import state_schema
from shoal.schema import by_name, listed, number
from shoal.space import Point, Space

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

    With ``points=TPE()`` it is BOHB, in as many brackets as are asked for. A sampler that
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
        least: r, epochs that every trial gets: more, up to a third of all, where the best
            begin slowly, for what is stopped is lost, and no sampler learns of it.
        brackets: 1 for successive halving, more for Hyperband, where a good beginning says
            little of the end.
        points: where points come from: any sampler that stops and breeds no trials itself
            and, if it learns, can unlearn (`Reviser`).

    Raises:
        RecipeError: an η below 2, no epochs, no bracket, or points of a sampler that
            does not fit.

    Source: Li, Jamieson, Rostamizadeh et al., "A system for massively parallel
    hyperparameter tuning", MLSys (2020), algorithm 2; Li, Jamieson, DeSalvo et al.,
    "Hyperband", JMLR 18 (2018), for the brackets; Falkner, Klein and Hutter, "BOHB:
    robust and efficient hyperparameter optimization at scale", ICML (2018), for the
    budget whose results are learned from.
    """

    eta: int = 3
    least: int = 1
    brackets: int = 1
    points: Sampler = UNIFORM

    kind: ClassVar[str] = "halving"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "halving": {}, "bohb": {"points": {"kind": "tpe"}},
    }  # fmt: skip

    def __post_init__(self) -> None:
        for name, value, low in (("eta", self.eta, 2), ("least", self.least, 1),
                                 ("brackets", self.brackets, 1)):  # fmt: skip
            if isinstance(value, bool) or not isinstance(value, int) or value < low:
                raise RecipeError(
                    f"{name} of halving is a whole number",
                    expected=f"at least {low}",
                    received=repr(value),
                )
        _check_points(self.points)

    @property
    def adaptive(self) -> bool:
        """Whether the points depend on results."""
        return self.points.adaptive

    def start(self, space: Space, seed: int) -> State:
        """The points' sampler's state, rungs that nobody has come to, and what was learned."""
        state = {"kind": self.kind, "points": self.points.start(space, seed), "rungs": {}}
        return {**state, "model": new_model(self.least)} if self.adaptive else state

    def state_fields(self, space: Space, trials: int) -> Fields:
        """What a state holds."""
        fields = {
            "points": state_schema(self.points, space, trials),
            "rungs": by_name(listed(number())),
        }
        return {**fields, "model": model_schema(space)} if self.adaptive else fields

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """The next points, as their sampler has them."""
        points, after = self.points.ask(space, state["points"], count)
        return points, {**state, "points": after}

    def tell(self, space: Space, state: State, results: Sequence[Told]) -> State:
        """Rungs have seen what they need; a sampler that learns is told what counts for it."""
        if not self.adaptive or not results:
            return state
        model = self._model(space, state)
        model.end(results)
        return {**state, "points": model.points, "model": model.model}

    def judge(
        self, space: Space, state: State, reached: Sequence[Reached]
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
        return BudgetModel(self.points, space, state["points"], state["model"])

    def _learned(
        self, space: Space, state: State, reached: Sequence[Reached], stop: Sequence[int]
    ) -> State:
        """The state after the points' sampler learned from rungs, whatever the bracket."""
        model = self._model(space, state)
        order = sorted(reached, key=lambda one: (one.epoch, one.number))
        for epoch, there in groupby(order, key=lambda one: one.epoch):
            if self._next_rung(epoch, 0) == epoch:
                model.reach(epoch, [Told(r.number, r.point, r.objective) for r in there])
        points = {one.number: one.point for one in reached}
        for stopped in stop:
            model.stop(stopped, points[stopped])
        return {**state, "points": model.points, "model": model.model}

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

    def _rung(self, one: Reached) -> str | None:
        """The rung that a trial has just come to, if any: its bracket and epoch."""
        s = self.bracket(one.number)
        rung = self._next_rung(one.epoch, s)
        return f"{s}:{rung}" if rung == one.epoch < one.epochs else None

    def _next_rung(self, epoch: int, bracket: int) -> int:
        """The first rung of a bracket that is not before an epoch."""
        rung: int = self.least * self.eta**bracket
        while rung < epoch:
            rung *= self.eta
        return rung


def _check_points(points: Sampler) -> None:
    """Raise RecipeError unless trials with points of this sampler may be stopped by another."""
    if isinstance(points, type) or not isinstance(points, Sampler):
        problem = "no sampler"
    elif isinstance(points, Judge | Breeder):
        problem = "a sampler that stops or breeds trials itself"
    elif points.adaptive and not isinstance(points, Reviser):
        problem = "a sampler that learns and cannot unlearn"
    else:
        return
    raise RecipeError(
        "points of halving come from a sampler that leaves the stopping to it",
        expected="for example TPE(), Genetic(), ParticleSwarm(), Sobol() or Random()",
        received=f"{points!r}, {problem}",
    )
