"""How long a call takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

SPAN = 0.02  # seconds a measurement lasts at least
SAMPLES = 3


def seconds(call: Callable[[], object]) -> float:
    """The median of a few measurements, each long enough to be told from the clock's noise."""
    start = time.perf_counter()
    call()
    times = max(1, int(SPAN / max(1e-7, time.perf_counter() - start)))
    samples = []
    for _ in range(SAMPLES):
        start = time.perf_counter()
        for _ in range(times):
            call()
        samples.append((time.perf_counter() - start) / times)
    return statistics.median(samples)
