"""Adaptive samplers learn: they find better points than random search does."""

from __future__ import annotations

import math

import numpy as np
import pytest

from shoal.errors import SpaceError
from shoal.samplers import TPE, Genetic, ParticleSwarm, Random, TrialResult
from shoal.space import Choice, Float, Int, Space

LEARNERS = [ParticleSwarm(), Genetic(), TPE()]

NUMBERS = Space(tuple(Float(-5.0, 4.0, name=f"x{i}") for i in range(4)))
MIXED = Space(
    (
        Float(1e-5, 1.0, log=True, name="rate"), Int(4, 512, log=True, name="units"),
        Choice("p", (Float(0.0, 1.0, name="p"),), (Int(0, 9, name="q"),), name="kind"),
    )
)  # fmt: skip


def sphere(point):
    return sum(value**2 for value in point.values())


def mixed(point):
    cost = (math.log10(point["rate"]) + 2.5) ** 2 + (math.log2(point["units"]) - 5) ** 2
    return cost + (2.0, 4 * abs(point.get("p", 0) - 0.2), abs(point.get("q", 0) - 7))[point["kind"]]


def best(sampler, space, cost, seed, trials=64, batch=4):
    """The least cost found, with some trials in flight; every ninth diverges."""
    state, least = sampler.start(space, seed), math.inf
    for first in range(0, trials, batch):
        points, state = sampler.ask(space, state, batch)
        costs = [None if (first + i) % 9 == 8 else cost(p) for i, p in enumerate(points)]
        told = [
            TrialResult(first + i, p, c) for i, (p, c) in enumerate(zip(points, costs, strict=True))
        ]
        state = sampler.tell(space, state, told)
        least = min([least, *(c for c in costs if c is not None)])
    return least


@pytest.mark.parametrize(
    ("space", "cost"), [(NUMBERS, sphere), (MIXED, mixed)], ids=["4d", "mixed"]
)
@pytest.mark.parametrize("learner", LEARNERS, ids=lambda s: s.kind)
def test_better_than_random(learner, space, cost):
    seeds = range(8)
    ours = np.array([best(learner, space, cost, seed) for seed in seeds])
    theirs = np.array([best(Random(), space, cost, seed) for seed in seeds])
    assert np.mean(ours) < 0.6 * np.mean(theirs)
    assert np.mean(ours < theirs) > 0.5


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda s: s.kind)
def test_points_in_flight_keep_apart(learner):
    """Thirty points asked for at once are thirty different ones, not one thirty times."""
    state = learner.start(NUMBERS, 0)
    points, state = learner.ask(NUMBERS, state, 20)
    told = [TrialResult(i, p, sphere(p)) for i, p in enumerate(points)]
    points, _ = learner.ask(NUMBERS, learner.tell(NUMBERS, state, told), 30)
    rows = np.array([list(point.values()) for point in points])
    assert rows.std(axis=0).mean() > 0.4


def test_the_state_of_a_long_study_stays_short():
    space, sampler = NUMBERS, TPE(n_ei_candidates=2)
    state = sampler.start(space, 0)
    points, _ = Random().ask(space, Random().start(space, 1), 1000)
    state = sampler.tell(space, state, [TrialResult(i, p, sphere(p)) for i, p in enumerate(points)])
    assert (len(state["best"]), len(state["others"])) == (25, 200)
    ranked = sorted(sphere(point) for point in points)
    assert [objective for objective, _ in state["best"]] == ranked[:25]


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: TPE(n_startup_trials=0), "n_startup_trials"),
        (lambda: TPE(n_ei_candidates=0), "n_ei_candidates"),
        (lambda: ParticleSwarm(1), "n_particles"),
        (lambda: Genetic(population_size=True), "population_size"),
        (lambda: Genetic(tournament_size=0), "tournament_size"),
    ],
)
def test_settings_are_checked(make, what):
    with pytest.raises(SpaceError, match=f"{what} is a whole number; expected at least"):
        make()
