"""Every optimizer, with schedules, clipping and regularizers: a lane does as the network alone.

To add one: a line in `OPTIMIZERS`, `SCHEDULES`, `CLIPPINGS` or `REGULARIZERS`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from lane_training import points_of, trained
from registered import PARTS
from small_problems import blobs

from shoal import Choice, Dense, Float, Int, Recipe, Sequential, Space, tanh
from shoal.clipping import ByNorm, ByValue
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.engine import Trial
from shoal.engine.lane_inputs import Filling
from shoal.engine.recipe import recipe_from_json
from shoal.engine.specialize import specialize
from shoal.engine.splits import Splits
from shoal.optimizers import SGD, Adagrad, Adam, AdamW, Lion, Nadam, RMSProp
from shoal.regularizers import L1, L2, WeightDecay
from shoal.schedules import (
    Constant,
    Cosine,
    Exponential,
    FlatCosine,
    MultiCycle,
    OneCycle,
    Step,
    WarmUp,
)

pytestmark = pytest.mark.bits

EPOCHS = 3


def rate(high=0.3):
    return Float(high / 30, high, log=True)


SCHEDULES = {
    "constant": lambda: Constant(rate()),
    "step": lambda: Step(rate(), every=Float(0.5, 1.5), factor=Float(0.2, 0.8)),
    "exponential": lambda: Exponential(rate(), factor=Float(0.5, 0.9)),
    "cosine": lambda: Cosine(rate(), end=Float(0.0, 0.5)),
    "warm_up": lambda: WarmUp(Cosine(rate()), length=Float(0.5, 1.5), start=Float(0.1, 0.5)),
    "flat_cosine": lambda: FlatCosine(rate(), flat=Float(0.2, 0.8), end=Float(0.0, 0.2)),
    "multi_cycle": lambda: MultiCycle(rate(), cycles=Int(2, 4)),
    "one_cycle": lambda: OneCycle(rate(), warm_up=Float(0.2, 0.5), start=Float(0.0, 0.2)),
}
CLIPPINGS = {
    "by_value": lambda: ByValue(Float(0.01, 0.1)),
    "by_norm": lambda: ByNorm(Float(0.05, 0.5)),
}
REGULARIZERS = {
    "l1": lambda: L1(Float(1e-3, 1e-2), layers=("dense_1",)),
    "l2": lambda: L2(Float(1e-3, 1e-1), biases=True),
    "weight_decay": lambda: WeightDecay(Float(1e-3, 1e-1), layers=("dense_2",)),
}
OPTIMIZERS = {
    "sgd": lambda: SGD(SCHEDULES["flat_cosine"]()),
    "momentum": lambda: SGD(
        SCHEDULES["multi_cycle"](), momentum=Float(0.5, 0.9), weight_decay=Float(0.0, 0.1)
    ),
    "nesterov": lambda: SGD(SCHEDULES["cosine"](), momentum=Float(0.5, 0.9), nesterov=True),
    "rmsprop": lambda: RMSProp(rate(0.03), decay=Float(0.8, 0.99), momentum=Float(0.0, 0.5)),
    "adagrad": lambda: Adagrad(SCHEDULES["exponential"](), epsilon=Float(1e-9, 1e-6)),
    "adam": lambda: Adam(SCHEDULES["one_cycle"](), beta1=Float(0.5, 0.9)),
    "adamw": lambda: AdamW(SCHEDULES["warm_up"](), weight_decay=Cosine(Float(0.01, 0.1))),
    "nadam": lambda: Nadam(SCHEDULES["step"](), weight_decay=Float(0.0, 0.1)),
    "lion": lambda: Lion(SCHEDULES["constant"](), beta2=Float(0.8, 0.99)),
}


SENSITIVE = {"lion": 2e-2, "rmsprop": 1e-3}
"""What rounding may come to, as a share of the way: a sign that it turns is a step of its
own; small gradients, divided by their own size, are as large as others."""


def together(kind):
    """A recipe with this optimizer; clipping and regularizers take turns."""
    turn = list(OPTIMIZERS).index(kind)
    clipping = list(CLIPPINGS.values())[turn % 2]()
    regularizer = list(REGULARIZERS.values())[turn % 3]()
    return Recipe(
        optimizer=OPTIMIZERS[kind](), clipping=clipping, regularizers=(regularizer,),
        epochs=Int(EPOCHS, 2 * EPOCHS), batch_size=32,
    )  # fmt: skip


def family():
    return Sequential(Dense(Int(3, 8)), tanh, Dense(3), input_shape=(6,))


@cache
def splits():
    return Splits.of(prepare(blobs(), split(blobs(), seed=0)))


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_lane_takes_the_steps_of_the_network_alone(kind):
    network, recipe = family(), together(kind)
    space = Space(network, recipe)
    points = points_of(space, 3)
    points[1]["dense_1.units"] = 3
    in_lanes = trained(network, recipe, points, splits(), EPOCHS)[1]
    bound = space.bind(network, points[1]), space.bind(recipe, points[1])
    (alone,) = trained(*bound, [{}], splits(), EPOCHS)
    before = Filling(specialize(*bound, Space(*bound), {}, 1), splits(), 1, 1)
    start, _ = before.fill(Trial(0, {}, 0, *bound))
    for owner, arrays in alone.items():
        for name, array in arrays.items():
            moved = float(np.abs(array - start[owner][name]).max())
            assert moved > 1e-4, "nothing was trained"
            atol = SENSITIVE[kind] * moved if kind in SENSITIVE else 2e-5 * np.abs(array).max()
            np.testing.assert_allclose(
                in_lanes[owner][name], array, rtol=0, atol=atol, err_msg=f"{owner}.{name}"
            )


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_recipe_of_them_goes_through_json(kind):
    recipe = together(kind)
    again = recipe_from_json(recipe.to_json())
    assert again.to_json() == recipe.to_json()
    assert Space(again).names() == Space(recipe).names()


def test_all_of_them_are_here():
    given = {recipe: together(recipe).to_json() for recipe in OPTIMIZERS}
    text = str(given)
    for kind, cls in PARTS.items():
        if cls.__module__.startswith(
            tuple(f"shoal.engine.{p}." for p in ("optimizers", "schedules", "clipping",
                                                   "regularizers"))
        ):  # fmt: skip
            assert f"'kind': '{kind}'" in text, kind


def test_a_choice_of_optimizers_schedules_and_clippings_is_a_program_each():
    recipe = Recipe(
        optimizer=Choice(SGD(Choice(Cosine(0.1), 0.1)), Adam()),
        clipping=Choice(None, ByNorm(1.0)),
        regularizers=(Choice(None, L1(1e-3)), L2(Choice(1e-3, 1e-2))),
    )
    network = family()
    space = Space(network, recipe)
    names = {entry.name: entry.role.name for entry in space}
    assert names == {
        "dense_1.units": "WIDTH", "optimizer": "STATIC", "optimizer.sgd.learning_rate": "STATIC",
        "clipping": "STATIC", "regularizers.1": "STATIC", "regularizers.l2_1.strength": "TRACED",
    }  # fmt: skip
    point = {"dense_1.units": 3, "optimizer": 0, "optimizer.sgd.learning_rate": 0, "clipping": 1,
             "regularizers.1": 0, "regularizers.l2_1.strength": 1}  # fmt: skip
    special = specialize(network, recipe, space, point, 1)
    assert [part.kind for part in special.recipe.regularizing] == ["l2"]
    assert special.recipe.optimizer.learning_rate.kind == "cosine"
