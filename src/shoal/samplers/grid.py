"""Grid search."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from shoal.errors import SpaceError
from shoal.samplers.lattice import Lattice
from shoal.samplers.sampler import Fields, Sampler, State, Told
from shoal.samplers.seeds import checked_seed, generator
from shoal.schema import whole
from shoal.space import Choice, Float, Point, Range, Space


@dataclass(frozen=True)
class Grid(Sampler):
    """Every combination of a few values of each hyperparameter, then the end.

    A Float has its ends and evenly spaced values between (evenly in the
    logarithm where ``log=True``), an Int the same, rounded, and all of its values
    if they are few enough; a Choice has all of its options. Points come scattered
    over the grid, in an order that the seed decides: a search that ends before
    the grid does has not kept the first hyperparameters at their lowest.

    Args:
        points_per_axis: values of a Float or an Int, at least 2.

    Raises:
        SpaceError: fewer than two values.
    """

    points_per_axis: int = 5

    kind: ClassVar[str] = "grid"
    adaptive: ClassVar[bool] = False

    def __post_init__(self) -> None:
        count = self.points_per_axis
        if isinstance(count, bool) or not isinstance(count, int) or count < 2:
            raise SpaceError(
                "points_per_axis is a whole number", expected="at least 2", received=repr(count)
            )

    def points(self, space: Space) -> Lattice:
        """All points: iterable, with a length."""
        return Lattice(space, {entry.name: self._values(entry.range) for entry in space})

    def start(self, space: Space, seed: int) -> State:
        """Seed, and how many points have been proposed."""
        return {"kind": self.kind, "seed": checked_seed(seed), "next": 0}

    def state_fields(self, space: Space, trials: int) -> Fields:
        """What a state holds."""
        return {"seed": whole(), "next": whole(0, trials)}

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """The next points; fewer where the grid ends."""
        if len(space) == 0:
            return [{} for _ in range(count)], state
        lattice, first = self.points(space), int(state["next"])
        end = min(first + count, lattice.size)
        begin, stride = _scatter(lattice.size, int(state["seed"]))
        numbers = ((begin + k * stride) % lattice.size for k in range(first, end))
        return [lattice.point(number) for number in numbers], {**state, "next": end}

    def tell(self, space: Space, state: State, results: Sequence[Told]) -> State:
        """Nothing is learned from results."""
        return state

    def _values(self, values: Range) -> Sequence[int | float]:
        if isinstance(values, Choice):
            return range(len(values.options))
        steps = self.points_per_axis - 1
        if isinstance(values, Float):
            return [values.from_unit(i / steps) for i in range(steps + 1)]
        low, high = int(values.low), int(values.high)
        if high - low <= steps:
            return range(low, high + 1)
        ends = values.to_unit(low), values.to_unit(high)
        return list(dict.fromkeys(
            values.from_unit(ends[0] + (ends[1] - ends[0]) * i / steps) for i in range(steps + 1)
        ))  # fmt: skip


def _scatter(size: int, seed: int) -> tuple[int, int]:
    """Where to begin and how far to go each time, so that each of the numbers comes once."""
    rng = generator(seed, 0)
    begin, stride = (int(rng.integers(min(size, 2**62))) for _ in range(2))
    while math.gcd(stride, size) != 1:
        stride += 1
    return begin, stride
