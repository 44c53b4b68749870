"""Augmentation in lanes: its strength is a lane's own, compiles nothing, and goes to JSON."""

import json
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from augmented import KEY, ON, images, index, kind, labels
from small_problems import bars, blobs, numbers, same_weights, search_points

import shoal
from shoal import Choice, Conv, Dense, Flatten, Float, Int, Recipe, Sequential, relu
from shoal.augmentation import Elastic, Flip, MixUp, Noise, Rotation, Shift
from shoal.augmentation.augment import augment
from shoal.errors import RecipeError
from shoal.space import Role, Space
from shoal.space.tree import parts_of

pytestmark = pytest.mark.bits

AMOUNT, ALPHA = "augmentation.shift_1.amount", "augmentation.mix_up_1.alpha"


def family():
    return Sequential(Conv(Int(2, 3), kernel_size=3), relu, Flatten(), Dense(3))


def recipe(amount, alpha, **changes):
    transforms = (Shift(amount), Rotation(20.0), Elastic(0.05, cells=2), Noise(0.1), MixUp(alpha))
    return Recipe(augmentation=transforms, epochs=2, batch_size=16, **changes)


@pytest.fixture(scope="module")
def study():
    ranged = recipe(Float(0.0, 0.3), Float(0.0, 1.0))
    points = [
        {"conv_1.channels": 2 + i % 2, AMOUNT: 0.1 * i, ALPHA: 0.3 * i} for i in (0, 1, 2, 1, 0)
    ]
    return search_points(family(), ranged, bars(), points, lanes=2, objective="loss")


def test_strengths_are_hyperparameters_with_names(study):
    assert set(study.trials[0].hyperparams) == {"conv_1.channels", AMOUNT, ALPHA}


def test_one_program_serves_all_strengths(study):
    assert study.cost["groups"] == 1


@pytest.mark.parametrize("transform", ON, ids=kind)
def test_every_strength_may_be_a_lanes_own(transform):
    """In lanes with two strengths each example becomes what it becomes with each alone."""
    names = [name for name, _, role in parts_of(transform) if role == Role.TRACED]
    assert names
    strengths = [{name: share * getattr(transform, name) for name in names} for share in (0.4, 1.0)]
    stacked = {n: jnp.asarray([s[n] for s in strengths], jnp.float32) for n in names}

    def one(values):
        seen = augment((replace(transform, **values),), images(), labels(), index(), KEY)
        return seen.x if seen.share is None else (seen.x, seen.share)

    together = jax.jit(jax.vmap(one))(stacked)
    for i, own in enumerate(strengths):
        alone = jax.jit(one)({n: jnp.float32(v) for n, v in own.items()})
        jax.tree.map(
            lambda a, b, i=i: np.testing.assert_allclose(a[i], b, atol=1e-5), together, alone
        )
    first = jax.tree.leaves(together)[0]
    assert not np.allclose(first[0], first[1])
    again = shoal.recipe_from_json(Recipe(augmentation=(transform,)).to_json())
    assert again.to_json()["augmentation"] == Recipe(augmentation=(transform,)).to_json()[
        "augmentation"
    ]  # fmt: skip


@pytest.mark.parametrize("number", [1, 2])
def test_a_lane_is_trained_as_if_alone(study, number):
    point = study.trials[number].point
    network = Sequential(Conv(point["conv_1.channels"], kernel_size=3), relu, Flatten(), Dense(3))
    alone = shoal.train(network, recipe(point[AMOUNT], point[ALPHA]), bars(), objective="loss")
    same_weights(alone, study.model(number), rtol=1e-5)
    own = [[e["train_loss"], e["accuracy"], e["loss"]] for e in alone.info["history"]]
    np.testing.assert_allclose(numbers(study, number), own, rtol=1e-5)


def test_neighbors_do_not_matter_to_the_last_bit(study):
    """Trials 1 and 3 have the same strengths, in other lanes with other neighbors."""
    np.testing.assert_array_equal(numbers(study, 1), numbers(study, 3))
    np.testing.assert_array_equal(numbers(study, 0), numbers(study, 4))
    same_weights(study.model(1), study.model(3))


def test_strength_zero_trains_as_without():
    transforms = (Shift(0.0), Rotation(0.0), Elastic(0.0, cells=2), Noise(0.0), MixUp(0.0))
    network = Sequential(Conv(2, kernel_size=3), relu, Flatten(), Dense(3))
    off, without = (
        shoal.train(network, Recipe(augmentation=t, epochs=2, batch_size=16), bars())
        for t in (transforms, ())
    )
    same_weights(off, without, rtol=1e-6)


def test_a_choice_among_transforms_is_a_program_for_each():
    ranged = Recipe(
        augmentation=(Choice(None, Flip(Float(0.1, 0.9)), name="mirror"), Noise(0.1)),
        epochs=1, batch_size=16,
    )  # fmt: skip
    points = [{"mirror": 0}, {"mirror": 1, "mirror.flip.horizontal": 0.5}]
    study = search_points(
        Sequential(Flatten(), Dense(3)), ranged, bars(), points, lanes=2, objective="loss"
    )
    assert study.cost["groups"] == 2
    assert (numbers(study, 0) != numbers(study, 1)).any()


def test_json_round_trip():
    ranged = recipe(Float(0.0, 0.3), Choice(0.1, 0.4))
    told = json.loads(json.dumps(ranged.to_json()))
    again = shoal.recipe_from_json(told)
    assert again.to_json() == told
    assert [t.kind for t in again.augmentation] == [t.kind for t in ranged.augmentation]
    assert Space(again).names() == Space(ranged).names()


def test_a_model_keeps_its_recipe(tmp_path):
    model = shoal.train(
        Sequential(Flatten(), Dense(3)), Recipe(augmentation=(Shift(0.2),), epochs=1), bars()
    )
    model.save(tmp_path / "model.safetensors")
    again = shoal.Model.load(tmp_path / "model.safetensors")
    assert again.recipe.to_json() == model.recipe.to_json()
    assert again.recipe.augmentation[0].amount == 0.2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Recipe(augmentation=Shift(0.1)), "augmentation is a tuple of transforms"),
        (lambda: Recipe(augmentation=(Dense(3),)), "a transform of recipe.augmentation"),
        (lambda: Shift(Float(0.5, 1.5)), "amount lies in its bounds"),
        (lambda: Rotation(-1.0), "degrees lies in its bounds"),
        (lambda: Flip("often"), "horizontal is a number"),
        (lambda: Elastic(cells=0), "cells is a whole number"),
    ],
)
def test_impossible_augmentation_is_told_at_once(make, message):
    with pytest.raises(RecipeError, match=message):
        make()


@pytest.mark.parametrize(
    ("transforms", "data", "message"),
    [
        ((Noise(0.1), Shift(0.1)), blobs, "shift is an augmentation of images"),
        ((MixUp(0.1), MixUp(0.2)), bars, "a batch is blended once"),
    ],
)
def test_augmentation_that_does_not_fit_the_data(transforms, data, message):
    with pytest.raises(RecipeError, match=message):
        shoal.train(
            Sequential(Flatten(), Dense(3)), Recipe(augmentation=transforms, epochs=1), data()
        )


def test_tables_take_noise_and_blends():
    model = shoal.train(
        Sequential(Dense(3)), Recipe(augmentation=(Noise(0.1), MixUp(0.2)), epochs=2), blobs()
    )
    assert np.isfinite(model.info["history"][-1]["train_loss"])
