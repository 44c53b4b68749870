"""Moving averages of weights, learning rates of biases, and scaled weights, in lanes and alone."""

from __future__ import annotations

import numpy as np
import pytest
from small_problems import plane, same_weights, search_points

import shoal
from shoal import Choice, Dense, Float, Int, Recipe, Sequential, tanh
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.engine.splits import epoch_order
from shoal.errors import NetworkError, RecipeError
from shoal.nn import initialize

BATCH, EPOCHS, RATE = 20, 2, 0.05


def recipe(**changes):
    return Recipe(
        shoal.losses.SquaredError(), shoal.optimizers.SGD(RATE), batch_size=BATCH, epochs=EPOCHS,
        **changes,
    )  # fmt: skip


def linear(scaled):
    return Sequential(Dense(2, parametrization="ntk" if scaled else "standard"), input_shape=(4,))


def by_hand(scaled, bias, momentum):
    """Weights and biases of a linear network after all epochs, averaged over the steps."""
    data = prepare(plane(), split(plane(), seed=0)).train
    own = initialize(linear(scaled), 0)["dense_1"]
    now = [own[name].astype(np.float64) for name in ("weight", "bias")]
    average, scale, taken = now, 0.5 if scaled else 1.0, 0
    each = -(-len(data) // BATCH)
    for epoch in range(1, EPOCHS + 1):
        for rows in epoch_order(0, epoch, len(data), each, BATCH):
            x, y = (part[rows[rows >= 0]].astype(np.float64) for part in (data.x, data.y))
            slope = 2 * (scale * x @ now[0] + now[1] - y) / y.size
            now = [now[0] - RATE * scale * x.T @ slope, now[1] - RATE * bias * slope.sum(axis=0)]
            kept = min(momentum, (1 + taken) / (10 + taken))
            average = [kept * a + (1 - kept) * w for a, w in zip(average, now, strict=True)]
            taken += 1
    return average


@pytest.mark.parametrize(
    ("scaled", "changes"),
    [
        (False, {"bias_learning_rate": 0.1, "ema_momentum": 0.9}),
        (True, {"bias_learning_rate": 3.0, "ema_momentum": 0.25}),
        (True, {}),
    ],
)
def test_weights_by_hand(scaled, changes):
    model = shoal.train(linear(scaled), recipe(**changes), plane(), seed=0)
    assert model.info["best_epoch"] == EPOCHS
    expected = by_hand(
        scaled, changes.get("bias_learning_rate", 1.0), changes.get("ema_momentum", 0.0)
    )
    for name, array in zip(("weight", "bias"), expected, strict=True):
        found = model.params["dense_1"][name]
        np.testing.assert_allclose(found, array, rtol=1e-4, atol=1e-5 * np.abs(array).max())


def test_lanes_of_different_widths_and_numbers_train_as_alone():
    def written(units):
        first = Dense(units, parametrization="ntk")
        return Sequential(first, tanh, Dense(2, parametrization="ntk", initialization="zeros"))

    open_numbers = recipe(bias_learning_rate=Float(0.0, 2.0), ema_momentum=Choice(0.0, 0.5, 0.9))
    points = [
        {"dense_1.units": 3, "bias_learning_rate": 0.1, "ema_momentum": 2},
        {"dense_1.units": 7, "bias_learning_rate": 0.0, "ema_momentum": 0},
    ]
    study = search_points(written(Int(3, 7)), open_numbers, plane(), points)
    assert study.cost["groups"] == 1
    narrow = shoal.train(
        written(3), recipe(bias_learning_rate=0.1, ema_momentum=0.9), plane(), seed=0
    )
    same_weights(narrow, study.model(0), rtol=2e-5)
    assert narrow.params["dense_2"]["scale"].tolist() == [np.float32(1 / np.sqrt(3))]
    assert not study.model(1).params["dense_2"]["bias"].any()
    # No momentum is no average.
    plain = shoal.train(written(7), recipe(bias_learning_rate=0.0), plane(), seed=0)
    same_weights(plain, study.model(1), rtol=2e-5)


def test_scaled_weights_are_drawn_from_the_normal_distribution():
    own = Dense(300, parametrization="ntk").init(np.random.default_rng(0), (200,))
    assert own["weight"].std() == pytest.approx(1, rel=0.02)
    assert own["scale"].tolist() == [np.float32(1 / np.sqrt(200))]
    assert not own["bias"].any()


def test_an_equation_tells_of_a_scale_that_may_be_there():
    told = Sequential(Dense(3, parametrization=Choice("standard", "ntk")), input_shape=(4,))
    assert "o = γ₁ x W₁ + b₁" in told.equations().text
    assert "γ₁ = there or not" in told.equations().text
    assert "γ" not in Sequential(Dense(3)).equations().text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dense(3, parametrization="mup"), "parametrization is known by name; .* 'mup'"),
        (lambda: Dense(3, parametrization=Choice("ntk", 3)), "by name; .* received 3"),
        (lambda: Recipe(bias_learning_rate=-1.0), "bias_learning_rate lies in its bounds"),
        (lambda: Recipe(ema_momentum=1.0), "ema_momentum lies in its bounds; .* < 1"),
        (lambda: Recipe(ema_momentum=Choice(None, 0.9)), "ema_momentum is a number; .* None"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises((NetworkError, RecipeError), match=message):
        make()
