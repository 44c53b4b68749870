"""Shoal's side: each direction inside a compiled loop, as training runs it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from benchmarks.kernels.cases import draw
from benchmarks.kernels.clock import seconds
from benchmarks.process import serve
from shoal import kernels

STEPS = 100


def _operation(case: Mapping[str, Any]) -> Callable[..., Array]:
    if "inputs" in case:
        return kernels.dense
    half = case["window"] // 2
    return functools.partial(kernels.conv, padding=((half, half), (half, half)))


def _direction(case: Mapping[str, Any], direction: str) -> tuple[Callable[..., Array], str, str]:
    """The call for all lanes and the names of its two operands."""
    operation = _operation(case)
    shapes = draw(case)

    def forward(x: Array, weight: Array, bound: Array) -> Array:
        return operation(x, weight, active_in=bound)

    def input_grad(dy: Array, weight: Array, bound: Array) -> Array:
        x = jnp.zeros(shapes["x"][1:])
        return jax.vjp(lambda x: forward(x, weight, bound), x)[1](dy)[0]

    def weight_grad(x: Array, dy: Array, bound: Array) -> Array:
        weight = jnp.zeros(shapes["weight"][1:])
        return jax.vjp(lambda w: forward(x, w, bound), weight)[1](dy)[0]

    return {
        "forward": (forward, "x", "weight"),
        "input_grad": (input_grad, "dy", "weight"),
        "weight_grad": (weight_grad, "x", "dy"),
    }[direction]


@functools.cache
def _loop(key: tuple[tuple[str, int], ...], direction: str) -> Callable[[], None]:
    """STEPS calls, each waiting for a number of the last one's result."""
    case = dict(key)
    call, first, second = _direction(case, direction)
    rng = np.random.default_rng(0)
    shapes = draw(case)
    left = jnp.asarray(rng.standard_normal(shapes[first], dtype=np.float32))
    right = jnp.asarray(rng.standard_normal(shapes[second], dtype=np.float32))
    width = jnp.full((case["lanes"],), shapes["x"][-1], jnp.int32)

    @jax.jit
    def steps(left: Array, right: Array) -> Array:
        def step(number: Array, _: None) -> tuple[Array, None]:
            # Through the bounds, which are all of the width whatever the number is:
            # the smallest operand, so that the waiting itself costs nothing.
            bound = width + jnp.isnan(number).astype(jnp.int32)
            return jax.vmap(call)(left, right, bound).reshape(-1)[0], None

        return jax.lax.scan(step, jnp.float32(0), None, length=STEPS)[0]

    def run() -> None:
        jax.block_until_ready(steps(left, right))

    run()
    return run


def main() -> None:
    """Answers with the seconds of one call."""

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        run = _loop(tuple(request["case"].items()), request["direction"])
        return {"seconds": seconds(run) / STEPS, "backend": kernels.backend()}

    serve(answer)


if __name__ == "__main__":
    main()
