"""What would fit where training does not fit into memory, computed from shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod, sqrt

import jax

from shoal.engine.predictor import scoring_batch
from shoal.errors import TrainingError
from shoal.nn import Network
from shoal.utils.limits import free_bytes, is_memory_error

NUMBER = 4
"""Bytes of a number."""

COPIES = 5
"""Of a lane's weights: themselves, the optimizer's two memories, gradients, the best."""

KEPT, SCORED = 3, 2
"""Copies of a batch's activations: in training those that are kept, their gradients and what is
on its way; in scoring two layers' at a time, and of all networks rather more."""

SURE = 0.5
"""Of a batch's activations, at least, that every program keeps for its gradients."""

LEAST_SIDE = 8
"""Of pictures: nobody is told to take smaller ones."""


@dataclass(frozen=True)
class Needs:
    """What the lanes of a program take, in bytes.

    Attributes:
        weights: of a lane, all that is as large as its weights.
        example: activations of one example of one lane, forward.
        lanes: side by side.
        batch: examples of an optimizer step.
        scored: examples that are scored together.
        input_shape: of an example.
    """

    weights: float
    example: float
    lanes: int
    batch: int
    scored: int
    input_shape: tuple[int, ...]

    @classmethod
    def of(cls, network: Network, batch: int, lanes: int) -> Needs:
        """For that many lanes of a network whose widths are the largest."""
        assert network.input_shape is not None
        return cls(
            weights=NUMBER * COPIES * network.parameter_count(),
            example=NUMBER * sum(prod(shape) for shape in network.shapes().values()),
            lanes=lanes,
            batch=batch,
            scored=scoring_batch(network.input_shape),
            input_shape=network.input_shape,
        )

    def total(self, lanes: int | None = None, batch: int | None = None, area: float = 1.0) -> float:
        """Bytes in all, or with other lanes, another batch, a share of the pictures' area."""
        lanes = self.lanes if lanes is None else lanes
        batch = self.batch if batch is None else batch
        examples = max(KEPT * batch, SCORED * self.scored)
        return lanes * (self.weights + examples * self.example * area)

    @property
    def least(self) -> float:
        """Bytes that are needed whatever the compiler does."""
        return self.lanes * (self.weights + SURE * self.batch * self.example)

    @property
    def pictures(self) -> bool:
        """Whether an example is a picture."""
        return len(self.input_shape) == 3

    def fitting(self, room: float) -> list[str]:
        """Ways to fit into that many bytes, the mildest first, each by itself if it can."""
        ways = []
        lanes = int(room / self.total(1))
        if 1 <= lanes < self.lanes:
            ways.append(
                f"{lanes} lane{'s' * (lanes > 1)} (--lanes {lanes}, in Python lanes={lanes})"
            )
        if self.total() > room:
            ways += self._batches(room) + self._sizes(room)
        return ways

    def _batches(self, room: float) -> list[str]:
        for lanes in dict.fromkeys((self.lanes, 1)):
            sizes = (2**power for power in reversed(range(self.batch.bit_length())))
            for batch in sizes:
                if batch < self.batch and self.total(lanes, batch) <= room:
                    alone = " in one lane" if lanes < self.lanes else ""
                    return [f"batches of {batch}{alone} (--batch-size {batch})"]
        return []

    def _sizes(self, room: float) -> list[str]:
        if not self.pictures:
            return []
        height, width = self.input_shape[:2]
        for lanes in dict.fromkeys((self.lanes, 1)):
            spare = room / lanes - self.weights
            share = sqrt(max(spare, 0.0) / (self.total(1) - self.weights))
            sides = [int(share * side) // 8 * 8 for side in (height, width)]
            if share < 1 and min(sides) >= LEAST_SIDE:
                alone = " in one lane" if lanes < self.lanes else ""
                return [f"pictures of {sides[0]}×{sides[1]}{alone}"]
        return []


def check_fits(needs: Needs) -> None:
    """Refuse lanes that cannot fit whatever the compiler does: the system would end the process.

    Raises:
        TrainingError: with what would fit.
    """
    room = device_bytes()
    if room is not None and needs.least > room:
        raise too_little(needs, room)


@contextmanager
def explaining_memory_errors(needs: Callable[[], Needs | None]) -> Iterator[None]:
    """Tell what would fit where memory is not enough.

    Raises:
        TrainingError: in place of NumPy's, Python's or the compiled program's error.
    """
    try:
        yield
    except Exception as error:
        found = needs() if is_memory_error(error) else None
        if found is None:
            raise
        free = free_bytes() if jax.default_backend() == "cpu" else device_bytes()
        raise too_little(found, found.least if free is None else float(free)) from error


def too_little(needs: Needs, room: float) -> TrainingError:
    """The error, with what would fit into that many bytes."""
    where = "free" if jax.default_backend() == "cpu" else "on the device"
    lanes = f"{needs.lanes} lane{'s' * (needs.lanes > 1)}"
    fits = needs.fitting(room)
    smaller = "fewer or narrower layers"
    return TrainingError(
        "training fits into memory",
        expected=f"at most the {gigabytes(room)} that are {where}",
        received=f"about {gigabytes(needs.total())} for {lanes} with batches of {needs.batch} "
        f"examples of {'×'.join(map(str, needs.input_shape))}",
        hint=f"What fits: {'; or '.join(fits)}; or {smaller}."
        if fits
        else f"Only a smaller network fits: {smaller}.",
    )


def device_bytes() -> float | None:
    """Bytes of memory of the device, or of this machine where that is the device."""
    stats = jax.devices()[0].memory_stats()
    if stats and "bytes_limit" in stats:
        return float(stats["bytes_limit"])
    from shoal.utils.environment import memory

    return memory()


def gigabytes(count: float) -> str:
    """A number of bytes in GB, MB or kB."""
    size, unit = next(((s, u) for s, u in ((1e9, "GB"), (1e6, "MB")) if count >= s), (1e3, "kB"))
    return f"{count / size:,.3g} {unit}"
