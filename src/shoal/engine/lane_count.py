"""How many lanes a program gets: from its shapes and the machine's class, never from a clock.

The proposals of a sampler that learns depend on how many trials run side by side. So the number
must be the same whenever the same search is run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import ceil, log2, prod
from typing import Any

import jax

from shoal.engine.fastpaths import dense_course
from shoal.engine.predictor import scoring_batch
from shoal.engine.specialize import Specialization
from shoal.engine.splits import Splits
from shoal.engine.trial import Trial
from shoal.errors import RecipeError
from shoal.kernels import LANES_A_THREAD
from shoal.nn import Network
from shoal.utils.environment import Machine

WIDTH_LEVELS = 1
"""Buckets of widths. The kernels do no work for masked units, so one program for
all widths costs less than what compiling another would."""

MANY = 128
"""Lanes of networks of which each lane trains by itself between two looks of the host
(`chain_course`), where nobody learns from how the trials end: fewer looks."""

LEAST_CACHED = 4
"""Lanes of networks that outgrow the caches: fewer do not fill a machine's threads evenly."""

USUAL = 32
"""Lanes of small networks."""

CACHE = 32e6
"""Bytes of activations that all lanes together may have before the usual number is
lowered: about a processor's last cache. Each operation goes through all lanes
before the next one does, so what does not fit comes from memory every time."""

ENOUGH = 1e9
"""Multiply-adds of one optimizer step of all lanes, for each processor, beside which what is
lost between the operations is small: some milliseconds. More lanes gain nothing then, and
with fewer in flight there are results sooner, and more is known when the next is asked for."""

MEMORY_SHARE = 0.25
"""Share of the memory that lanes may take."""


@dataclass(frozen=True)
class LaneRequest:
    """A program that is to be compiled.

    Attributes:
        special: what it trains.
        splits: on which data.
        waiting: lanes that the trials that wait for it would take.
        example: one of them.
    """

    special: Specialization
    splits: Splits
    waiting: int
    example: Trial


LaneCount = Callable[[LaneRequest], int]
"""How many lanes a program gets."""


def lane_count(
    lanes: Any, *, learns: bool = False, together: bool = False, machine: Machine | None = None
) -> LaneCount:
    """The policy for ``lanes=``: a number, or ``"auto"``.

    Args:
        lanes: as given.
        learns: whether what is asked for next depends on how trials go, so that as few
            as keep the machine busy are in flight.
        together: whether all trials that wait have to be at one epoch.
        machine: whose class decides; the one at hand if None.

    Raises:
        RecipeError: neither.
    """
    if lanes == "auto":
        machine = machine or Machine.here()
        if together:
            return partial(all_waiting, machine=machine)
        return partial(choose_lanes, machine=machine, most_usual=USUAL if learns else MANY)
    if isinstance(lanes, bool) or not isinstance(lanes, int) or lanes < 1:
        raise RecipeError(
            "lanes is a number of networks, or 'auto'", expected="at least 1", received=repr(lanes)
        )
    return lambda request: min(lanes, request.waiting)


def choose_lanes(request: LaneRequest, machine: Machine, most_usual: int = USUAL) -> int:
    """As many lanes as trials wait, memory holds, caches hold, and the machine has use for."""
    special, splits = request.special, request.splits
    cached = max(LEAST_CACHED, int(CACHE / _activation_bytes(request)))
    most = min(all_waiting(request, machine), cached)
    whole = LANES_A_THREAD * machine.processors
    apart = whole <= MANY and dense_course.fits(special, splits)
    if jax.default_backend() != "cpu":
        return min(most, USUAL)
    enough = _power_of_two(ENOUGH * machine.processors / _work_a_step(request))
    if apart:  # fewer lanes than this would not be trained each by itself
        return min(most, most_usual if most_usual > USUAL else max(enough, whole), most_usual)
    return min(most, enough, USUAL)


def all_waiting(request: LaneRequest, machine: Machine) -> int:
    """A lane for each that waits, as far as memory holds: where trials have to be at one epoch."""
    return max(1, min(request.waiting, _that_fit(request, machine)))


def multiply_adds(network: Network) -> int:
    """Multiplications of one example's way through the network, its widths as they are."""
    shapes = network.shapes()
    return sum(
        network.layer(node).multiply_adds(*(shapes[name] for name in node.inputs))
        for node in network.nodes
    )


def _work_a_step(request: LaneRequest) -> float:
    """Multiply-adds of one optimizer step of a lane: forward, and twice as many backward."""
    batch = int(request.special.recipe.batch_size)  # type: ignore[arg-type]  # specialized
    return max(3.0 * batch * multiply_adds(request.example.network), 1.0)


def _power_of_two(value: float) -> int:
    """The least that is no smaller."""
    return int(2 ** max(ceil(log2(value)), 0))


def _activation_bytes(request: LaneRequest) -> float:
    """Bytes of one lane's activations of one batch, forward."""
    shapes = request.special.network.shapes()
    batch = int(request.special.recipe.batch_size)  # type: ignore[arg-type]  # specialized
    return 4.0 * batch * sum(prod(shape) for shape in shapes.values())


def _that_fit(request: LaneRequest, machine: Machine) -> int:
    """Lanes whose weights and activations fit into the memory they may take."""
    network = request.special.network
    assert network.input_shape is not None
    batch = max(
        int(request.special.recipe.batch_size),  # type: ignore[arg-type]  # specialized
        scoring_batch(network.input_shape),
    )
    weights = 5 * network.parameter_count()  # themselves, two memories, gradients, the best
    activations = 3 * batch * sum(prod(shape) for shape in network.shapes().values())
    return int(MEMORY_SHARE * _memory(machine) / (4 * (weights + activations)))


def _memory(machine: Machine) -> float:
    """Bytes of memory of the device; of a processor's about: two of a class have the same."""
    stats = jax.devices()[0].memory_stats()
    if stats and "bytes_limit" in stats:
        return float(stats["bytes_limit"])
    return machine.memory
