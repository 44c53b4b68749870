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

STEPS = 20


def _operation(case: Mapping[str, Any]) -> Callable[[Array, Array], Array]:
    if "inputs" in case:
        return kernels.dense
    half = case["window"] // 2
    return functools.partial(kernels.conv, padding=((half, half), (half, half)))


def _direction(case: Mapping[str, Any], direction: str) -> tuple[Callable[..., Array], str, str]:
    """The call for all lanes and the names of its two operands."""
    operation = _operation(case)
    shapes = draw(case)
    if direction == "forward":
        return jax.vmap(operation), "x", "weight"
    if direction == "input_grad":
        x = jnp.zeros(shapes["x"][1:])

        def input_grad(dy: Array, weight: Array) -> Array:
            return jax.vjp(lambda x: operation(x, weight), x)[1](dy)[0]

        return jax.vmap(input_grad), "dy", "weight"
    weight = jnp.zeros(shapes["weight"][1:])

    def weight_grad(x: Array, dy: Array) -> Array:
        return jax.vjp(lambda w: operation(x, w), weight)[1](dy)[0]

    return jax.vmap(weight_grad), "x", "dy"


@functools.cache
def _loop(key: tuple[tuple[str, int], ...], direction: str) -> Callable[[], None]:
    case = dict(key)
    call, first, second = _direction(case, direction)
    rng = np.random.default_rng(0)
    shapes = draw(case)
    left = jnp.asarray(rng.standard_normal(shapes[first], dtype=np.float32))
    right = jnp.asarray(rng.standard_normal(shapes[second], dtype=np.float32))

    @functools.partial(jax.jit, donate_argnums=0)
    def steps(left: Array, right: Array) -> Array:
        def step(left: Array, _: None) -> tuple[Array, None]:
            # One number of the result goes into the next call: nothing can be left out.
            number = call(left, right).reshape(-1)[0] * 1e-9
            origin = (0,) * left.ndim
            return jax.lax.dynamic_update_slice(
                left, number.reshape((1,) * left.ndim), origin
            ), None

        return jax.lax.scan(step, left, None, length=STEPS)[0]

    state = [left]

    def run() -> None:
        state[0] = steps(state[0], right)
        jax.block_until_ready(state[0])

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
