"""Losses with their gradients, and twenty steps of each optimizer, against PyTorch."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import pytest

from shoal.kernels import UpdateBounds
from shoal.losses import CrossEntropy, SquaredError
from shoal.optimizers import Optimizer
from shoal.registry import RECIPE_PARTS


def _check_loss(loss, case, agree):
    targets = jnp.asarray(case["targets"])
    y, back = jax.vjp(lambda o: loss.per_example(o, targets), jnp.asarray(case["outputs"]))
    agree(y, case["y"])
    (d_outputs,) = back(jnp.asarray(case["cotangent"]))
    agree(d_outputs, case["d_outputs"])


def test_cross_entropy(cross_entropy_case, agree):
    _check_loss(CrossEntropy(**cross_entropy_case["spec"]), cross_entropy_case, agree)


def test_squared_error(squared_error_case, agree):
    _check_loss(SquaredError(), squared_error_case, agree)


@pytest.mark.parametrize("taken", ["its own step", "optax's step"])
def test_twenty_steps_of_an_optimizer(optimizer_case, taken, agree):
    spec = dict(optimizer_case["spec"])
    optimizer = RECIPE_PARTS[spec.pop("kind")](**spec)
    take = optimizer.step if taken == "its own step" else partial(Optimizer.step, optimizer)
    whole = {"dense_1": {name: UpdateBounds(None, None) for name in ("weight", "bias")}}
    decays = {"dense_1": {"weight": True, "bias": False}}

    def step(carry, gradients):
        params, memory = carry
        go = jnp.bool_(True)
        params, memory = take({"dense_1": gradients}, memory, params, go, whole, decays)
        return (params, memory), params["dense_1"]

    params = {"dense_1": {k: jnp.asarray(optimizer_case[k]) for k in ("weight", "bias")}}
    gradients = {k: jnp.asarray(optimizer_case[f"d_{k}"]) for k in ("weight", "bias")}
    start = (params, optimizer.transformation().init(params))
    _, path = jax.jit(lambda start: jax.lax.scan(step, start, gradients))(start)
    agree(path["weight"], optimizer_case["weights"])
    agree(path["bias"], optimizer_case["biases"])
