"""Searches: reproducible, stored as they went, with the weights of the best few."""

from itertools import pairwise

import numpy as np
import pytest
from small_problems import (
    Listed,
    adamw,
    blobs,
    contents,
    filters,
    history,
    outcome,
    perceptrons,
    random_points,
    search_points,
    sgd,
)

import shoal
from shoal import Choice, Dense, Dropout, EarlyStopping, Float, Int, Recipe, Sequential, relu
from shoal.optimizers import SGD, AdamW


@pytest.fixture(scope="module")
def study():
    return shoal.search(perceptrons(), adamw(), blobs(), trials=9, lanes=4, confirm_seeds=2)


def test_two_runs_are_the_same_study(study):
    again = shoal.search(perceptrons(), adamw(), blobs(), trials=9, lanes=4, confirm_seeds=2)
    assert contents(again) == contents(study)
    assert again.header.split == study.header.split


def test_a_longer_search_begins_as_the_shorter_one(study):
    longer = shoal.search(perceptrons(), adamw(), blobs(), trials=12, lanes=4, confirm_seeds=0)
    assert [outcome(longer, i) for i in range(9)] == [outcome(study, i) for i in range(9)]


def test_weights_are_kept_of_the_best_five(study):
    best = sorted(study.trials, key=lambda t: (t.objective, t.metrics["loss"]))
    kept = {t.id for t in study.file.trials() if study.file.weights(t.id) is not None}
    assert kept == {t.id for t in best[:5]}


def test_numbers_and_costs_add_up(study):
    cost = study.cost
    trained = study.file.trials()
    assert [t.id for t in trained] == list(range(9 + 3 * 2))
    assert cost["epochs"] == sum(t.epochs for t in trained) == 4 * 15
    assert cost["lanes"] == 4
    assert cost["groups"] == 1
    # 9 trials in 4 lanes take 3 turns of 4 epochs, 6 confirmations take 2.
    assert cost["rounds"] == 20
    assert cost["occupancy"] == pytest.approx((9 + 6) / (12 + 8))
    assert not cost["interrupted"]


def test_parameters_are_counted_for_the_trials_own_width(study):
    for trial in study.trials:
        units = trial.hyperparams["dense_1.units"]
        assert trial.parameters == 6 * units + units + 3 * units + 3


def test_the_watcher_sees_the_search_go_by():
    seen = []
    study = shoal.search(
        perceptrons(), adamw(), blobs(), trials=9, lanes=4, confirm_seeds=1, callbacks=seen.append,
        sampler=shoal.samplers.Random(),
    )  # fmt: skip
    phases = [p.phase for p in seen]
    assert [p for i, p in enumerate(phases) if p not in phases[:i]] == [
        "preparing", "compiling", "training", "confirming", "scoring", "averaging", "done",
    ]  # fmt: skip
    assert all(a.epochs <= b.epochs for a, b in pairwise(seen))
    assert all(sum(p.states.values()) == 9 for p in seen[1:])
    last = seen[-1]
    assert last.states["completed"] == 9
    assert last.compilations == study.cost["compilations"]
    assert last.occupancy == study.cost["occupancy"]
    assert last.best == max(t.metrics["accuracy"] for t in study.trials)
    assert study.file.trial(last.best_trial).metrics["accuracy"] == last.best
    assert {p.metric for p in seen[1:]} == {"accuracy"}
    # What the search leaves to be done is in the time that it says is left.
    before = [p.remaining for p in seen if p.phase == "training"][-1]
    first = next(p.remaining for p in seen if p.phase == "confirming")
    assert before > 0.5 * first > 0


def test_structures_optimizers_and_batch_sizes_are_searched_together():
    """Each choice is as if it had been made by hand."""
    rate = Float(0.01, 0.1)
    family = Sequential(
        Choice(Dense(4), Sequential(Dense(Int(3, 6)), relu, Dense(4))), relu,
        Dropout(Float(0.0, 0.3)), Dense(3),
    )  # fmt: skip
    recipe = Recipe(
        optimizer=Choice(SGD(learning_rate=rate), AdamW(learning_rate=rate)),
        batch_size=Choice(16, 40), epochs=Int(1, 3),
        early_stopping=Choice(None, EarlyStopping(patience=1)),
    )  # fmt: skip
    points = [
        {"choice_1": 0, "dropout_1.rate": 0.2, "optimizer": 0, "optimizer.sgd.learning_rate": 0.05,
         "batch_size": 1, "epochs": 2, "early_stopping": 0},
        {"choice_1": 1, "choice_1.sequential.dense_1.units": 5, "dropout_1.rate": 0.1,
         "optimizer": 1, "optimizer.sgd.learning_rate": 0.05, "batch_size": 0, "epochs": 3,
         "early_stopping": 0},
    ]  # fmt: skip
    space = shoal.Space(family, recipe)
    for point in points:
        space.check(point)
    study = search_points(family, recipe, blobs(), points, objective="loss")
    assert study.cost["groups"] == 2
    assert [t.epochs for t in study.trials] == [2, 3]
    by_hand = shoal.train(
        Sequential(Dense(4), relu, Dropout(0.2), Dense(3)),
        Recipe(optimizer=SGD(learning_rate=0.05), batch_size=40, epochs=2),
        blobs(), objective="loss",
    )  # fmt: skip
    # The layers have other names there, and so other initial weights: shapes are what can agree.
    assert sum(a.size for own in by_hand.params.values() for a in own.values()) == (
        study.trials[0].parameters
    )
    assert [e["epoch"] for e in by_hand.info["history"]] == [e for e, *_ in history(study, 0)]


def test_one_range_at_two_places_is_one_hyperparameter():
    units = Int(3, 8)
    family = Sequential(Dense(units), relu, Dense(units), relu, Dense(3))
    study = search_points(
        family, Recipe(epochs=1), blobs(), [{"dense_1.units": 4}, {"dense_1.units": 7}]
    )
    shapes = [{n: a.shape for n, a in study.file.weights(i).items()} for i in (0, 1)]
    assert shapes[0]["dense_2.weight"] == (4, 4)
    assert shapes[1]["dense_2.weight"] == (7, 7)


class Climbing(Listed):
    """Proposes one point at a time, and remembers what it was told."""

    adaptive = True

    def tell(self, space, state, results):
        told = [[r.number, r.objective] for r in results]
        return {**state, "told": state.get("told", []) + told}

    def ask(self, space, state, count):
        points, new = super().ask(space, state, count)
        return points, {**state, **new}


def test_an_adaptive_sampler_is_told_every_result_and_its_state_is_stored():
    points = random_points(perceptrons(), adamw(), blobs(), 7)
    study = shoal.search(
        perceptrons(), adamw(), blobs(), trials=7, lanes=4, sampler=Climbing(tuple(points)),
        confirm_seeds=0, defaults=False,
    )  # fmt: skip
    assert [t.point for t in study.trials] == points
    told = study.file.sampler_state()["told"]
    assert sorted(told) == [[t.id, t.objective] for t in study.trials]


def test_pictures_are_searched_too():
    from small_problems import bars

    study = shoal.search(filters(), sgd(), bars(), trials=5, lanes=4, confirm_seeds=0)
    assert study.counts()["completed"] == 5
    assert study.best_model.predict_proba(bars().x[:7]).shape == (7, 3)
    np.testing.assert_allclose(study.best_model.predict_proba(bars().x).sum(axis=1), 1, rtol=1e-5)


class Adaptive(shoal.samplers.Random):
    """Random points, asked for as if each depended on the results before it."""

    adaptive = True


def test_an_adaptive_sampler_fills_every_lane_and_sees_results_as_they_come():
    asked_with = []

    class Watching(Adaptive):
        def ask(self, space, state, count):
            asked_with.append((count, state.get("told", 0)))
            return super().ask(space, state, count)

        def tell(self, space, state, results):
            return {**state, "told": state.get("told", 0) + len(results)}

    study = shoal.search(
        perceptrons(), adamw(epochs=2), blobs(), trials=10, lanes=4, confirm_seeds=0,
        sampler=Watching(), defaults=False,
    )  # fmt: skip
    assert study.cost["lanes"] == 4
    # Four at once, then four more once those are told, then the last two.
    assert asked_with == [(4, 0), (4, 4), (2, 8)]
    assert study.counts()["completed"] == 10
