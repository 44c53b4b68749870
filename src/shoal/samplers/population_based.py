"""Population-based training: trials copy better ones while they run, and explore from there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from shoal.errors import SpaceError
from shoal.samplers.random_search import Novelty
from shoal.samplers.sampler import (
    Clone,
    Fields,
    RunningTrial,
    Sampler,
    State,
    TrialResult,
    checked_seed,
    generator,
)
from shoal.space import Choice, Float, Int, Point, Range, Role, Space
from shoal.utils.schema import flag, listed, text, whole

RESAMPLED = 0.25
"""Chance that a value is drawn anew."""

FACTORS = (0.8, 1.2)
"""By which a value of a logarithmic range moves down or up."""

STEP = 0.1
"""By which another moves, as a share of its range."""


def explored(space: Space, point: Point, rng: np.random.Generator) -> Point | None:
    """The point with its traced values changed, at least one of them; None if it has none.

    Each number changes; a category does if it is drawn anew as another.
    """
    names = [e for e in space if e.role == Role.TRACED and e.name in point]
    if not names:
        return None
    new = dict(point)
    while new == point:  # all that may change are categories, and none was drawn
        new |= {e.name: _explored(e.range, point[e.name], rng) for e in names}
    return new


def _explored(values: Range, value: float, rng: np.random.Generator) -> int | float:
    if rng.random() < RESAMPLED:
        return values.from_unit(float(rng.random()))
    if isinstance(values, Choice):
        return value
    up = bool(rng.random() < 0.5)
    moved = _moved(values, value, up=up)
    return moved if moved != value else _moved(values, value, up=not up)  # back from the end


def _moved(values: Float | Int, value: float, *, up: bool) -> int | float:
    if values.log:
        new = value * FACTORS[up]
    else:
        new = value + (STEP if up else -STEP) * (values.high - values.low)
    if isinstance(values, Int):
        new = max(round(new), value + 1) if up else min(round(new), value - 1)
    return min(max(new, values.low), values.high)


MOST = 16
"""Of a population, where nobody says otherwise."""

_SHARED, _HEIRS = 0x5A7, 0xE1
"""Salts: of what a population has in common, and of its heirs."""


@dataclass(frozen=True)
class PopulationBased(Sampler):
    """A population trains side by side; the worst copy the best, and change what they copy.

    Of P trials with weights θ, optimizer's memory m and hyperparameters h, after every
    ``interval`` epochs, until less than an interval is left:

    1. *Evaluate*: order them by their objective after this epoch (ties: by loss).
    2. *Exploit*: stop each trial i of the worst ``quantile_fraction``, and draw a trial j of the
       best ``quantile_fraction``; in the lane of i a *clone* begins, with (θ, m) of j.
    3. *Explore*: its h is that of j with each number changed: drawn anew with a
       chance of 1/4, else times 0.8 or 1.2 where its range is logarithmic, else moved by
       a tenth of its range. A category that is not drawn anew stays.

    The place of a trial that diverged, failed or was stopped early is taken by a clone
    of one of the best at once.

    Only what the compiled program takes as an input changes: rates, decays, strengths.
    Widths, initialization and the number of epochs come with the weights. Choices that
    need a program of their own are shared by a population: their defaults in the first,
    drawn for each that follows.

    What a trial is: its own hyperparameters from the epoch at which it began, and its
    ancestry before. A clone's objective is its best after that epoch. So each trial is
    one schedule of hyperparameters, and trained from the beginning by that schedule it
    comes to the same weights, bit for bit. Confirmations on fresh seeds replay the
    schedule; nothing is stopped or kept before its last values hold. So they tell what
    the schedule is worth on other seeds, without the luck of choosing on the way.

    ``trials`` of a search counts all of them: a population of P with R comparisons is about
    P + quantile_fraction·P·R trials and takes as many epochs as P. When it has ended, and
    trials are left, the next population begins. When none is left nobody is stopped any more.
    As long as a population fits in the lanes the study does not depend on their number;
    otherwise trials are compared with those that began with them.

    Made for long trainings whose best hyperparameters change on the way; in short ones it
    is no better than random search with as many epochs (`benchmarks/README.md`).

    Departs from the paper: all copy at the same epoch, where there each worker comes
    at its own time; a clone is a trial of its own, so that the study has its schedule;
    no factors in ranges that may hold 0. The chance of 1/4 is that of Ray Tune.

    Args:
        population_size: trials that begin together, at least 2; None: 16, or half of a
            search's trials where these are fewer than 32.
        perturbation_interval: epochs between two comparisons; None: an eighth of a trial's epochs.
        quantile_fraction: share of the population that is replaced, and that is copied, at
            most 1/2.

    Raises:
        SpaceError: a number out of its bounds.

    Source: Jaderberg, Dalibard, Osindero et al., "Population based training of neural
    networks", arXiv:1711.09846 (2017): truncation selection, perturbation and
    resampling as in its section 4.1.
    """

    population_size: int | None = None
    perturbation_interval: int | None = None
    quantile_fraction: float = 0.2

    kind: ClassVar[str] = "pbt"
    adaptive: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name, least in (("population_size", 2), ("perturbation_interval", 1)):
            count = getattr(self, name)
            if count is None:
                continue
            if isinstance(count, bool) or not isinstance(count, int) or count < least:
                raise SpaceError(
                    f"{name} is a whole number", expected=f"at least {least}", received=repr(count)
                )
        if (
            not isinstance(self.quantile_fraction, int | float)
            or not 0 < self.quantile_fraction <= 0.5
        ):
            raise SpaceError(
                "quantile_fraction is the share of the population that is replaced",
                expected="above 0, at most 0.5",
                received=repr(self.quantile_fraction),
            )

    def together(self, trials: int) -> int:
        """Trials that begin together in a search of so many."""
        return self.population_size or max(min(trials // 2, MOST), 2)

    def check(self, space: Space, trials: int) -> None:
        """Raise SpaceError unless a search of so many trials in this space has clones."""
        if all(entry.role != Role.TRACED for entry in space):
            raise SpaceError(
                "population-based training changes numbers that the compiled program takes as "
                "inputs",
                expected="a range for a learning rate, a decay, a dropout rate or the like",
                received=", ".join(space.names()) or "no range at all",
                hint="Give one of these a range, or use another sampler.",
            )
        if trials <= (least := self.together(trials)):
            raise SpaceError(
                "population-based training needs trials beyond its population, to copy others",
                expected=f"more than {least} trials",
                received=trials,
                hint="Each copy is a trial: ask for two to four times the population.",
            )

    def start(self, space: Space, seed: int) -> State:
        """Seed, counts of points and heirs, and what is to be remembered.

        That is the point with which the population began, whether results have been
        told since it was asked for, the free places, who was replaced and not yet
        told, and points that could come up again.
        """
        return {"kind": self.kind, "seed": checked_seed(seed), "drawn": 0, "heirs": 0, "began": 0,
                "told": False, "vacant": [], "replaced": [], "seen": []}  # fmt: skip

    def state_fields(self, space: Space, trials: int) -> Fields:
        """What a state holds."""
        count = whole(0, trials)
        return {"seed": whole(), "drawn": count, "heirs": count, "began": count, "told": flag,
                "vacant": listed(text), "replaced": listed(whole()),
                "seen": listed(text)}  # fmt: skip

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """The next points, uniform but for what the trials of a population share.

        A population is asked for when the last has ended: the first points after
        results begin the next.
        """
        first, seed = int(state["drawn"]), int(state["seed"])
        if count and state["told"]:
            state = {**state, "began": first, "told": False}
        novelty = Novelty(space, state["seen"])
        shared = _shared(space, seed, int(state["began"]))
        points: list[Point] = []
        for number in range(first, first + count):
            rng = generator(seed, number)
            point = novelty.fresh(partial(_drawn, space, shared, rng), rng)
            if point is None:
                break
            points.append(point)
        return points, {**state, "drawn": first + len(points), "seen": novelty.to_json()}

    def tell(self, space: Space, state: State, results: Sequence[TrialResult]) -> State:
        """The place of who has ended is to be filled, but for those who were replaced."""
        gone = {told.number for told in results}
        replaced = set(state["replaced"])
        vacant = [_program(space, t.point) for t in results if t.number not in replaced]
        return {**state, "told": bool(state["told"] or results),
                "replaced": sorted(replaced - gone),
                "vacant": [*state["vacant"], *vacant]}  # fmt: skip

    def exploit(
        self, space: Space, state: State, reached: Sequence[RunningTrial], room: int
    ) -> tuple[list[Clone], State]:
        """Clones for the places that are free, and for the worst of those that are compared."""
        born = int(state["heirs"])
        clones: list[Clone] = []
        for best, replaces in self._matches(space, state, reached):
            if len(clones) == room:
                break
            rng = np.random.default_rng([int(state["seed"]), born + len(clones), _HEIRS])
            parent = best[int(rng.integers(len(best)))]
            point = explored(space, parent.point, rng)
            if point is not None:
                clones.append(Clone(parent.number, point, replaces))
        replaced = [heir.replaces for heir in clones if heir.replaces is not None]
        return clones, {**state, "heirs": born + len(clones), "vacant": [],
                       "replaced": sorted([*state["replaced"], *replaced])}  # fmt: skip

    def _matches(
        self, space: Space, state: State, reached: Sequence[RunningTrial]
    ) -> Iterable[tuple[list[RunningTrial], int | None]]:
        """Those of whom one is inherited, and who is replaced: the free places first."""
        fertile: dict[str, list[RunningTrial]] = defaultdict(list)
        compared: dict[tuple[str, int], list[RunningTrial]] = defaultdict(list)
        for one in sorted(reached, key=lambda r: (r.latest, r.loss, r.number)):
            interval = self.perturbation_interval or max(one.epochs // 8, 1)
            if one.epochs - one.epoch >= interval:
                program = _program(space, one.point)
                fertile[program].append(one)
                if one.epoch % interval == 0:
                    compared[program, one.epoch].append(one)
        for program in state["vacant"]:
            if alive := fertile.get(program):
                yield alive[: self._part(len(alive))], None
        for _, order in sorted(compared.items()):
            part = min(self._part(len(order)), len(order) // 2)
            for worst in reversed(order[len(order) - part :]):
                yield order[:part], worst.number

    def _part(self, count: int) -> int:
        return max(int(self.quantile_fraction * count), 1)


def _shared(space: Space, seed: int, began: int) -> np.ndarray:
    """The static choices of a population, in the unit interval: the first has the defaults.

    So its programs are those of the first points by hand, which leave choices to their
    defaults, and all are compared with each other.
    """
    units = np.random.default_rng([seed, began, _SHARED]).random(len(space))
    defaults = space.default_point() if began == 0 else {}
    for place, entry in enumerate(space):
        if entry.name in defaults:
            units[place] = entry.range.to_unit(defaults[entry.name])
    return units


def _drawn(space: Space, shared: np.ndarray, rng: np.random.Generator) -> Point:
    """A uniform point, its static choices those that a population shares."""
    own = rng.random(len(space))
    static = [entry.role == Role.STATIC for entry in space]
    return space.from_unit(np.where(static, shared, own).tolist())


def _program(space: Space, point: Point) -> str:
    """What says which program trains a point: weights go nowhere else."""
    static = {e.name: point[e.name] for e in space if e.role == Role.STATIC and e.name in point}
    return repr(sorted(static.items()))
