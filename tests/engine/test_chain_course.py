"""Networks that are nothing but dense layers train alike step by step and at one go."""

from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from lane_training import points_of
from small_problems import bars, plane

from shoal import (
    Choice,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Float,
    Int,
    Recipe,
    Sequential,
    Space,
    relu,
    tanh,
)
from shoal.augmentation import Noise
from shoal.clipping import ByValue
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.engine import Trial, lane
from shoal.engine.fastpaths import dense_course
from shoal.engine.lane_inputs import Filling
from shoal.engine.program import fresh_courses
from shoal.engine.specialize import specialize
from shoal.engine.splits import Splits, epoch_order
from shoal.kernels import backend
from shoal.losses import CrossEntropy, Focal, SquaredError
from shoal.optimizers import SGD, Adam, AdamW, Lion
from shoal.regularizers import L1
from shoal.schedules import Cosine, OneCycle

pytestmark = [
    pytest.mark.bits,
    pytest.mark.skipif(backend() != "native", reason="needs the compiled extension"),
]

BATCH, LANES = 16, 9
FEW = 10  # examples that leave much of a vector idle: the kernel goes row by row


def rate(high=0.1):
    return Float(high / 30, high, log=True)


FAMILIES = {
    "dropout": lambda: (
        Flatten(), Dense(Int(5, 40)), relu, Dropout(Float(0.0, 0.5)), Dense(Int(3, 20)), relu,
    ),
    "no bias": lambda: (Flatten(), Dense(Int(5, 40), bias=False), Dropout(0.2), relu),
    "linear": lambda: (Flatten(),),
}  # fmt: skip
OPTIMIZERS = {
    "adamw": lambda: AdamW(OneCycle(rate()), weight_decay=Cosine(Float(0.01, 0.1))),
    "adam": lambda: Adam(rate(), beta1=Float(0.5, 0.9)),
    "descend": lambda: SGD(rate(), weight_decay=Float(0.0, 0.1)),
    "momentum": lambda: SGD(Cosine(rate()), momentum=Float(0.5, 0.9), weight_decay=0.01),
    "nesterov": lambda: SGD(rate(), momentum=0.9, nesterov=True),
}
LOSSES = {
    "plain": CrossEntropy,
    "smooth": lambda: CrossEntropy(label_smoothing=Float(0.0, 0.3), ignore_label=1),
    "weighed": lambda: CrossEntropy(class_weights=(1.0, Float(0.5, 3.0), 0.2)),
}


@cache
def splits(weighed=False):
    data = bars()
    if weighed:
        weight = np.random.default_rng(0).uniform(0, 2, len(data.x)).astype(np.float32)
        data = type(data).from_arrays(data.x, data.y, name="weighed", weight=weight)
    return Splits.of(prepare(data, split(data, seed=0)))


def specialized(network, recipe, points):
    space = Space(network, recipe)
    return specialize(network, recipe, space, points[0], 1)


def both(layers, recipe, data, order=None):
    """The learners and courses of both ways, of some points in lanes."""
    network = Sequential(*layers, Dense(3), input_shape=(6, 6, 1))
    space = Space(network, recipe)
    points = points_of(space, LANES)
    special = specialized(network, recipe, points)
    batch = int(recipe.batch_size)
    steps = -(-data.rows // batch)
    filling = Filling(special, data, LANES, steps)
    trials = [
        Trial(i, p, 0, space.bind(network, p), space.bind(recipe, p)) for i, p in enumerate(points)
    ]
    filled = [filling.fill(trial) for trial in trials]
    params, settings = jax.tree.map(lambda *leaves: jnp.stack(leaves), *filled)
    if order is None:
        order = epoch_order(0, 1, data.rows, steps + 1, batch)  # the last step has no example
    order = jnp.broadcast_to(order, (LANES, *order.shape))
    alive = np.arange(LANES) != 3  # a lane that holds no trial
    course = fresh_courses(alive, np.zeros(LANES, np.int32))
    assert dense_course.suits(special, data, LANES)
    found = []
    for way in (lane.train, dense_course.train):

        def one(params, setting, course, noise, order, way=way):
            learner = lane.start(special, params, setting)
            return way(special, data.task, data.training, learner, setting, course, noise, order)

        run = jax.jit(jax.vmap(one))
        found.append(run(params, settings, course, jnp.arange(LANES, dtype=jnp.uint32), order))
    return found


def same(found) -> None:
    jax.tree.map(np.testing.assert_array_equal, *found)


@pytest.mark.parametrize(
    ("layers", "optimizer", "loss", "batch"),
    [
        ("dropout", "adamw", "smooth", BATCH),
        ("dropout", "adam", "smooth", FEW),
        ("no bias", "momentum", "weighed", BATCH),
        ("no bias", "adamw", "weighed", FEW),
        ("linear", "descend", "plain", BATCH),
        ("linear", "nesterov", "plain", BATCH),
        ("no bias", "adam", "plain", BATCH),
        ("dropout", "adamw", "weighed", 2 * BATCH - 1),
    ],
)
def test_bit_for_bit_as_step_by_step(layers, optimizer, loss, batch) -> None:
    recipe = Recipe(
        loss=LOSSES[loss](), optimizer=OPTIMIZERS[optimizer](), batch_size=batch, epochs=2
    )
    found = both(FAMILIES[layers](), recipe, splits(weighed=loss == "weighed"))
    same(found)
    learner, course = found[1]
    start = jax.tree.leaves(learner.params)[0]
    assert np.isfinite(start).all()
    steps = -(-splits().rows // batch)
    np.testing.assert_array_equal(course.step, np.where(np.arange(LANES) == 3, 0, steps))
    assert (np.asarray(course.loss_sum) > 0).sum() == LANES - 1


def test_what_diverges_stops_at_the_same_step() -> None:
    recipe = Recipe(
        loss=CrossEntropy(), optimizer=SGD(Float(1.0, 1e30, log=True)), batch_size=BATCH, epochs=2
    )
    found = both(FAMILIES["dropout"](), recipe, splits())
    same(found)
    bad = np.asarray(found[1][1].first_bad_step)
    assert (bad > 0).any()
    assert (bad < 0).any()


LAST = (Dense(3),)
PLAIN = {"optimizer": AdamW(), "batch_size": BATCH}


def suits(layers, recipe, lanes=LANES) -> bool:
    network = Sequential(*layers, input_shape=(6, 6, 1))
    whole = Recipe(**recipe)
    special = specialized(network, whole, points_of(Space(network, whole), 1))
    return dense_course.suits(special, splits(), lanes)


@pytest.mark.parametrize(
    ("layers", "recipe"),
    [
        ((Conv(2, kernel_size=3), Flatten(), *LAST), PLAIN),
        ((Flatten(), Dense(4), tanh, *LAST), PLAIN),
        ((Flatten(), *LAST), {**PLAIN, "clipping": ByValue(0.1)}),
        ((Flatten(), *LAST), {**PLAIN, "regularizers": L1(1e-3)}),
        ((Flatten(), *LAST), {**PLAIN, "augmentation": (Noise(0.1),)}),
        ((Flatten(), *LAST), {**PLAIN, "optimizer": Lion()}),
        ((Flatten(), *LAST), {**PLAIN, "loss": Focal()}),
    ],
)
def test_what_it_does_not_know_is_left_to_the_steps(layers, recipe) -> None:
    assert not suits(layers, recipe)


def test_few_lanes_are_left_to_the_steps() -> None:
    layers = (Flatten(), Dense(Choice(4, 5)), relu, *LAST)
    assert suits(layers, PLAIN)
    assert not suits(layers, PLAIN, lanes=1)


def test_values_are_left_to_the_steps() -> None:
    network, data = Sequential(Dense(2), input_shape=(4,)), plane()
    special = specialized(network, Recipe(loss=SquaredError(), **PLAIN), [{}])
    assert not dense_course.suits(special, Splits.of(prepare(data, split(data, seed=0))), LANES)
