"""Networks on tokens train in lanes as they do alone."""

import jax
import numpy as np
import pytest
from small_problems import sgd

from shoal import Dense, Embedding, Flatten, Int, Sequential, Space, tanh
from shoal.engine import Lanes
from shoal.engine.lane import Rows
from shoal.engine.splits import Splits
from shoal.metrics import Objective, Scale, epoch_measures

pytestmark = pytest.mark.bits


@pytest.fixture(scope="module")
def splits():
    """Rows of six tokens, padded with 0; the class is whether token 3 is among them."""
    rng = np.random.default_rng(4)
    x = rng.integers(1, 9, (90, 6)).astype(np.int32)
    x[rng.random((90, 6)) < 0.3] = 0
    y = (x == 3).any(axis=1).astype(np.int32)
    held = Rows(jax.device_put(x[None, 60:]), jax.device_put(y[None, 60:]))
    measures = epoch_measures("classification", "loss")
    return Splits(
        "classification", 2, Rows(jax.device_put(x[:60]), jax.device_put(y[:60])), held,
        jax.device_put(np.ones((1, 30), np.float32)),
        Scale.of("classification", measures, y[60:], np.ones(1)),
    )  # fmt: skip


def trained(family, recipe, splits, points, lanes):
    """Best weights and metrics of each point."""
    objective = Objective.of("classification", "loss")
    made = Lanes(family, recipe, Space(family, recipe), splits, objective, lambda _: lanes, 1)
    for number, point in enumerate(points):
        made.submit(made.trial(number, point, 0))
    found = {}
    while made.waiting or made.running:
        for _ in made.round():
            pass
        for done in made.settle()[1]:
            found[done.trial.id] = (done.weights(), done.metrics)
    return found, made.log


def written(features):
    return Sequential(Embedding(9, features), Flatten(), Dense(4), tanh, Dense(2), input_shape=(6,))


def test_a_lane_with_short_vectors_is_the_network_with_short_vectors(splits):
    recipe = sgd(epochs=3, batch_size=16)
    numbers = {"optimizer.learning_rate": 0.3, "optimizer.momentum": 0.5}
    points = [{"embedding_1.features": n, **numbers} for n in (3, 8, 5)]
    found, log = trained(written(Int(3, 8)), recipe, splits, points, 3)
    assert log.count == 5
    for number in (0, 2):
        size = points[number]["embedding_1.features"]
        alone, _ = trained(written(size), recipe, splits, [numbers], 1)
        weights, metrics = alone[0]
        assert found[number][0].keys() == weights.keys()
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5),
            found[number][0], weights,
        )  # fmt: skip
        assert found[number][1] == pytest.approx(metrics, rel=1e-4)
        assert not weights["embedding_1"]["weight"][0].any()
