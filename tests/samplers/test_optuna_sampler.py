"""Optuna's samplers behind shoal's protocol; that they keep to it is tested with all the others."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from shoal.errors import RecipeError
from shoal.samplers import Optuna, Random, TrialResult, optuna_sampler
from shoal.samplers.reading import sampler_from_json, sampler_to_json
from shoal.space import Choice, Float, Int, Space

optuna = pytest.importorskip("optuna")

SPACE = Space(
    (
        Float(1e-5, 1.0, log=True, name="rate"), Int(4, 512, log=True, name="units"),
        Choice("p", (Float(0.0, 1.0, name="p"),), name="kind"),
    )
)  # fmt: skip


def cost(point):
    deep = (1.0, 4 * abs(point.get("p", 0) - 0.2))[point["kind"]]
    return (math.log10(point["rate"]) + 2.5) ** 2 + (math.log2(point["units"]) - 5) ** 2 + deep


def played(sampler, trials, batch, state=None, seed=0):
    """The points of a search and the state after them; each batch is told in reverse."""
    state, points = state or sampler.start(SPACE, seed), []
    for first in range(0, trials, batch):
        asked, state = sampler.ask(SPACE, state, batch)
        told = [TrialResult(first + i, point, cost(point)) for i, point in enumerate(asked)]
        state = sampler.tell(SPACE, state, told[::-1])
        points += asked
    return points, state


@pytest.mark.parametrize("method", ["tpe", "cma-es"])
def test_it_learns(method):
    if method == "cma-es":
        pytest.importorskip("cmaes")
    ours, theirs = (
        [min(map(cost, played(sampler, 64, 8, seed=seed)[0])) for seed in range(4)]
        for sampler in (Optuna(method), Random())
    )
    assert np.mean(ours) < 0.8 * np.mean(theirs)


def test_gaussian_processes_go_on_in_a_new_process_as_they_would_have():
    pytest.importorskip("torch")
    sampler = Optuna("gp")
    _, state = played(sampler, 11, 11)
    stored = json.loads(json.dumps(state, allow_nan=False))
    going_on, _ = sampler.ask(SPACE, state, 2)
    optuna_sampler._AT_HAND.clear()
    assert sampler.ask(SPACE, stored, 2)[0] == going_on
    for point in going_on:
        SPACE.check(point)


def test_results_of_points_that_it_did_not_propose_are_learned_from():
    told = [TrialResult(i, {"x": 0.04 * i}, abs(0.04 * i - 0.7)) for i in range(25)]
    space, sampler = Space((Float(0.0, 1.0, name="x"),)), Optuna("tpe")
    states = [sampler.tell(space, sampler.start(space, seed), told) for seed in range(8)]
    points = [sampler.ask(space, state, 1)[0][0] for state in states]
    assert np.mean([abs(point["x"] - 0.7) < 0.1 for point in points]) > 0.7


def test_any_sampler_of_optuna_may_be_given():
    given = Optuna(optuna.samplers.RandomSampler(seed=3))
    points, state = played(given, 6, 3)
    assert len({json.dumps(point) for point in points}) == 6
    going_on = played(given, 3, 3, state)
    optuna_sampler._AT_HAND.clear()
    assert played(given, 3, 3, state) == going_on
    assert sampler_to_json(given) == {"kind": "optuna", "method": "RandomSampler"}
    with pytest.raises(RecipeError, match=r"named or given; expected tpe .*received 'Rand"):
        sampler_from_json(sampler_to_json(given))


def test_two_given_samplers_are_not_taken_for_each_other():
    one, other = (Optuna(optuna.samplers.RandomSampler(seed=seed)) for seed in (0, 1))
    start = one.start(SPACE, 0)
    _, after = one.ask(SPACE, start, 2)
    assert one.ask(SPACE, after, 2)[0] != other.ask(SPACE, after, 2)[0]


def test_optunas_own_log_and_warnings_stay_silent(capsys, recwarn):
    level = optuna.logging.get_verbosity()
    played(Optuna("nsga-ii"), 4, 2)
    assert (capsys.readouterr(), len(recwarn)) == (("", ""), 0)
    assert optuna.logging.get_verbosity() == level


@pytest.mark.parametrize("method", ["guess", 3, None, optuna.samplers.TPESampler])
def test_what_is_no_sampler_of_optuna_is_refused(method):
    with pytest.raises(RecipeError, match="expected tpe or cma-es or gp or nsga-ii; received"):
        Optuna(method)


@pytest.mark.parametrize(
    ("gone", "method", "message"),
    [
        ("optuna", "tpe", r"Optuna's samplers need the package optuna; .*'shoal\[optuna\]'"),
        ("cmaes", "cma-es", r"cma-es needs the package cmaes; .*'shoal\[optuna\]'"),
        ("torch", "gp", "gp needs the package torch; .*pip install torch"),
    ],
)
def test_a_package_that_is_not_installed(monkeypatch, gone, method, message):
    monkeypatch.setattr(optuna_sampler, "find_spec", lambda name: None if name == gone else 1)
    with pytest.raises(RecipeError, match=message):
        Optuna(method)
