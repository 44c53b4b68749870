"""What holds of every sampler: points of the space, plain states, chance from the seed alone."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shoal.errors import ShoalError, SpaceError
from shoal.registry import SAMPLERS
from shoal.samplers.reading import sampler_from_json, sampler_to_json
from shoal.samplers.sampler import Sampler, State, TrialResult
from shoal.space import Choice, Float, Int, Point, Space, traced
from shoal.testing.conformance import check_documented, require

LATE = 8


@dataclass(frozen=True, eq=False)
class Part:
    """Something to put ranges into."""

    first: Any = traced(0)
    second: Any = traced(0)
    third: Any = traced(0)


def spaces() -> dict[str, Space]:
    """By name: nothing to search, one number, all kinds, and ranges that hang on choices."""
    size = Int(1, 9, name="size")
    return {
        "empty": Space(Part()),
        "single": Space(Part(Float(-1.0, 1.0))),
        "mixed": Space(
            (Part(Float(-2.0, 3.0), Float(1e-5, 1.0, log=True), Int(0, 7)),
             Part(Int(1, 500, log=True), Choice("a", "b", "c"), Choice(1, 2.5)))
        ),
        "conditional": Space(
            Part(
                Choice(None, Part(Float(0.0, 1.0), Choice("x", Part(Int(1, 3))), size)),
                Choice(Part(size), Part(Float(1e-3, 1.0, log=True)), "plain"),
            )
        ),
    }  # fmt: skip


def finite_space() -> tuple[Space, int]:
    """A space of few points, and how many they are."""
    return Space((Int(1, 3, name="n"), Choice("a", Int(5, 6, name="m"), name="c"))), 9


def check_sampler(
    sampler: Sampler, given: Mapping[str, Space] | None = None, *, random: bool = True
) -> None:
    """Check a sampler: its points, its states, its seed, and what it makes of results.

    Args:
        sampler: which sampler; it is asked for some forty points of each space.
        given: the spaces by name; some of every kind by default.
        random: whether other seeds give other points; not so for a grid.

    Raises:
        ConformanceError: the sampler breaks a rule of `shoal.samplers.Sampler`.
    """
    check_documented(sampler)
    require(isinstance(sampler.kind, str), "a sampler has a kind", sampler)
    require(isinstance(sampler.adaptive, bool), "adaptive is True or False", sampler)
    _check_settings(sampler)
    _check_seeds(sampler)
    for name, space in (spaces() if given is None else given).items():
        check_in_space(sampler, space, name, random=random)
    _check_finite_space(sampler)


def check_in_space(sampler: Sampler, space: Space, name: str, *, random: bool = True) -> None:
    """Check a sampler on one space."""
    where = f"in the {name} space, "
    start = sampler.start(space, 3)
    points, _ = _rounds(sampler, space, start, (5, 5, 5))
    for point in (*points, *_rounds(sampler, space, sampler.start(space, 0), (7, 20))[0]):
        _check_point(sampler, space, point, where)
    again, _ = _rounds(sampler, space, sampler.start(space, 3), (5, 5, 5))
    require(again == points, f"{where}two searches of one seed differ", sampler,
            hint="All chance comes from the seed in the state.")  # fmt: skip
    if len(space) and random:
        other, _ = _rounds(sampler, space, sampler.start(space, 4), (5, 5, 5))
        require(other != points, f"{where}two seeds give the same points", sampler)
    _check_cuts(sampler, space, where)
    _check_states(sampler, space, where)
    _check_results(sampler, space, where)


def objective(point: Point) -> float:
    """Some number, less where the values are small."""
    return sum(math.sin(float(value) + index) for index, value in enumerate(point.values()))


def told(points: Sequence[Point], first: int = 0) -> list[TrialResult]:
    """What came of points: every fifth diverged."""
    return [
        TrialResult(number, point, None if number % 5 == 4 else objective(point))
        for number, point in enumerate(points, first)
    ]


def _rounds(
    sampler: Sampler, space: Space, state: State, counts: Sequence[int], first: int = 0
) -> tuple[list[Point], State]:
    """Points of several rounds of asking and telling, and the state after them."""
    points: list[Point] = []
    for count in counts:
        asked, state = sampler.ask(space, state, count)
        require(len(asked) <= count, "a sampler gives more points than it is asked for", sampler,
                expected=count, received=len(asked))  # fmt: skip
        state = sampler.tell(space, state, told(asked, first + len(points)))
        points.extend(asked)
    return points, state


def _check_point(sampler: Sampler, space: Space, point: Point, where: str) -> None:
    try:
        space.check(point)
        plain = json.loads(json.dumps(point, allow_nan=False)) == point
    except (SpaceError, TypeError, ValueError) as error:
        require(False, f"{where}a proposed point is none of the space", sampler,
                received=f"{point}: {error}")  # fmt: skip
        return
    require(plain, f"{where}a point is no plain JSON", sampler, received=repr(point))


def _check_cuts(sampler: Sampler, space: Space, where: str) -> None:
    """Asking for a and then b points is asking for a + b; asking for none changes nothing."""
    start = sampler.start(space, 1)
    whole, end = sampler.ask(space, start, 9)
    for cut in (0, 1, 4, 9):
        first, middle = sampler.ask(space, start, cut)
        second, last = sampler.ask(space, middle, 9 - cut)
        require(first + second == whole and last == end,
                f"{where}asking for {cut} and then for {9 - cut} points is not asking for 9",
                sampler, hint="No point may depend on how many are asked for at once.")  # fmt: skip
    require(sampler.ask(space, start, 0) == ([], start), f"{where}asking for none changes the "
            "state", sampler)  # fmt: skip
    require(sampler.tell(space, start, []) == start, f"{where}no results change the state", sampler)


def _check_states(sampler: Sampler, space: Space, where: str) -> None:
    """A state is plain JSON that stays as it is, and a search goes on from it."""
    state = sampler.start(space, 2)
    for stop in range(4):
        try:
            stored = json.dumps(state, allow_nan=False)
        except (TypeError, ValueError) as error:
            require(False, f"{where}a state is no plain JSON", sampler, received=str(error))
            return
        read = json.loads(stored)
        require(read == state, f"{where}a state changes on its way through JSON", sampler,
                hint="Lists in place of tuples, and texts as keys.")  # fmt: skip
        going_on = _rounds(sampler, space, state, (3, 2), first=5 * stop)
        resumed = _rounds(sampler, space, read, (3, 2), first=5 * stop)
        require(resumed == going_on, f"{where}a search that goes on from a stored state is another",
                sampler, hint="All that is remembered stands in the state.")  # fmt: skip
        require(json.dumps(state) == stored, f"{where}ask or tell changes the state that went in",
                sampler)  # fmt: skip
        state = going_on[1]


def _check_results(sampler: Sampler, space: Space, where: str) -> None:
    """Results may come late, in parts, of nobody's points, or be none at all."""
    asked, state = sampler.ask(space, sampler.start(space, 0), LATE)
    results = told(asked)
    bad = [math.nan, math.inf, -math.inf, None]
    steps = (
        ("results come late and in parts", [results[4:6], results[:4] + results[6:]]),
        ("everything diverges", [[TrialResult(one.number, one.point, None) for one in results]]),
        ("objectives are infinite or no numbers",
         [[TrialResult(one.number, one.point, bad[k % 4]) for k, one in enumerate(results)]]),
    )  # fmt: skip
    for what, parts in steps:
        after = state
        for part in parts:
            after = _told(sampler, space, after, part, where + what)
        for point in sampler.ask(space, after, 3)[0]:
            _check_point(sampler, space, point, f"{where}after {what}, ")
    if not len(space):
        return
    start = sampler.start(space, 0)
    foreign = [TrialResult(0, space.default_point(), 0.25)]
    after = _told(sampler, space, start, foreign, f"{where}a result is of a point by hand")
    require(not sampler.adaptive or after != start,
            f"{where}nothing is learned from the result of a point that was given by hand", sampler,
            hint="Results may be of points that were never asked for.")  # fmt: skip


def _told(
    sampler: Sampler, space: Space, state: State, results: Sequence[TrialResult], what: str
) -> State:
    try:
        after = sampler.tell(space, state, results)
        json.dumps(after, allow_nan=False)
    except (LookupError, TypeError, ValueError) as error:
        require(False, f"{what}, and the sampler fails", sampler,
                received=f"{type(error).__name__}: {error}")  # fmt: skip
        raise AssertionError from error
    return after


def _check_finite_space(sampler: Sampler) -> None:
    """A space of few points is tried once, and then ends; of nothing there are empty points."""
    space, size = finite_space()
    state = sampler.start(space, 0)
    points: list[Point] = []
    for count in (1, 4, 30, 3):
        asked, state = sampler.ask(space, state, count)
        state = sampler.tell(space, state, told(asked, len(points)))
        points += asked
    different = {json.dumps(point, sort_keys=True) for point in points}
    require(len(points) == len(different) == size, "a space of few points is not tried once",
            sampler, expected=f"{size} points", received=f"{len(points)} points, "
            f"{len(different)} of them different")  # fmt: skip
    nothing = Space()
    empty, _ = sampler.ask(nothing, sampler.start(nothing, 0), 3)
    require(empty == [{}, {}, {}], "of nothing to search there are no empty points", sampler,
            received=empty)  # fmt: skip


def _check_seeds(sampler: Sampler) -> None:
    """A seed is a whole number, NumPy's too."""
    import numpy as np

    space = Space(Part(Float(-1.0, 1.0)))
    same = sampler.start(space, int(np.int64(7))) == sampler.start(space, np.int64(7))  # type: ignore[arg-type]
    require(same, "a seed of NumPy's is another seed", sampler)
    for seed in (-1, 0.5, True, "1"):
        try:
            sampler.start(space, seed)  # type: ignore[arg-type]
        except SpaceError:
            continue
        require(False, "a seed that is no whole number from 0 is taken", sampler,
                received=repr(seed), hint="Use shoal.samplers.checked_seed.")  # fmt: skip


def _check_settings(sampler: Sampler) -> None:
    """A sampler that a file can name comes back from it."""
    try:
        SAMPLERS.check(type(sampler))
        again = sampler_from_json(json.loads(json.dumps(sampler_to_json(sampler))))
    except (ShoalError, TypeError, ValueError) as error:
        require(False, "the sampler does not come back from JSON", sampler, received=str(error))
        return
    require(again == sampler, "another sampler comes back from JSON", sampler,
            expected=repr(sampler), received=repr(again),
            hint="A frozen dataclass of plain settings does.")  # fmt: skip
