"""Searched depth in lanes: a program for each depth, and each lane the network it claims to be."""

import numpy as np
import pytest
from small_problems import blobs, numbers, random_points, same_weights, search_points, sgd

import shoal
from shoal import BatchNorm, Dense, Dropout, Float, Int, Repeat, Sequential, Space, tanh

pytestmark = pytest.mark.bits


def inner():
    return Sequential(Dense(Int(3, 6)), tanh, BatchNorm(Float(0.05, 0.3)), Dropout(Float(0.0, 0.4)))


FAMILIES = {
    "own": (lambda: Sequential(Repeat(inner(), Int(1, 2), own=True), Dense(3)), (1, 2)),
    "a number of times": (lambda: Sequential(Repeat(inner(), 2), Dense(3)), (None,)),
}


@pytest.mark.parametrize("kind", FAMILIES)
def test_each_lane_trains_as_its_network_alone(kind):
    make, depths = FAMILIES[kind]
    recipe = sgd(epochs=2, batch_size=32)
    calm = {"optimizer.learning_rate": 0.05, "optimizer.momentum": 0.5}
    found = random_points(make(), recipe, blobs(), 8)
    points = []
    for depth in depths:
        points += [{**p, **calm} for p in found if p.get("repeat_1.times") == depth][:2]
    study = search_points(make(), recipe, blobs(), points, objective="loss", lanes=2)
    assert study.cost["groups"] == len(depths)
    # Narrower than the program, and deeper than the least.
    number = len(points) - 1
    model = study.model(number)
    assert "repeat_1.2.batch_norm_1" in model.params
    assert not Space(model.network).names()
    alone = shoal.train(model.network, model.recipe, blobs(), objective="loss")
    same_weights(alone, model, rtol=3e-5)
    history = [[e["train_loss"], e["accuracy"], e["loss"]] for e in alone.info["history"]]
    np.testing.assert_allclose(numbers(study, number), history, rtol=3e-5)
