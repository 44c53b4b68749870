"""Large dense layers, updated from the factors of their gradients, end up the same bit for bit."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from lane_training import points_of
from small_problems import bars

from shoal import (
    Conv,
    Dense,
    Dropout,
    Flatten,
    Float,
    Input,
    Int,
    Network,
    Recipe,
    Space,
    relu,
)
from shoal.clipping import ByValue
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.engine import Trial, lane
from shoal.engine.fastpaths import factored_gradients
from shoal.engine.fastpaths.factored_gradients import factored_owners
from shoal.engine.lane_inputs import Filling
from shoal.engine.program import fresh_courses
from shoal.engine.specialize import specialize
from shoal.engine.splits import Splits, epoch_order
from shoal.kernels import backend
from shoal.losses import CrossEntropy, Focal
from shoal.optimizers import SGD, Adam, AdamW, Lion
from shoal.regularizers import L1

pytestmark = [
    pytest.mark.bits,
    pytest.mark.skipif(backend() != "native", reason="needs the compiled extension"),
]

BATCH = 10
RATE = Float(0.003, 0.1, log=True)


@pytest.fixture(autouse=True)
def large(monkeypatch):
    """Every weight counts as large."""
    monkeypatch.setattr(factored_gradients, "LEAST", 1)


def network(*, bias=True, drops=True, convolution=True):
    x = Input((6, 6, 1))
    h = relu(Conv(3, kernel_size=3, name="seen")(x)) if convolution else x
    h = relu(Dense(Int(40, 70), bias=bias, name="wide")(Flatten()(h)))
    if drops:
        h = Dropout(Float(0.1, 0.5))(h)
    h = relu(Dense(Int(5, 20), name="narrow")(h))
    return Network(Dense(3, name="last")(h))


def owners_of(made, recipe, lanes=1):
    space = Space(made, recipe)
    special = specialize(made, recipe, space, points_of(space, 1)[0], 1)
    return factored_owners(special, "classification", lanes)


def recipe_of(optimizer=AdamW, loss=CrossEntropy, **more):
    return Recipe(
        loss=loss(),
        optimizer=optimizer(RATE),
        batch_size=BATCH,
        epochs=2,
        early_stopping=None,
        **more,
    )


def trained(made, recipe, lanes, owners):
    """What lanes have learned after an epoch."""
    data = bars()
    splits = Splits.of(prepare(data, split(data, seed=0)))
    space = Space(made, recipe)
    points = points_of(space, lanes)
    special = specialize(made, recipe, space, points[0], 1)
    steps = -(-splits.rows // BATCH)
    filling = Filling(special, splits, lanes, steps)
    filled = [
        filling.fill(Trial(i, p, 0, space.bind(made, p), space.bind(recipe, p)))
        for i, p in enumerate(points)
    ]
    params, settings = jax.tree.map(lambda *leaves: jnp.stack(leaves), *filled)
    order = epoch_order(0, 1, splits.rows, steps + 1, BATCH)  # the last step has no example
    course = fresh_courses(np.arange(lanes) != 1, np.zeros(lanes, np.int32))

    def one(params, setting, course, noise):
        learner = lane.start(special, params, setting)
        rows = splits.training
        return lane.train(
            special, splits.task, rows, learner, setting, course, noise, order, factored=owners
        )

    run = jax.jit(jax.vmap(one))
    return run(params, settings, course, jnp.arange(lanes, dtype=jnp.uint32))


@pytest.mark.parametrize(
    ("kind", "recipe", "lanes"),
    [
        ({}, lambda: recipe_of(), 1),
        ({}, lambda: recipe_of(Adam), 3),
        ({"bias": False, "convolution": False}, lambda: recipe_of(SGD), 3),
        ({"drops": False}, lambda: recipe_of(loss=lambda: Focal(gamma=2.0)), 2),
    ],
    ids=["one", "lanes", "no bias", "a loss of its own"],
)
def test_bit_for_bit_as_with_whole_gradients(kind, recipe, lanes) -> None:
    made = network(**kind)
    found = [trained(made, recipe(), lanes, owners) for owners in ((), ("wide", "narrow"))]
    jax.tree.map(np.testing.assert_array_equal, *found)
    learner, course = found[1]
    assert np.asarray(course.step)[0] > 0
    assert np.isfinite(jax.tree.leaves(learner.params)[0]).all()


def test_what_diverges_stops_at_the_same_step() -> None:
    recipe = Recipe(
        loss=CrossEntropy(), optimizer=SGD(Float(1e8, 1e30, log=True)), batch_size=BATCH, epochs=2
    )
    found = [trained(network(), recipe, 1, owners) for owners in ((), ("wide", "narrow"))]
    jax.tree.map(np.testing.assert_array_equal, *found)
    assert int(found[1][1].first_bad_step[0]) >= 0


def test_all_but_the_last_layer_of_a_chain() -> None:
    assert owners_of(network(), recipe_of()) == ["wide", "narrow"]


def test_small_weights_and_many_lanes_keep_whole_gradients(monkeypatch) -> None:
    assert owners_of(network(), recipe_of(), lanes=1024) == []
    monkeypatch.setattr(factored_gradients, "LEAST", 2**17)
    assert owners_of(network(), recipe_of()) == []


@pytest.mark.parametrize(
    "recipe",
    [
        lambda: recipe_of(Lion),
        lambda: recipe_of(clipping=ByValue(1.0)),
        lambda: recipe_of(regularizers=[L1(1e-3)]),
    ],
    ids=["optimizer", "clipping", "regularizer"],
)
def test_where_somebody_else_reads_gradients_they_are_whole(recipe) -> None:
    assert owners_of(network(), recipe()) == []


def test_shared_weights_keep_whole_gradients() -> None:
    x = Input((6, 6, 1))
    twice = Dense(36, name="twice")
    h = relu(twice(relu(twice(Flatten()(x)))))
    h = relu(Dense(8, name="once")(h))
    made = Network(Dense(3)(h))
    assert owners_of(made, recipe_of()) == ["once"]
