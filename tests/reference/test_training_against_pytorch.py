"""Losses with their gradients, and twenty steps of each optimizer, against PyTorch."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import optax

from shoal.training.losses import CrossEntropy, SquaredError
from shoal.training.optimizers import SGD, AdamW


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


def test_twenty_steps_of_an_optimizer(optimizer_case, agree):
    spec = dict(optimizer_case["spec"])
    optimizer = {"sgd": SGD, "adamw": AdamW}[spec.pop("kind")](**spec)
    transformation = optimizer.transformation()
    params = {"dense_1": {k: jnp.asarray(optimizer_case[k]) for k in ("weight", "bias")}}

    @jax.jit
    def step(carry, gradients):
        params, memory = carry
        updates, memory = transformation.update({"dense_1": gradients}, memory, params)
        params = optax.apply_updates(params, updates)
        return (params, memory), params["dense_1"]

    gradients = {k: jnp.asarray(optimizer_case[f"d_{k}"]) for k in ("weight", "bias")}
    _, path = jax.lax.scan(step, (params, transformation.init(params)), gradients)
    agree(path["weight"], optimizer_case["weights"])
    agree(path["bias"], optimizer_case["biases"])
