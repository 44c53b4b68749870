"""Durations as people write them: 90s, 10m, 1h30m."""

from __future__ import annotations

import math
import re
from typing import Any

from shoal.errors import RecipeError

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}

_WRITTEN = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?:in)?)?(?:(\d+(?:\.\d+)?)s)?")


def seconds_of(duration: Any, where: str = "time_limit") -> float:
    """Seconds of a duration: a number of them, or a text such as ``1h30m``.

    Args:
        duration: above 0.
        where: what it is for.

    Raises:
        RecipeError: it is no such duration.
    """
    seconds = math.nan
    if isinstance(duration, str):
        text = duration.replace(" ", "").lower()
        if found := _WRITTEN.fullmatch(text):
            parts = zip(_UNITS.values(), found.groups(), strict=True)
            seconds = math.fsum(unit * float(count) for unit, count in parts if count)
        elif re.fullmatch(r"\d+(?:\.\d+)?", text):
            seconds = float(text)
    elif not isinstance(duration, bool):
        try:
            seconds = float(duration)
        except (TypeError, ValueError):
            seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise RecipeError(
            "a time is a number of seconds, or hours, minutes and seconds",
            expected="such as 90, 90s, 10m or 1h30m",
            received=repr(duration),
            where=where,
        )
    return seconds
