"""Numbers, durations and names as a reader wants them."""

from __future__ import annotations

import math
from typing import Any


def number(value: Any) -> str:
    """A number with four digits that count; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return "not finite"
    if value != 0 and not 1e-3 <= abs(value) < 1e5:
        return f"{value:.2e}"
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.4g}"


def spread(mean: float | None, std: float | None) -> str:
    """A mean with its standard deviation, to two digits of the latter: ``0.972 ± 0.013``."""
    if mean is None or std is None or not 1e-6 < std < 1e5:
        return f"{'–' if mean is None else number(mean)} ± {'–' if std is None else number(std)}"
    places = max(1 - math.floor(math.log10(std)), 0)
    return f"{mean:.{places}f} ± {std:.{places}f}"


def duration(seconds: float) -> str:
    """Minutes and seconds: ``0:07``, ``12:30``, ``1:02:05``."""
    whole = max(round(seconds), 0)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def seconds_text(seconds: float) -> str:
    """What something took, as a reader says it: ``0.8 s``, ``12 s``, ``3 min 5 s``."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, left = divmod(round(seconds), 60)
    return f"{minutes} min {left} s"


def bytes_text(count: int) -> str:
    """A size on the disk: ``12 kB``, ``3.4 MB``."""
    value, units = count / 1000, ["kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.0f} {units[0]}" if value >= 10 else f"{value:.1f} {units[0]}"


STATE_WORDS = {
    "completed": "completed",
    "stopped": "stopped early",
    "diverged": "diverged",
    "failed": "failed",
    "running": "running",
    "waiting": "waiting",
}


def states_text(counts: dict[str, int]) -> str:
    """Trials by state: ``20 completed, 11 stopped early, 1 diverged``."""
    told = [f"{counts[s]} {word}" for s, word in STATE_WORDS.items() if counts.get(s)]
    return ", ".join(told) or "no trials"
