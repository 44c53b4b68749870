"""How many lanes a program gets: from memory, from the work at hand, from a measurement."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import jax
import numpy as np

from shoal.errors import RecipeError
from shoal.network import Network
from shoal.training import chain_course
from shoal.training.compiling import CompileLog
from shoal.training.filling import Filling
from shoal.training.program import Shapes, fresh_courses, train_source, zeros
from shoal.training.scoring_batch import scoring_batch
from shoal.training.specialize import Specialization
from shoal.training.splits import Splits, epoch_order
from shoal.training.trial import Trial

WIDTH_LEVELS = 1
"""Buckets of widths. The kernels do no work for masked units, so one program for
all widths costs less than what compiling another would."""

CANDIDATES = (1, 2, 4, 8, 16, 32, 64)
"""Numbers of lanes that are tried; more make no difference."""

MANY = 128
"""Lanes of networks of which each lane trains by itself between two looks of the host
(`chain_course`), where nobody learns from how the trials end: fewer looks."""

LEAST_USUAL = 4
"""Lanes where nothing is measured: fewer do not fill a machine's threads evenly."""

WORTH_WAITING = 1.05
"""How much longer a lane's work may take, at most, with fewer lanes than would be fastest:
with fewer in flight there are results sooner, and more is known when the next is asked for."""

USUAL = 32
"""Lanes of small networks, where measuring would cost more than it could save."""

CACHE = 32e6
"""Bytes of activations that all lanes together may have before the usual number is
lowered: about a processor's last cache. Each operation goes through all lanes
before the next one does, so what does not fit comes from memory every time."""

WORTH_MEASURING = 1e13
"""Multiply-adds of a search, one to several minutes on a CPU, from which on it is
worth the seconds that compiling the candidates takes."""

MEMORY_SHARE = 0.25
"""Share of the memory that lanes may take."""

PROBE_STEPS = 8


@dataclass(frozen=True)
class LaneRequest:
    """A program that is to be compiled.

    Attributes:
        special: what it trains.
        splits: on which data.
        waiting: lanes that the trials that wait for it would take.
        example: one of them.
        log: where compilations are counted. Without one nothing may be timed now.
    """

    special: Specialization
    splits: Splits
    waiting: int
    example: Trial
    log: CompileLog | None


LaneCount = Callable[[LaneRequest], int]
"""How many lanes a program gets; 0 if that would have to be timed and may not be."""


def lane_count(lanes: Any, *, learns: bool = False) -> LaneCount:
    """The policy for ``lanes=``: a number, or ``"auto"``.

    Args:
        lanes: as given.
        learns: whether what is asked for next depends on how trials go, so that as few
            as keep the machine busy are in flight.

    Raises:
        RecipeError: neither.
    """
    if lanes == "auto":
        return partial(choose_lanes, most_usual=USUAL if learns else MANY)
    if isinstance(lanes, bool) or not isinstance(lanes, int) or lanes < 1:
        raise RecipeError(
            "lanes is a number of networks, or 'auto'", expected="at least 1", received=repr(lanes)
        )
    return lambda request: min(lanes, request.waiting)


def choose_lanes(request: LaneRequest, most_usual: int = USUAL) -> int:
    """As many lanes as trials wait, memory holds, and the machine runs well."""
    most = all_waiting(request)
    cached = max(LEAST_USUAL, int(CACHE / _activation_bytes(request)))
    apart = chain_course.suits(request.special, request.splits, MANY)
    usual = min(most_usual if apart else USUAL, most, cached)
    candidates = [n for n in CANDIDATES if n <= most and usual / 4 <= n <= usual * 2]
    if len(candidates) < 2 or _work(request) < WORTH_MEASURING:
        return usual
    if request.log is None:
        return 0
    return fewest({n: _seconds_a_lane(request, n, request.log) for n in candidates})


def fewest(seconds: Mapping[int, float]) -> int:
    """Of numbers of lanes, with the seconds that a lane's work takes, the least that pays.

    One lane where several side by side gain nothing: a large network keeps a machine
    busy by itself, and its trials are trained one after another.
    """
    worth = WORTH_WAITING * min(seconds.values())
    return min(lanes for lanes, each in seconds.items() if each <= worth)


def all_waiting(request: LaneRequest) -> int:
    """A lane for each that waits, as far as memory holds: where trials have to be at one epoch."""
    return max(1, min(request.waiting, _that_fit(request)))


def multiply_adds(network: Network) -> int:
    """Multiplications of one example's way through the network, its widths as they are."""
    shapes = network.shapes()
    return sum(
        network.layer(node).multiply_adds(*(shapes[name] for name in node.inputs))
        for node in network.nodes
    )


def _work(request: LaneRequest) -> float:
    """Multiply-adds of all waiting trials: forward, and twice as many backward."""
    epochs = int(request.example.recipe.epochs)  # type: ignore[arg-type]  # bound
    examples = request.splits.rows * epochs * request.waiting
    return 3.0 * examples * multiply_adds(request.example.network)


def _activation_bytes(request: LaneRequest) -> float:
    """Bytes of one lane's activations of one batch, forward."""
    shapes = request.special.network.shapes()
    batch = int(request.special.recipe.batch_size)  # type: ignore[arg-type]  # specialized
    return 4.0 * batch * sum(prod(shape) for shape in shapes.values())


def _that_fit(request: LaneRequest) -> int:
    """Lanes whose weights and activations fit into the memory they may take."""
    network = request.special.network
    assert network.input_shape is not None
    batch = max(
        int(request.special.recipe.batch_size),  # type: ignore[arg-type]  # specialized
        scoring_batch(network.input_shape),
    )
    weights = 5 * network.parameter_count()  # themselves, two memories, gradients, the best
    activations = 3 * batch * sum(prod(shape) for shape in network.shapes().values())
    return int(MEMORY_SHARE * _memory() / (4 * (weights + activations)))


def _memory() -> float:
    """Bytes of memory of the device."""
    stats = jax.devices()[0].memory_stats()
    if stats and "bytes_limit" in stats:
        return float(stats["bytes_limit"])
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (ValueError, OSError, AttributeError):
        return 4e9


def _seconds_a_lane(request: LaneRequest, lanes: int, log: CompileLog) -> float:
    """Measured: seconds of a few steps, divided by the lanes; the best of three calls."""
    special, splits = request.special, request.splits
    params, setting = Filling(special, lanes, PROBE_STEPS).fill(request.example)
    shapes = Shapes.of(special, params, setting, lanes, PROBE_STEPS)
    (train,) = log.compile(train_source(special, splits, shapes))
    batch = shapes.order.shape[2]
    needed = max(PROBE_STEPS, -(-splits.rows // batch))
    one = epoch_order(0, 1, splits.rows, needed, batch)[:PROBE_STEPS]
    order = np.broadcast_to(one, (lanes, *one.shape))
    settings = jax.tree.map(lambda leaf: np.stack([leaf] * lanes), setting)
    noise = np.zeros(lanes, np.uint32)
    learners, best = zeros(shapes.learners), float("inf")
    for _ in range(3):
        course = fresh_courses(np.ones(lanes, bool), np.zeros(lanes, np.int32))
        began = time.perf_counter()
        learners, course = train(splits.training, learners, settings, course, noise, order)
        jax.block_until_ready(course)
        best = min(best, time.perf_counter() - began)
    return best / lanes
