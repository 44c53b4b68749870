"""The machine's own rate: a large float32 matrix product on all its cores.

The better of PyTorch and XLA counts, since it is a ceiling.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import torch

from benchmarks.process import serve

SIZE = 2048
FLOPS = 2 * SIZE**3


def _seconds(product: Callable[[], object], times: int = 5) -> float:
    product()
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        product()
        durations.append(time.perf_counter() - start)
    return statistics.median(durations)


def main() -> None:
    with_torch = torch.rand(SIZE, SIZE)
    with_xla = jnp.asarray(with_torch.numpy())
    multiply = jax.jit(lambda a: jnp.dot(a, a, precision=jax.lax.Precision.HIGHEST))

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        rates = {
            "torch": FLOPS / _seconds(lambda: with_torch @ with_torch),
            "xla": FLOPS / _seconds(lambda: multiply(with_xla).block_until_ready()),
        }
        return {"rate": max(rates.values()), "rates": rates}

    serve(answer)


if __name__ == "__main__":
    main()
