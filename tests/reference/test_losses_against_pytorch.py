"""Losses and their gradients against PyTorch's."""

import jax
import jax.numpy as jnp
import numpy as np

from shoal.engine import recipe_from_json


def test_losses_and_gradients_are_pytorchs(loss_case, agree):
    loss = recipe_from_json({"loss": loss_case["spec"]}).loss
    targets = loss_case["targets"]
    targets = jnp.asarray(targets, jnp.int32 if targets.dtype.kind == "i" else jnp.float32)
    outputs = jnp.asarray(loss_case["outputs"], jnp.float32)
    losses, gradient = jax.jit(
        lambda o: (loss.per_example(o, targets), jax.grad(
            lambda o: loss.per_example(o, targets).sum())(o))
    )(outputs)  # fmt: skip
    assert np.abs(loss_case["gradient"]).max() > 0
    agree(losses, loss_case["losses"])
    agree(gradient, loss_case["gradient"])
