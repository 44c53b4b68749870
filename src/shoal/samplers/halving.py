"""Successive halving and Hyperband, asynchronous: the worse part of the trials ends early."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from shoal.errors import RecipeError
from shoal.samplers.judge import Reached
from shoal.samplers.random_search import Random
from shoal.samplers.sampler import State, Told
from shoal.space import Point, Space

MOST_REMEMBERED = 512
"""Results of a rung that are remembered, the latest: the state stays small in long studies."""


@dataclass(frozen=True)
class Halving:
    """Random points, of which the worse are stopped early.

    The rungs are the epochs r, r·η, r·η², … A trial that comes to one goes on if
    fewer than n/η of the n trials that came there so far were better, else it is
    stopped and its lane is free at once. Nobody waits for a rung to fill, as in
    synchronous halving, so that lanes are never idle; the price is that the first to
    come to a rung are judged among few. Until η have come all go on.

    With several brackets (Hyperband) trials take turns: in bracket s the first rung
    is r·ηˢ, so that what starts slowly has a chance. The brackets of longer first
    rungs get fewer trials: bracket s one for every η of bracket s-1.

    Departs from the papers: a trial that is judged goes on in its lane, where they
    promote later from those that were paused; and it is judged by its best epoch so
    far, since that is what a trial comes to here.

    Args:
        eta: η, the share of the trials that goes on is 1/η.
        least: r, epochs that every trial gets.
        brackets: 1 for successive halving, more for Hyperband.

    Raises:
        RecipeError: an η below 2, no epochs, or no bracket.

    Source: Li, Jamieson, Rostamizadeh et al., "A system for massively parallel
    hyperparameter tuning", MLSys (2020), algorithm 2; Li, Jamieson, DeSalvo et al.,
    "Hyperband", JMLR 18 (2018), for the brackets.
    """

    eta: int = 3
    least: int = 1
    brackets: int = 1

    kind: ClassVar[str] = "halving"
    adaptive: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for name, value, low in (("eta", self.eta, 2), ("least", self.least, 1),
                                 ("brackets", self.brackets, 1)):  # fmt: skip
            if isinstance(value, bool) or not isinstance(value, int) or value < low:
                raise RecipeError(
                    f"{name} of halving is a whole number",
                    expected=f"at least {low}",
                    received=repr(value),
                )

    def start(self, space: Space, seed: int) -> State:
        """Random search's state, and rungs that nobody has come to."""
        return {"kind": self.kind, "points": Random().start(space, seed), "rungs": {}}

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """The next points, as random search has them."""
        points, after = Random().ask(space, state["points"], count)
        return points, {**state, "points": after}

    def tell(self, space: Space, state: State, results: Sequence[Told]) -> State:
        """Nothing is learned from ends; rungs have seen what they need."""
        return state

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
        return stop, {**state, "rungs": rungs}

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
        rung = self.least * self.eta**s
        while rung < one.epoch:
            rung *= self.eta
        return f"{s}:{rung}" if rung == one.epoch < one.epochs else None
