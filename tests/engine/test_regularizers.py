"""Regularizers: what they add to the loss, whose weights, and what they refuse."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_problems import blobs

import shoal
from shoal import Choice, Dense, Float, Recipe, Sequential, relu
from shoal.clipping import ByNorm, ByValue
from shoal.clipping.gradients import norm
from shoal.errors import RecipeError
from shoal.optimizers import SGD, AdamW
from shoal.regularizers import L1, L2, WeightDecay

rng = np.random.default_rng(0)
PARAMS = {
    owner: {"weight": jnp.asarray(rng.normal(size=(3, 4)), jnp.float32),
            "bias": jnp.asarray(rng.normal(size=4), jnp.float32)}
    for owner in ("dense_1", "dense_2")
}  # fmt: skip
DECAYS = {owner: {"weight": True, "bias": False} for owner in PARAMS}


def meant(layers, biases):
    return [
        np.asarray(value)
        for owner, own in PARAMS.items()
        for name, value in own.items()
        if owner in layers and (biases or name == "weight")
    ]


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("layers", [None, ("dense_2",)])
def test_penalties_are_their_formulas_with_their_gradients(layers, biases):
    values = meant(layers or PARAMS, biases)
    for cls, formula in ((L1, np.abs), (L2, lambda w: w**2 / 2)):
        one = cls(0.3, layers=layers, biases=biases)
        total = sum(formula(w.astype(np.float64)).sum() for w in values)
        found, gradients = jax.value_and_grad(lambda p, one=one: one.penalty(p, DECAYS))(PARAMS)
        np.testing.assert_allclose(found, 0.3 * total, rtol=1e-5)
        for owner, own in PARAMS.items():
            for name, w in own.items():
                there = (layers is None or owner in layers) and (biases or name == "weight")
                slope = np.sign(w) if cls is L1 else np.asarray(w)
                np.testing.assert_allclose(gradients[owner][name], 0.3 * slope * there, rtol=1e-6)


def test_a_penalty_leaves_zeros_where_they_are():
    zeros = jax.tree.map(jnp.zeros_like, PARAMS)
    for one in (L1(1.0), L2(1.0)):
        gradients = jax.grad(lambda p, one=one: one.penalty(p, DECAYS))(zeros)
        assert all(not np.asarray(leaf).any() for leaf in jax.tree.leaves(gradients))


def test_weight_decay_shrinks_what_is_meant_and_no_more():
    shrunk = WeightDecay(0.5, layers=("dense_1",)).shrunk(PARAMS, DECAYS, jnp.float32(0.2))
    np.testing.assert_allclose(shrunk["dense_1"]["weight"], 0.9 * PARAMS["dense_1"]["weight"])
    for owner, name in (("dense_1", "bias"), ("dense_2", "weight"), ("dense_2", "bias")):
        assert shrunk[owner][name] is PARAMS[owner][name]


def weights(**changes):
    recipe = Recipe(**{"epochs": 3, "batch_size": 16, **changes})
    model = shoal.train(Sequential(Dense(4), relu, Dense(3)), recipe, blobs(), objective="loss")
    return model.params, [e["train_loss"] for e in model.info["history"]]


def close(one, other):
    for owner, own in one.items():
        for name, value in own.items():
            np.testing.assert_allclose(other[owner][name], value, rtol=1e-4, atol=1e-6)


def test_three_ways_to_decay_that_must_agree():
    """The optimizer's own, the penalty's and the decoupled one: for SGD they are one."""
    rate, strength = 0.1, 0.05
    own, losses = weights(optimizer=SGD(rate, weight_decay=strength))
    penalty, same = weights(optimizer=SGD(rate), regularizers=L2(strength))
    decoupled, _ = weights(optimizer=SGD(rate), regularizers=(WeightDecay(strength),))
    close(own, penalty)
    close(own, decoupled)
    # What is told of the loss leaves the penalty out.
    np.testing.assert_allclose(losses, same, rtol=1e-5)
    without, _ = weights(optimizer=SGD(rate))
    assert np.abs(own["dense_1"]["weight"] - without["dense_1"]["weight"]).max() > 1e-3


def test_decoupled_decay_beside_adam_is_adamw():
    own, _ = weights(optimizer=AdamW(0.01, weight_decay=0.5))
    beside, _ = weights(optimizer=AdamW(0.01, weight_decay=0.0), regularizers=WeightDecay(0.5))
    close(own, beside)


def test_a_norm_of_huge_gradients_is_finite():
    huge = {"a": {"weight": jnp.full((2, 8), 3e37), "bias": jnp.zeros(3)}}
    np.testing.assert_allclose(norm(huge), 4 * 3e37, rtol=1e-6)
    cut = ByNorm(2.0).clipped(huge)
    np.testing.assert_allclose(norm(cut), 2.0, rtol=1e-6)
    nothing = jax.tree.map(jnp.zeros_like, huge)
    assert not any(np.asarray(leaf).any() for leaf in jax.tree.leaves(ByNorm(0.0).clipped(nothing)))
    assert np.asarray(ByValue(0.5).clipped(huge)["a"]["weight"]).max() == 0.5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: L2(-1.0), "strength lies in its bounds; expected 0 ≤ strength"),
        (lambda: L1(Float(-1, 1)), "strength lies in its bounds"),
        (lambda: L1(0.1, layers="dense_1"), r"layers are given by their names; .*'dense_1'"),
        (lambda: L1(0.1, layers=()), r"layers are given by their names; .*received \(\)"),
        (lambda: L1(0.1, layers=(1,)), r"layers are given by their names; .*received \(1,\)"),
        (lambda: L2(0.1, biases="yes"), "biases is True or False; received 'yes'"),
        (lambda: ByNorm(-1), "limit lies in its bounds"),
        (lambda: ByValue(Choice(1.0, "much")), "limit is a number; received 'much'"),
        (lambda: Recipe(clipping=1.0), r"recipe.clipping is an object of its kind; .*ByNorm\(1"),
        (lambda: Recipe(clipping=L2(0.1)), r"recipe.clipping is an object of its kind"),
        (lambda: Recipe(regularizers=0.1), r"recipe.regularizers is an object .*L2\(1e-4\)"),
        (lambda: Recipe(regularizers=(L2(0.1), AdamW())), r"recipe.regularizers is an object"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(RecipeError, match=message):
        make()


@pytest.mark.parametrize("layers", [("dense_3",), ("relu_1",), ("dense_1", "dence_2")])
def test_layers_that_are_not_there_are_named(layers):
    recipe = Recipe(regularizers=L1(0.1, layers=layers), epochs=1)
    network = Sequential(Dense(4), relu, Dense(3))
    with pytest.raises(RecipeError, match=r"regularizers: l1: a regularizer names layers that hav"):
        shoal.train(network, recipe, blobs())


def test_a_layer_without_weights_at_this_place_is_told():
    recipe = Recipe(regularizers=L2(0.1, layers=("conv_1",)), epochs=1)
    with pytest.raises(RecipeError, match=r"expected dense_1; received 'conv_1'"):
        shoal.train(Sequential(Dense(3)), recipe, blobs())
