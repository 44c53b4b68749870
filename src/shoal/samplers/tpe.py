"""Tree-structured Parzen estimators."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float64, Int64

from shoal.errors import SpaceError
from shoal.samplers.random_search import Novelty, evenly, key_of
from shoal.samplers.sampler import Fields, Sampler, State, TrialResult, checked_seed, generator
from shoal.samplers.state_schema import point_of as point_schema
from shoal.space import Choice, Point, Space
from shoal.utils.schema import by_name, listed, number, row, text, whole

Rows = Float64[np.ndarray, "points size"]
"""Points as rows: a number by its place in [0, 1], a choice by its index, NaN where not active."""

WIDEST, NARROWEST = 0.2, 0.06
"""Bounds of a kernel's standard deviation, as shares of the range."""

ANEW = 0.2
"""The chance that the kernel of a choice draws any option."""


def rows_of(space: Space, points: Sequence[Point]) -> Rows:
    """The points as rows."""
    rows = np.full((len(points), len(space)), math.nan)
    for line, point in zip(rows, points, strict=True):
        for i, entry in enumerate(space):
            if entry.name in point:
                value = point[entry.name]
                line[i] = value if isinstance(entry.range, Choice) else entry.range.to_unit(value)
    return rows


def point_of(space: Space, row: Float64[np.ndarray, " size"]) -> Point:
    """The point of a row whose values are all filled in."""
    point: Point = {}
    for entry, value in zip(space, row.tolist(), strict=True):
        if entry.active(point):
            chosen = isinstance(entry.range, Choice)
            point[entry.name] = int(value) if chosen else entry.range.from_unit(value)
    return point


class Parzen:
    """For each hyperparameter, the even mixture of the uniform density and a kernel a point.

    A number's kernel is a normal density, cut off at the ends of the range; that
    of a choice keeps its option, or with chance `ANEW` takes any. A point
    that has no value there, as its choices do not lead to it, has the uniform kernel.

    Source: Bergstra and others, "Algorithms for hyper-parameter optimization",
    NIPS 24 (2011), section 4; widths: Scott, "Multivariate density
    estimation" (1992), section 6.2.

    Args:
        space: the space.
        centers: the points, as rows.
    """

    def __init__(self, space: Space, centers: Rows) -> None:
        counts = [len(e.range.options) if isinstance(e.range, Choice) else 0 for e in space]
        self._options: Int64[np.ndarray, " size"] = np.array(counts, np.int64)
        self._centers = centers
        # What is not a place has none in the normal's formulas, which are not read there.
        self._places = np.where((self._options > 0) | np.isnan(centers), 0.5, centers)
        self._width = _widths(centers)

    def draw(self, rng: np.random.Generator, count: int) -> Rows:
        """That many rows, every value of them filled in."""
        shape = (count, len(self._options))
        uniform = rng.random(shape)
        uniform = np.where(self._options > 0, np.floor(uniform * self._options), uniform)
        which = rng.integers(len(self._centers) + 1, size=shape)
        near = self._near(rng, np.minimum(which, len(self._centers) - 1), uniform)
        return np.where(which < len(self._centers), near, uniform)

    def _near(
        self, rng: np.random.Generator, which: Int64[np.ndarray, "points size"], uniform: Rows
    ) -> Rows:
        """Draws of these kernels."""
        columns = np.arange(len(self._options))
        center, place = self._centers[which, columns], self._places[which, columns]
        from scipy.special import ndtr, ndtri  # a fifth of a second: not for the command's help

        low, high = ndtr(-place / self._width), ndtr((1.0 - place) / self._width)
        u, anew = rng.random(which.shape), rng.random(which.shape) < ANEW
        number = np.clip(place + self._width * ndtri(low + u * (high - low)), 0.0, 1.0)
        near = np.where(self._options > 0, np.where(anew, uniform, center), number)
        return np.where(np.isnan(center), uniform, near)

    def log_density(self, rows: Rows) -> Float64[np.ndarray, " points"]:
        """The logarithm of the density at each row, over what is active there."""
        x, options = rows[:, None, :], np.maximum(self._options, 1)
        from scipy.special import ndtr  # a fifth of a second: not for the command's help

        cut = ndtr((1.0 - self._places) / self._width) - ndtr(-self._places / self._width)
        bell = np.exp(-0.5 * ((x - self._places) / self._width) ** 2)
        number = bell / (self._width * math.sqrt(2.0 * math.pi) * cut)
        option = ANEW + options * (1.0 - ANEW) * (x == self._centers)
        kernel = np.where(self._options > 0, option, number)
        kernel = np.where(np.isnan(x) | np.isnan(self._centers), 1.0, kernel)
        mixture = (kernel.sum(axis=1) + 1.0) / (len(self._centers) + 1)
        density: Float64[np.ndarray, " points"] = np.log(mixture).sum(axis=-1)
        return density


def _widths(centers: Rows) -> Float64[np.ndarray, " size"]:
    """Standard deviations of the kernels, by hyperparameter."""
    widths = np.full(centers.shape[1], WIDEST)
    for i, column in enumerate(centers.T):
        known = column[~np.isnan(column)]
        if len(known) > 1:
            scott = float(known.std()) * len(centers) ** (-1.0 / (centers.shape[1] + 4))
            widths[i] = min(max(scott, NARROWEST), WIDEST)
    return widths


GOOD, MOST_GOOD = 0.1, 25
"""The share of the results that counts as good, and how many at most."""

REMEMBERED = 200
"""Results that are not good and are kept, the newest: a long study's state stays short."""


@dataclass(frozen=True)
class TPE(Sampler):
    """Proposes what is likely among good points and unlikely among the others.

    Of candidates drawn from the density l of the best tenth, the one with the largest
    l(x) / g(x) is proposed; g is the density of all others. Failed and diverged
    trials are among these, and so are trials in flight, which keeps points that are
    asked for together apart. The first points are a Sobol sequence.

    Source: Bergstra and others, "Algorithms for hyper-parameter optimization",
    NIPS 24 (2011); widths of kernels and shares: Watanabe, "Tree-structured Parzen
    estimator: understanding its algorithm components and their roles for better
    empirical performance" (2023), with a cap on what is remembered.

    Args:
        n_startup_trials: points before anything is learned, at least 1.
        n_ei_candidates: points among which one is proposed, at least 1.

    Raises:
        SpaceError: too few of either.
    """

    n_startup_trials: int = 10
    n_ei_candidates: int = 32

    kind: ClassVar[str] = "tpe"
    adaptive: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("n_startup_trials", "n_ei_candidates"):
            count = getattr(self, name)
            if isinstance(count, bool) or not isinstance(count, int) or count < 1:
                raise SpaceError(
                    f"{name} is a whole number", expected="at least 1", received=repr(count)
                )

    def start(self, space: Space, seed: int) -> State:
        """Seed, numbers of proposals and results, the best, some others, and what is in flight."""
        return {"kind": self.kind, "seed": checked_seed(seed), "asked": 0, "told": 0, "best": [],
                "others": [], "pending": {}, "seen": []}  # fmt: skip

    def state_fields(self, space: Space, trials: int) -> Fields:
        """What a state holds."""
        point = point_schema(space)
        return {"seed": whole(), "asked": whole(0, trials), "told": whole(),
                "best": listed(row(number(), point)), "others": listed(point),
                "pending": by_name(point), "seen": listed(text)}  # fmt: skip

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """The next points; fewer where the space has no more."""
        novelty, pending = Novelty(space, state["seen"]), dict(state["pending"])
        asked, points = int(state["asked"]), list[Point]()
        for _ in range(count):
            rng = generator(state["seed"], asked)
            proposals = self._proposals(space, {**state, "asked": asked, "pending": pending}, rng)
            point = novelty.fresh(proposals.__next__, rng)
            if point is None:
                break
            pending[key_of(point)] = point
            points.append(point)
            asked += 1
        return points, {**state, "asked": asked, "pending": pending, "seen": novelty.to_json()}

    def tell(self, space: Space, state: State, results: Sequence[TrialResult]) -> State:
        """The best stay, in order; the others as far as they are new."""
        novelty = Novelty(space, state["seen"])
        novelty.note_all(told.point for told in results)
        best, others, pending = list(state["best"]), list(state["others"]), dict(state["pending"])
        for told in results:
            pending.pop(key_of(told.point), None)
            if told.objective is None or not math.isfinite(told.objective):
                others.append(dict(told.point))
                continue
            insort(best, [float(told.objective), dict(told.point)], key=lambda entry: entry[0])
            others += [point for _, point in best[MOST_GOOD:]]
            del best[MOST_GOOD:]
        return {**state, "told": int(state["told"]) + len(results), "best": best,
                "others": others[-REMEMBERED:], "pending": pending,
                "seen": novelty.to_json()}  # fmt: skip

    def unlearn(self, space: Space, state: State, awaited: Sequence[Point]) -> State:
        """What was good or not is among the others, unless it is awaited."""
        coming = {key_of(point): dict(point) for point in awaited}
        known = [*state["others"], *(point for _, point in state["best"])]
        others = [point for point in known if key_of(point) not in coming]
        return {**state, "told": 0, "best": [], "others": others[-REMEMBERED:],
                "pending": {**state["pending"], **coming}}  # fmt: skip

    def give_up(self, space: Space, state: State, points: Sequence[Point]) -> State:
        """These are among the others, and the share that is good is none of theirs."""
        gone = set(map(key_of, points))
        pending = {key: point for key, point in state["pending"].items() if key not in gone}
        others = [*state["others"], *map(dict, points)]
        return {**state, "others": others[-REMEMBERED:], "pending": pending}

    def _proposals(self, space: Space, state: State, rng: np.random.Generator) -> Iterator[Point]:
        """Points without end, those to be preferred first."""
        best = [point for _, point in state["best"]]
        if state["asked"] < self.n_startup_trials or len(best) < 2:
            yield from evenly(space, state["seed"], state["asked"], rng)
        many = max(2, min(math.ceil(GOOD * state["told"]), len(best)))
        others = [*best[many:], *state["others"], *state["pending"].values()]
        likely = Parzen(space, rows_of(space, best[:many]))
        unlikely = Parzen(space, rows_of(space, others))
        while True:
            drawn = [point_of(space, row) for row in likely.draw(rng, self.n_ei_candidates)]
            rows = rows_of(space, drawn)
            gain = likely.log_density(rows) - unlikely.log_density(rows)
            yield from (drawn[i] for i in np.argsort(-gain, kind="stable"))
