"""Learning rates step by step, and clipped gradients, against PyTorch."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from shoal.registry import RECIPE_PARTS
from shoal.schedules import Moment
from shoal.space import Decoder


def test_schedule(schedule_case, agree):
    schedule = Decoder(RECIPE_PARTS, "case").decode(schedule_case["spec"])
    rates = schedule_case["rates"]

    def at(step):
        return schedule.at(Moment(step, jnp.float32(len(rates)), jnp.float32(5)))

    steps = jnp.arange(len(rates), dtype=jnp.float32)
    agree(jax.jit(jax.vmap(at))(steps), rates)


def test_clipping(clipping_case, agree):
    clipping = Decoder(RECIPE_PARTS, "case").decode(clipping_case["spec"])
    found = clipping.clipped({"a": {k: jnp.asarray(clipping_case[k]) for k in ("weight", "bias")}})
    # PyTorch adds 1e-6 to the norm.
    for name, value in found["a"].items():
        agree(value, clipping_case[f"{name}_after"])
