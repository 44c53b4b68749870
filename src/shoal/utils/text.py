"""Numbers, durations and names as text, written one way everywhere.

Tables on the screen, the live panel, sentences and the report all write a number by
`number_text`, and a mean with its deviation by `spread_text`.

Texts that a spreadsheet would run are written in another form into CSV files. A spreadsheet
takes a cell that begins with a sign of a formula for one, and computes it as the file is
opened; a label such as ``=cmd|' /C calc'!A0`` starts a program then. The accepted remedy is an
apostrophe in front, which makes it a text. A label that no spreadsheet runs stays as it is, so
that a program reads it back: a number, ``+``, ``-``, ``-ve``.

Source: OWASP, "CSV injection".
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any

from shoal.errors import RecipeError

DIGITS = 4
"""Digits of a number that count."""

SMALLEST, LARGEST = 1e-4, 1e7
"""Sizes between which a number is written without a power of ten."""

STATE_WORDS = {
    "completed": "completed",
    "stopped": "stopped early",
    "diverged": "diverged",
    "failed": "failed",
    "running": "running",
    "waiting": "waiting",
}


def number_text(value: Any, digits: int = DIGITS, *, zeros: bool = False) -> str:
    """A number with four digits that count: 0.9805, 12.35, 26,190, 3.2e-5; else its text.

    Args:
        value: a number, or something that stays as it is.
        digits: how many count.
        zeros: whether the last ones stay, for measured values that stand in a column.
    """
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return grouped(value)
    if not math.isfinite(value):
        return "not finite"
    rounded = float(f"{value:.{digits}g}")
    size = abs(rounded)
    if size == 0:
        return "0"
    if not SMALLEST <= size < LARGEST:
        mantissa, exponent = f"{value:.{max(digits - 2, 0)}e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    if size >= 1000:
        return grouped(round(value))
    return f"{rounded:#.{digits}g}".rstrip(".") if zeros else f"{rounded:.{digits}g}"


def spread_text(mean: float | None, std: float | None) -> str:
    """A mean with its standard deviation, to two digits of the latter: 0.972 ± 0.013."""
    plain = mean is not None and std is not None and abs(mean) < LARGEST and 1e-6 < std < LARGEST
    if mean is None or std is None or not plain:
        return f"{number_text(mean)} ± {number_text(std)}"
    places = max(1 - math.floor(math.log10(std)), 0)
    return f"{mean:,.{places}f} ± {std:,.{places}f}"


def grouped(value: int) -> str:
    """A whole number with commas between groups of three digits."""
    return f"{value:.3g}" if abs(value) >= 10**15 else f"{value:,}"


def plural(count: int, singular: str, several: str | None = None) -> str:
    """A count with its noun: 1 trial, 3 trials."""
    return f"{grouped(count)} {singular if count == 1 else several or singular + 's'}"


def clock_text(seconds: float) -> str:
    """A time that runs, in minutes and seconds: 0:07, 12:30, 1:02:05."""
    whole = max(round(seconds), 0)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def duration_text(seconds: float | None) -> str:
    """What something took: 850 ms, 12.3 s, 1 min 24 s, 2 h 05 min."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def bytes_text(count: int) -> str:
    """A size on the disk: 12 kB, 3.4 MB."""
    value, units = count / 1000, ["kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.0f} {units[0]}" if value >= 10 else f"{value:.1f} {units[0]}"


def of_trials_text(asked: int, after: str = "") -> str:
    """What follows the states of a study's trials: of how many, unless it is as many as can be."""
    return f"{after} of {plural(asked, 'trial')}" if asked else f"{after} of as many as time allows"


def states_text(counts: Mapping[str, int]) -> str:
    """Trials by state: 20 completed, 11 stopped early, 1 diverged."""
    told = [f"{grouped(counts[s])} {word}" for s, word in STATE_WORDS.items() if counts.get(s)]
    return ", ".join(told) or "no trials"


def shortened(name: str, length: int) -> str:
    """Return a name of at most `length` characters, its middle left out where it is longer."""
    if len(name) <= length:
        return name
    tail = (length - 1) // 2
    return f"{name[: length - 1 - tail]}…{name[len(name) - tail :]}"


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


LONGEST = 60
"""Characters of one field, at most."""

MOST = 6
"""Entries of a tuple, a list or a mapping that are told."""


def short_repr(thing: Any) -> str:
    """A dataclass with its fields, arrays by their shapes; to be a class's ``__repr__``."""
    told = [f"{f.name}={short(getattr(thing, f.name))}" for f in dataclasses.fields(thing)]
    return f"{type(thing).__name__}({', '.join(told)})"


def short(value: Any) -> str:
    """A value in a few words."""
    if hasattr(value, "shape") and hasattr(value, "dtype") and value.shape:
        return f"<{value.dtype} of shape {tuple(value.shape)}>"
    if type(value).__name__ == "DataFrame":
        return f"<table of {len(value)} rows × {len(value.columns)} columns>"
    if isinstance(value, Mapping):
        return _some("{", [f"{k!r}: {short(v)}" for k, v in _first(value.items())], len(value), "}")
    if isinstance(value, tuple | list) and not hasattr(value, "_fields"):
        return _some("(", [short(item) for item in _first(value)], len(value), ")")
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    text = repr(value)
    return text if len(text) <= LONGEST or "\n" in text else f"{text[: LONGEST - 1]}…"


def _first(items: Any) -> Any:
    return (item for item, _ in zip(items, range(MOST), strict=False))


def _some(opening: str, told: list[str], count: int, closing: str) -> str:
    more = f", … {count - len(told)} more" if count > len(told) else ""
    inside = ", ".join(told)
    if len(inside) > 4 * LONGEST:
        inside = f"{inside[: 4 * LONGEST]}…"
    return f"{opening}{inside}{more}{closing}"


_ALWAYS = ("=", "@", "\t", "\r", "\n")
_SIGNED = ("+", "-")
_CALLS = frozenset("(|!=")
"""Without one of these a text with a sign computes nothing but numbers and names."""


def is_formula(value: Any) -> bool:
    """Whether a spreadsheet would run the cell."""
    if not isinstance(value, str):
        return False
    return value.startswith(_ALWAYS) or (value.startswith(_SIGNED) and not _CALLS.isdisjoint(value))


def harmless(value: Any) -> Any:
    """The cell, with an apostrophe in front if it would be run."""
    return f"'{value}" if is_formula(value) else value
