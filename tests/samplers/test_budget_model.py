"""Halving with points of a sampler that learns: what it is told, and that it learns from it."""

import json
import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from shoal.errors import RecipeError
from shoal.samplers import (
    TPE,
    Genetic,
    Grid,
    Halving,
    Optuna,
    ParticleSwarm,
    PopulationBased,
    Random,
    RetractableSampler,
    RunningTrial,
    Sobol,
    TrialResult,
)
from shoal.samplers.reading import sampler_from_json, sampler_to_json
from shoal.space import Float, Space

LINE = Space((Float(0.0, 1.0, name="x"),))


@dataclass(frozen=True)
class Diary:
    """Proposes 0.00, 0.01, … and writes down what it hears."""

    kind: ClassVar[str] = "diary"
    adaptive: ClassVar[bool] = True

    def start(self, space, seed):
        return {"asked": 0, "heard": []}

    def ask(self, space, state, count):
        first = state["asked"]
        points = [{"x": round(0.01 * n, 2)} for n in range(first, first + count)]
        return points, {**state, "asked": first + count}

    def tell(self, space, state, results):
        heard = [[one.number, one.objective] for one in results]
        return {**state, "heard": state["heard"] + heard}

    def unlearn(self, space, state, awaited):
        return {**state, "heard": [["unlearned", sorted(point["x"] for point in awaited)]]}

    def give_up(self, space, state, points):
        return {**state, "heard": state["heard"] + [["given up", p["x"]] for p in points]}


class Search:
    """Trials with points of a diary, whose objectives are given by hand."""

    def __init__(self, count, **settings):
        self.sampler = Halving(sampler=Diary(), **settings)
        self.state = self.sampler.start(LINE, 0)
        self.points, self.state = self.sampler.ask(LINE, self.state, count)

    def reach(self, epoch, objectives, epochs=20):
        """The trials that are stopped, which end at once."""
        now = [
            RunningTrial(n, epoch, epochs, v, point=self.points[n]) for n, v in objectives.items()
        ]
        stopped, self.state = self.sampler.prune(LINE, self.state, now)
        self.end({number: objectives[number] for number in stopped})
        return stopped

    def end(self, objectives):
        told = [TrialResult(n, self.points[n], value) for n, value in objectives.items()]
        self.state = self.sampler.tell(LINE, json.loads(json.dumps(self.state)), told)

    @property
    def heard(self):
        return self.state["sampler"]["heard"]


def test_each_trial_is_heard_of_once_at_the_first_rung():
    search = Search(4)
    assert search.reach(1, {0: 0.4, 1: 0.1, 2: 0.3, 3: 0.2}) == [0, 2]
    assert search.heard == [[0, 0.4], [1, 0.1], [2, 0.3], [3, 0.2]]
    search.reach(2, {1: 0.05, 3: 0.04})
    search.end({1: 0.02})
    assert len(search.heard) == 4, "neither between rungs, nor at its end"


def test_a_larger_budget_takes_over_once_it_has_enough():
    search = Search(20, eta=2, min_resource=2)
    search.reach(2, dict.fromkeys(range(12), 1.0))  # all alike: nobody was better
    search.reach(4, dict.fromkeys(range(3), 0.5))
    assert [number for number, _ in search.heard] == list(range(12)), "three are not enough"
    search.reach(4, dict.fromkeys(range(3, 6), 0.5))
    waiting = [round(0.01 * n, 2) for n in range(12)]
    assert search.heard[0] == ["unlearned", waiting], "who is below may still come"
    assert search.heard[1:] == [[n, 0.5] for n in range(6)]
    assert search.reach(2, {12: 3.0, 13: 1.0}) == [12]
    assert search.heard[7:] == [["given up", 0.12]]
    search.end({6: 0.3, 7: None, 0: 0.1})
    assert search.heard[8:] == [[6, 0.3], [7, None]], "ends of its own; 0 was heard of at the rung"


def test_the_end_is_the_largest_budget():
    search = Search(9, eta=3)
    search.reach(1, dict.fromkeys(range(9), 1.0))
    search.end({0: 0.1, 1: 0.2, 2: None, 3: math.inf})
    assert search.heard[9:] == []
    search.end({4: 0.3, 5: 0.4})
    assert search.heard[1:] == [[0, 0.1], [1, 0.2], [4, 0.3], [5, 0.4]]
    search.reach(3, dict.fromkeys(range(6, 9), 0.0))
    search.end({6: 0.5, 7: None})
    assert search.heard[5:] == [[6, 0.5], [7, None]]
    model = search.state["model"]
    assert (model["budget"], model["larger"], model["told"], model["stopped"]) == (
        "end",
        {},
        [],
        [],
    )


def test_rungs_count_whatever_the_bracket():
    search = Search(13, brackets=3)
    late = [n for n in range(13) if search.sampler.bracket(n) == 2]
    assert search.reach(1, dict.fromkeys(late, 1.0)) == []
    assert search.heard == [[n, 1.0] for n in late]


LEARNERS = [TPE(), Genetic(), ParticleSwarm()]


def simulated(sampler, seed, epochs=9, lanes=8, budget=320):
    """The best end that a search finds whose curves fall to (x - c)², some sooner than others."""
    space = Space(tuple(Float(0.0, 1.0, name=name) for name in "abcd"))
    goal = np.random.default_rng(seed).uniform(0.1, 0.9, 4)
    state, running, number, spent, best = sampler.start(space, seed), {}, 0, 0, math.inf
    while spent < budget:
        points, state = sampler.ask(space, state, lanes - len(running))
        for point in points:
            running[number], number = (point, 0), number + 1
        running = {n: (point, epoch + 1) for n, (point, epoch) in running.items()}
        spent += len(running)
        value = {
            n: float(((np.array([*p.values()]) - goal) ** 2).sum())
            + 0.5 * math.exp(-e * (0.4 + 0.1 * p["a"]))
            for n, (p, e) in running.items()
        }
        gone = [n for n, (_, epoch) in running.items() if epoch == epochs]
        best = min([best, *(value[n] for n in gone)])
        if isinstance(sampler, Halving):
            now = [RunningTrial(n, e, epochs, value[n], point=p) for n, (p, e) in running.items()
                   if n not in gone]  # fmt: skip
            stopped, state = sampler.prune(space, state, now)
            gone += stopped
        told = [TrialResult(n, running.pop(n)[0], value[n]) for n in gone]
        state = sampler.tell(space, state, told)
    return best


def test_stopping_and_learning_find_more_than_either():
    def found(sampler):
        return np.mean([simulated(sampler, seed) for seed in range(14)])

    both = found(Halving(sampler=TPE()))
    assert both < 0.85 * found(Halving())
    assert both < 0.7 * found(TPE())


def test_what_was_given_up_is_no_result_and_is_avoided():
    tpe = TPE(n_startup_trials=1, n_ei_candidates=64)
    points, state = tpe.ask(LINE, tpe.start(LINE, 0), 1)
    good = [TrialResult(i, {"x": x}, x) for i, x in enumerate((0.2, 0.21, 0.22, 0.6, 0.61, 0.62))]
    state = tpe.tell(LINE, state, good)
    bad = [{"x": 0.6 + 0.01 * i} for i in range(20)]
    after = tpe.give_up(LINE, state, [*points, *bad])
    assert (after["told"], after["pending"]) == (6, {})
    assert len(after["others"]) == 21
    again = tpe.unlearn(LINE, after, [good[0].point])
    assert (again["told"], again["best"], len(again["others"])) == (0, [], 26)
    assert list(again["pending"].values()) == [{"x": 0.2}]
    assert (again["asked"], again["seen"]) == (after["asked"], after["seen"])


def test_points_are_asked_for_as_their_sampler_needs():
    assert [Halving(sampler=p).adaptive for p in (Random(), Sobol(), TPE())] == [False, False, True]
    assert all(isinstance(learner, RetractableSampler) for learner in LEARNERS)
    assert not isinstance(Random(), RetractableSampler)
    sampler = Halving(sampler=Sobol())
    assert (
        sampler.ask(LINE, sampler.start(LINE, 3), 4)[0]
        == (Sobol().ask(LINE, Sobol().start(LINE, 3), 4)[0])
    )


def test_halving_comes_back_from_json_with_its_sampler():
    plain = {"kind": "halving", "eta": 4, "min_resource": 1, "brackets": 2}
    assert sampler_from_json(plain) == Halving(4, brackets=2)
    written = sampler_to_json(Halving(4, brackets=2))
    assert written == {**plain, "sampler": {"kind": "random"}}
    assert sampler_from_json(written) == Halving(4, brackets=2)
    assert set(Halving().start(LINE, 0)) == {"kind", "sampler", "rungs"}
    with pytest.raises(RecipeError, match=r"settings of its kind.*Is 'min_resource' meant"):
        sampler_from_json({"kind": "halving", "least": 2})
    told = sampler_to_json(Halving(sampler=Genetic(n_startup_trials=3)))
    assert told["sampler"] == {"kind": "genetic", "population_size": 10, "tournament_size": 3,
                               "n_startup_trials": 3}  # fmt: skip
    with pytest.raises(RecipeError, match=r"no sampler of this kind.*Pass the sampler again"):
        sampler_from_json(sampler_to_json(Halving(sampler=Diary())))


@pytest.mark.parametrize(
    ("sampler", "problem"),
    [
        (Halving(), "stops or breeds trials itself"),
        (PopulationBased(), "stops or breeds trials itself"),
        (TPE, "no sampler"),
        ("tpe", "no sampler"),
    ],
)
def test_a_sampler_that_does_not_fit(sampler, problem):
    with pytest.raises(RecipeError, match=rf"leaves the stopping to it.*TPE\(\).*{problem}"):
        Halving(sampler=sampler)


def test_a_sampler_that_cannot_unlearn_does_not_fit():
    pytest.importorskip("optuna")
    with pytest.raises(RecipeError, match="learns and cannot unlearn"):
        Halving(sampler=Optuna("tpe"))
    assert Halving(sampler=Grid(3)).adaptive is False, "a grid's points may be stopped early"
