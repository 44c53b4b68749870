"""Alternatives times seeds, in one program, are what training each alone would give."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from small_problems import blobs, same_weights

import shoal
from shoal import Choice, Dense, Dropout, Float, Int, Recipe, Sequential, relu
from shoal.errors import RecipeError, SpaceError
from shoal.optimizers import SGD
from shoal.tuning.comparison import interval_of

NARROW = {"dense_1.units": 3, "dropout_1.rate": 0.0, "early_stopping.patience": 9}
WIDE = {"dense_1.units": 8, "dropout_1.rate": 0.4, "early_stopping.patience": 9}
SHORT = {**WIDE, "early_stopping.patience": 1}


def member(units, rate):
    return Sequential(Dense(units), relu, Dropout(rate), Dense(3))


def recipe(patience):
    stopping = shoal.EarlyStopping(patience=patience, min_delta=10.0)  # never enough
    return Recipe(optimizer=SGD(0.3), epochs=4, batch_size=16, early_stopping=stopping)


def compared(alternatives, **changes):
    family = member(Int(3, 8), Float(0.0, 0.5))
    return shoal.compare(family, recipe(Int(1, 9)), blobs(), alternatives, **changes)


@functools.cache
def three():
    return compared({"narrow": NARROW, "wide": WIDE, "short": SHORT}, seeds=3, objective="loss")


def test_curves_come_by_alternative_seed_and_epoch():
    found = three()
    assert found.programs == 1
    assert found.names == ("narrow", "wide", "short")
    assert found.seeds == (0, 1, 2)
    assert found.curve("wide", "accuracy").shape == (3, 4)
    assert np.isfinite(found.curve("narrow", "train_loss")).all()
    short, wide = found.curve("short", "loss"), found.curve("wide", "loss")
    np.testing.assert_array_equal(np.isnan(short), [[False, False, True, True]] * 3)
    np.testing.assert_array_equal(short[:, :2], wide[:, :2])


def test_a_member_is_what_training_it_alone_gives():
    found = three()
    alone = shoal.train(member(3, 0.0), recipe(9), blobs(), objective="loss")
    same_weights(alone, found.models["narrow"][0], rtol=1e-5)
    history = [epoch["loss"] for epoch in alone.info["history"]]
    np.testing.assert_allclose(found.curve("narrow", "loss")[0], history, rtol=1e-5)
    assert found.best_epochs[0, 0] == alone.info["best_epoch"]


def test_effects_are_differences_seed_by_seed():
    found = three()
    differences = found.best("wide", "loss") - found.best("narrow", "loss")
    effect = found.effect("wide", "loss", against="narrow")
    assert effect.mean == pytest.approx(differences.mean())
    assert effect.low < effect.mean < effect.high
    assert found.interval("narrow", "loss").mean == pytest.approx(
        np.nanmin(found.curve("narrow", "loss"), axis=1).mean()
    )


def test_an_interval_is_students():
    found = interval_of(np.array([1.0, 2.0, 3.0, 4.0, np.nan]))
    # t(3, 0.975) = 3.1824, s = 1.2910
    assert (found.mean, found.low, found.high) == pytest.approx((2.5, 0.4457, 4.5543), abs=1e-4)
    assert np.isnan(interval_of(np.array([1.0])).low)
    assert np.isnan(interval_of(np.array([np.nan])).mean)
    assert str(interval_of(np.array([1.0, 1.0]))) == "1 (1 to 1)"


def test_what_diverges_has_no_model_and_stays_out_of_the_mean():
    family = Sequential(Dense(3))
    wild = Recipe(optimizer=SGD(Float(1e-3, 3e38)), epochs=2, batch_size=16)
    rates = {"calm": {"optimizer.learning_rate": 0.1}, "wild": {"optimizer.learning_rate": 3e38}}
    found = shoal.compare(family, wild, blobs(), rates, seeds=2)
    assert found.models["wild"] == (None, None)
    assert np.isnan(found.best("wild", "loss")).all()
    assert np.isfinite(found.best("calm", "loss")).all()


def test_of_a_choice_an_option_is_named():
    family = Sequential(Dense(Choice(2, 5)), relu, Dense(3))
    found = shoal.compare(
        family, Recipe(epochs=1), blobs(), {"five": {"dense_1.units": 5}}, seeds=1
    )
    assert found.models["five"][0].network.shapes()["dense_1"] == (5,)
    with pytest.raises(SpaceError, match=r"one of its options is named.*2, 5; received 3"):
        shoal.compare(family, Recipe(epochs=1), blobs(), {"three": {"dense_1.units": 3}})


@pytest.mark.parametrize(
    ("alternatives", "changes", "message"),
    [
        ({}, {}, "at least one alternative"),
        ({"a": NARROW}, {"seeds": 0}, "seeds is a whole number"),
        ({"a": {"dense_1.units": 3}}, {}, "alternative 'a'.*dropout_1.rate"),
        ({"a": {**NARROW, "dense_9.units": 3}}, {}, "alternative 'a'"),
        ({"a": {**NARROW, "dropout_1.rate": 0.9}}, {}, "lies in its range"),
    ],
)
def test_what_cannot_be_compared_is_told(alternatives, changes, message):
    with pytest.raises((RecipeError, SpaceError), match=f"(?s){message}"):
        compared(alternatives, **changes)


def test_unknown_names_are_told():
    with pytest.raises(RecipeError, match="called by its name"):
        three().best("broad", "loss")
    with pytest.raises(RecipeError, match="a metric that was measured every epoch"):
        three().curve("wide", "los")
