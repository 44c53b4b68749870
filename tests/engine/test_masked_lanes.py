"""A lane is the network that it claims to be, and one network is a population of one."""

import numpy as np
import pytest
from small_problems import (
    adamw,
    bars,
    blobs,
    filters,
    numbers,
    perceptrons,
    random_points,
    same_weights,
    search_points,
    sgd,
)

import shoal
from shoal import Conv, Dense, Dropout, Flatten, MaxPool, Recipe, Sequential, relu, tanh

pytestmark = pytest.mark.bits


def small_perceptron(point):
    return Sequential(
        Dense(point["dense_1.units"]), relu, Dropout(point["dropout_1.rate"]), Dense(3)
    )


def small_filters(point):
    # Masked channels lie between the others once they are flat: dropout must tell them apart.
    return Sequential(
        Conv(point["conv_1.channels"], kernel_size=3), relu, MaxPool(2), Flatten(),
        Dropout(point["dropout_1.rate"]), Dense(point["dense_1.units"]), tanh, Dense(3),
    )  # fmt: skip


def small_adamw(point):
    optimizer = shoal.optimizers.AdamW(
        learning_rate=point["optimizer.learning_rate"],
        weight_decay=point["optimizer.weight_decay"],
    )
    return Recipe(optimizer=optimizer, epochs=4, batch_size=16)


def small_sgd(point):
    optimizer = shoal.optimizers.SGD(
        learning_rate=point["optimizer.learning_rate"], momentum=point["optimizer.momentum"]
    )
    return Recipe(optimizer=optimizer, epochs=4, batch_size=16)


KINDS = {
    "perceptrons, adamw": (perceptrons, adamw, blobs, small_perceptron, small_adamw),
    "perceptrons, sgd": (perceptrons, sgd, blobs, small_perceptron, small_sgd),
    "filters, adamw": (filters, adamw, bars, small_filters, small_adamw),
    "filters, sgd": (filters, sgd, bars, small_filters, small_sgd),
}


@pytest.mark.parametrize("kind", KINDS)
def test_masked_lane_trains_as_the_small_network(kind):
    make_family, make_recipe, data, small_network, small_recipe = KINDS[kind]
    family, recipe = make_family(), make_recipe()
    points = random_points(family, recipe, data(), 4)
    points[1] |= {name: 3 for name in ("dense_1.units", "conv_1.channels") if name in points[1]}
    study = search_points(family, recipe, data(), points, objective="loss")
    for number in (1, 3):
        point = points[number]
        alone = shoal.train(small_network(point), small_recipe(point), data(), objective="loss")
        in_lane = study.model(number)
        assert str(in_lane.network) == str(alone.network)
        same_weights(alone, in_lane, rtol=1e-5)
        own = [[e["train_loss"], e["accuracy"], e["loss"]] for e in alone.info["history"]]
        np.testing.assert_allclose(numbers(study, number), own, rtol=1e-5)
