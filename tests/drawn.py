"""How many examples a property that has to compile for each is tried on."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("SHOAL_EXAMPLES", "1"))
"""`make soak` draws so many times as many."""


def drawn(count: int) -> settings:
    """Few examples, each of other shapes; the same in every run."""
    allowed = [HealthCheck.function_scoped_fixture]
    return settings(max_examples=count * TIMES, suppress_health_check=allowed)
