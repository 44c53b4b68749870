"""Population-based training: who inherits from whom, what changes, and that all is told."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoal.errors import SpaceError
from shoal.samplers import (
    PopulationBased,
    PopulationSampler,
    Pruner,
    Random,
    RunningTrial,
    TrialResult,
)
from shoal.samplers.population_based import explored
from shoal.space import Choice, Float, Int, Space, host, static, traced, width


@dataclass(frozen=True, eq=False)
class Part:
    """Fields of all roles."""

    rate: Any = traced(0.0)
    share: Any = traced(0.0)
    count: Any = traced(0)
    option: Any = traced(0)
    units: Any = width(1)
    size: Any = static(1)
    epochs: Any = host(1)


@pytest.fixture(scope="module")
def space():
    inner = Choice(None, Part(rate=Float(0.0, 1.0), size=Choice("a", "b")))
    return Space(
        (Part(Float(1e-4, 1.0, log=True), Float(0.0, 0.5), Int(0, 9), Choice(0.1, 0.2, 0.4),
              Int(4, 8), Choice(3, 5), Int(5, 20)), Part(size=inner))
    )  # fmt: skip


@pytest.fixture(scope="module")
def rates():
    return Space(Part(Float(1e-4, 1.0, log=True)))


def reached(space, values, epoch=2, epochs=16, first=0):
    points = Random().ask(space, Random().start(space, 1), len(values))[0]
    return [
        RunningTrial(first + i, epoch, epochs, value, value, 0.0, point)
        for i, (value, point) in enumerate(zip(values, points, strict=True))
    ]


def test_it_is_a_breeder_and_no_judge():
    assert isinstance(PopulationBased(), PopulationSampler)
    assert not isinstance(PopulationBased(), Pruner)
    assert not isinstance(Random(), PopulationSampler)


def test_the_worst_fifth_is_replaced_by_heirs_of_the_best_fifth(rates):
    sampler = PopulationBased(10)
    values = [0.9, 0.1, 0.5, 0.3, 0.8, 0.2, 0.7, 0.4, 0.6, 0.55]
    clones, state = sampler.exploit(rates, sampler.start(rates, 0), reached(rates, values), 99)
    assert [heir.replaces for heir in clones] == [0, 4], "the worst first"
    assert {heir.parent for heir in clones} <= {1, 5}
    assert state["heirs"] == 2
    none, after = sampler.exploit(rates, state, reached(rates, values, epoch=3), 99)
    assert (none, after) == ([], state), "between two comparisons nobody is replaced"


def test_the_interval_is_an_eighth_of_the_epochs_or_as_given(rates):
    values = [0.1, 0.2, 0.3, 0.4, 0.5]

    def compared(sampler, epochs):
        state = sampler.start(rates, 0)
        at = [reached(rates, values, epoch, epochs) for epoch in range(1, epochs)]
        return [r[0].epoch for r in at if sampler.exploit(rates, state, r, 9)[0]]

    assert compared(PopulationBased(5), 24) == [3, 6, 9, 12, 15, 18, 21]
    assert compared(PopulationBased(5), 7) == [1, 2, 3, 4, 5, 6]
    assert compared(PopulationBased(5, perturbation_interval=5), 24) == [5, 10, 15]
    assert compared(PopulationBased(5, perturbation_interval=5), 25) == [5, 10, 15, 20]


def test_trials_of_another_program_or_epoch_are_not_compared(space):
    sampler = PopulationBased(8)
    told = reached(space, np.linspace(0, 1, 24).tolist()) + reached(
        space, np.linspace(0, 1, 24).tolist(), epoch=4, first=24
    )
    clones, _ = sampler.exploit(space, sampler.start(space, 0), told, 99)
    by_number = {one.number: one for one in told}
    static = [e.name for e in space if e.role.name == "STATIC"]
    assert clones
    for heir in clones:
        parent, replaced = by_number[heir.parent], by_number[heir.replaces]
        assert parent.epoch == replaced.epoch
        assert [parent.point.get(n) for n in static] == [replaced.point.get(n) for n in static]
        assert parent.latest < replaced.latest


@pytest.mark.parametrize("came_to", [None, 0.7])
def test_a_place_that_is_free_is_taken_at_once(rates, came_to):
    """By an heir of one of the best, whether its trial diverged or was stopped early."""
    sampler = PopulationBased(6)
    now = reached(rates, [0.5, 0.2, 0.9, 0.4, 0.3], epoch=3)
    state = sampler.ask(rates, sampler.start(rates, 0), 6)[1]
    state = sampler.tell(rates, state, [TrialResult(5, {"rate": 0.9}, came_to)])
    clones, state = sampler.exploit(rates, state, now, 9)
    assert [(heir.parent, heir.replaces) for heir in clones] == [(1, None)]
    assert sampler.exploit(rates, state, now, 9)[0] == [], "one heir for one place"


def test_who_was_replaced_leaves_no_free_place(rates):
    sampler = PopulationBased(5)
    state = sampler.ask(rates, sampler.start(rates, 0), 5)[1]
    now = reached(rates, [0.1, 0.2, 0.3, 0.4, 0.5])
    (heir,), state = sampler.exploit(rates, state, now, 9)
    state = sampler.tell(rates, state, [TrialResult(heir.replaces, {"rate": 0.1}, 0.5)])
    assert sampler.exploit(rates, state, reached(rates, [0.1] * 4, epoch=3), 9)[0] == []


def test_nobody_inherits_what_has_less_than_an_interval_left(rates):
    sampler = PopulationBased(5, perturbation_interval=4)
    state = sampler.ask(rates, sampler.start(rates, 0), 6)[1]
    state = sampler.tell(rates, state, [TrialResult(5, {"rate": 0.9}, None)])
    late = reached(rates, [0.1, 0.2, 0.3, 0.4, 0.5], epoch=8, epochs=11)
    assert sampler.exploit(rates, state, late, 9)[0] == []


def test_no_more_heirs_than_there_is_room_for(rates):
    sampler = PopulationBased(20)
    now = reached(rates, np.linspace(0, 1, 20).tolist())
    start = sampler.start(rates, 0)
    whole, _ = sampler.exploit(rates, start, now, 99)
    assert len(whole) == 4
    for room in range(5):
        clones, state = sampler.exploit(rates, start, now, room)
        assert clones == whole[:room]
        assert state["replaced"] == sorted(heir.replaces for heir in clones)


values = st.lists(
    st.one_of(st.floats(0, 1, width=16), st.just(float("inf"))), min_size=1, max_size=30
)


@given(values, st.integers(0, 5), st.floats(0.01, 0.5), st.randoms())
@settings(max_examples=60, deadline=None)
def test_laws_of_breeding(space, values, vacant, share, rng):
    sampler = PopulationBased(quantile_fraction=share, perturbation_interval=1)
    now = reached(space, values)
    state = sampler.start(space, 3)
    gone = [TrialResult(100 + i, now[0].point, None) for i in range(vacant)]
    state = sampler.tell(space, sampler.ask(space, state, len(now) + vacant)[1], gone)
    clones, after = sampler.exploit(space, state, now, 99)
    shuffled = now[:]
    rng.shuffle(shuffled)
    assert sampler.exploit(space, state, shuffled, 99) == (clones, after), "order does not matter"
    assert json.loads(json.dumps(after)) == after, "the state is plain data"
    replaced = [heir.replaces for heir in clones if heir.replaces is not None]
    assert len(set(replaced)) == len(replaced)
    assert len(clones) - len(replaced) == vacant
    truncation = [heir for heir in clones if heir.replaces is not None]
    assert not {heir.parent for heir in truncation} & set(replaced)
    at = {one.number: one for one in now}
    for heir in clones:
        space.check(heir.point)
        changed = {n for n, v in heir.point.items() if v != at[heir.parent].point[n]}
        assert changed, "an heir that changes nothing would come to what its parent comes to"
        assert changed <= {e.name for e in space if e.role.name == "TRACED"}
        if heir.replaces is not None:
            assert at[heir.parent].latest <= at[heir.replaces].latest


def test_numbers_move_by_factors_or_steps_or_are_drawn_anew():
    names = ("rate", "share", "count", "option")
    space = Space(
        Part(Float(1e-4, 1.0, log=True), Float(0.0, 0.5), Int(1, 99, log=True), Choice(1, 2, 4))
    )
    point = {"rate": 0.01, "share": 0.25, "count": 50, "option": 1}
    found = [explored(space, point, np.random.default_rng(k)) for k in range(400)]
    usual = {"rate": [0.008, 0.012], "share": [0.2, 0.3], "count": [40, 60], "option": [1]}
    for name in names:
        moved = np.array([np.isclose(one[name], usual[name]).any() for one in found])
        least = 0.75 + 0.25 / 3 if name == "option" else 0.75
        assert abs(moved.mean() - least) < 0.08
    assert len({one["rate"] for one in found}) > 60


@given(st.integers(0, 2**32), st.sampled_from(["low", "high"]))
@settings(max_examples=40, deadline=None)
def test_at_the_end_of_a_range_the_way_is_back(seed, end):
    """No value is left as it is for want of room."""
    space = Space(Part(Float(1e-4, 1.0, log=True), Float(0.0, 0.5), Int(3, 5)))
    ranges = {entry.name: entry.range for entry in space}
    point = {name: getattr(values, end) for name, values in ranges.items()}
    new = explored(space, point, np.random.default_rng(seed))
    space.check(new)
    assert new["rate"] != point["rate"]
    assert new["share"] != point["share"]


def test_categories_alone_are_drawn_until_one_changes():
    space = Space(Part(option=Choice(0.1, 0.2)))
    for seed in range(20):
        assert explored(space, {"option": 0}, np.random.default_rng(seed)) == {"option": 1}


def test_what_cannot_change_has_no_heirs():
    space = Space(Part(units=Int(3, 9), epochs=Int(1, 5)))
    assert explored(space, {"units": 4, "epochs": 1}, np.random.default_rng(0)) is None


def test_a_population_shares_what_needs_a_program_of_its_own(space):
    sampler = PopulationBased(6)
    state = sampler.start(space, 0)
    static = [e.name for e in space if e.role.name == "STATIC"]
    kinds = []
    for first in range(0, 48, 6):
        points, state = sampler.ask(space, state, 6)
        kinds.append({tuple(point.get(name) for name in static) for point in points})
        told = [TrialResult(first + i, point, 0.5) for i, point in enumerate(points)]
        state = sampler.tell(space, state, told)
    assert all(len(kind) == 1 for kind in kinds)
    defaults = space.default_point()
    assert kinds[0] == {tuple(defaults.get(name) for name in static)}, "first the defaults"
    assert len(set.union(*kinds)) > 2, "another population, other choices"


def test_its_size_follows_the_trials_unless_it_is_given(rates):
    assert [PopulationBased().together(n) for n in (3, 12, 31, 32, 500)] == [2, 6, 15, 16, 16]
    assert PopulationBased(40).together(64) == 40
    PopulationBased().check(rates, 3)


def test_searches_in_which_nobody_could_inherit_are_refused(rates):
    with pytest.raises(SpaceError, match=r"trials beyond its population.*more than 8.*received 8"):
        PopulationBased(8).check(rates, 8)
    with pytest.raises(SpaceError, match=r"the compiled program takes.*received units"):
        PopulationBased().check(Space(Part(units=Int(2, 5))), 32)
    with pytest.raises(SpaceError, match=r"received no range at all"):
        PopulationBased().check(Space(), 32)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (
            {"population_size": 1},
            "population_size is a whole number; expected at least 2; received 1",
        ),
        ({"population_size": True}, "population_size is a whole number"),
        (
            {"perturbation_interval": 0},
            "perturbation_interval is a whole number; expected at least 1",
        ),
        ({"perturbation_interval": 1.5}, "perturbation_interval is a whole number"),
        (
            {"quantile_fraction": 0.0},
            "quantile_fraction is the share of the population .*above 0, at most 0.5",
        ),
        ({"quantile_fraction": 0.6}, "received 0.6"),
        ({"quantile_fraction": float("nan")}, "received nan"),
        ({"quantile_fraction": "most"}, "received 'most'"),
    ],
)
def test_settings_out_of_bounds(wrong, match):
    with pytest.raises(SpaceError, match=match):
        PopulationBased(**wrong)
