"""Common random numbers: trials of one study share initial weights, batches and noise."""

import numpy as np
import pytest
from small_problems import (
    adamw,
    blobs,
    contents,
    outcome,
    perceptrons,
    random_points,
    same_weights,
    search_points,
)

from shoal import Dense, Dropout, Recipe, Sequential, losses
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.engine.splits import epoch_order
from shoal.nn import initialize
from shoal.optimizers import SGD


def test_equal_hyperparams_have_equal_results():
    points = random_points(perceptrons(), adamw(), blobs(), 3)
    study = search_points(perceptrons(), adamw(), blobs(), [*points, points[1]], lanes=3)
    assert outcome(study, 3) == outcome(study, 1)
    same_weights(study.model(3), study.model(1))
    assert outcome(study, 0) != outcome(study, 1)


def test_another_seed_is_another_study():
    points = random_points(perceptrons(), adamw(), blobs(), 3)
    one, other, again = (
        search_points(perceptrons(), adamw(), blobs(), points, lanes=3, seed=seed)
        for seed in (0, 1, 0)
    )
    assert contents(one) == contents(again)
    assert outcome(one, 0) != outcome(other, 0)


def test_batches_of_an_epoch_hold_each_row_once():
    order = epoch_order(seed=3, epoch=2, rows=50, steps=5, batch=12)
    assert order.shape == (5, 12)
    assert sorted(order[order >= 0]) == list(range(50))
    assert (order.ravel()[50:] == -1).all()


def test_batches_depend_on_seed_and_epoch_alone():
    def order(seed, epoch, steps=5, batch=12):
        return epoch_order(seed, epoch, 50, steps, batch).ravel()[:50]

    np.testing.assert_array_equal(order(3, 2), order(3, 2, steps=9, batch=6))
    assert (order(3, 2) != order(3, 1)).any()
    assert (order(3, 2) != order(4, 2)).any()


def test_batch_order_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        epoch_order(0, 1, 10, 2, 5)[0, 0] = 7


def test_training_takes_the_steps_that_the_batches_name():
    """A linear network trained in NumPy, from the same weights over the same batches."""
    network = Sequential(Dense(3))
    recipe = Recipe(
        loss=losses.SquaredError(),
        optimizer=SGD(learning_rate=0.1, momentum=0.8, weight_decay=0.02),
        epochs=3, batch_size=20,
    )  # fmt: skip
    study = search_points(network, recipe, blobs(), [{}], lanes=1, objective="loss", seed=5)
    train = prepare(blobs(), split(blobs(), seed=5)).train
    params = initialize(network.with_input((6,)), 5)["dense_1"]
    w, b = (params[name].astype(np.float64) for name in ("weight", "bias"))
    vw, vb, best = 0.0, 0.0, None
    steps = -(-len(train) // 20)
    assert len(train) % 20, "the last batch is a smaller one"
    for epoch in (1, 2, 3):
        total = 0.0
        for rows in epoch_order(5, epoch, len(train), steps, 20):
            x, y = train.x[rows[rows >= 0]].astype(np.float64), train.y[rows[rows >= 0]]
            error = x @ w + b - np.eye(3)[y]
            total += (error**2).mean(axis=1).sum()
            delta = 2 * error / error.size
            vw, vb = 0.8 * vw + x.T @ delta + 0.02 * w, 0.8 * vb + delta.sum(axis=0)
            w, b = w - 0.1 * vw, b - 0.1 * vb
        told = study.file.history(0)[epoch - 1]
        assert told.train_loss == pytest.approx(total / len(train), rel=1e-5)
        if epoch == study.trials[0].best_epoch:
            best = w.copy(), b.copy()
    found = study.model(0).params["dense_1"]
    np.testing.assert_allclose(found["weight"], best[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["bias"], best[1], rtol=1e-5, atol=1e-6)


def test_dropout_is_off_when_scoring_and_on_when_training():
    def trained(rate):
        network = Sequential(Dropout(rate), Dense(3))
        recipe = Recipe(optimizer=SGD(learning_rate=0.0), epochs=1, batch_size=16)
        return search_points(network, recipe, blobs(), [{}], lanes=1).file.history(0)[0]

    none, half = trained(0.0), trained(0.5)
    assert none.metrics == half.metrics
    assert abs(none.train_loss - half.train_loss) > 1e-3
