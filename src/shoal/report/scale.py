"""From values to places on a picture, and the ticks in between."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from shoal.report.wording import PERCENT, power_text
from shoal.wording import grouped, number_text


@dataclass(frozen=True)
class Scale:
    """A linear or logarithmic axis.

    Attributes:
        low, high: values at the ends, low < high; above zero where `log`.
        start, end: coordinates at the ends.
        log: logarithmic.
        percent: labels show shares of a whole in percent.
        whole: only whole numbers are ticks.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False
    percent: bool = False
    whole: bool = False

    def __call__(self, value: float) -> float:
        """Return the coordinate of a value; what lies outside is drawn at the end."""
        low, high, value = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return self.start + (self.end - self.start) * (value - low) / (high - low)

    def ticks(self, about: int = 5) -> list[tuple[float, str]]:
        """Return about that many round values, each with its label."""
        if self.log:
            found = _log_ticks(self.low, self.high, about)
            if len(found) >= 2:
                return found
        step = _round_step((self.high - self.low) / max(about, 1))
        if self.whole:
            step = max(1.0, round(step))
        first = math.ceil(self.low / step - 1e-9)
        count = math.floor(self.high / step + 1e-9) - first + 1
        values = [(first + i) * step for i in range(count)]
        if self.log:
            values = [value for value in values if value > 0]
        return [(value, self._label(value, step)) for value in values]

    def _label(self, value: float, step: float) -> str:
        factor, unit = (100, PERCENT) if self.percent else (1, "")
        value, step = value * factor, step * factor
        if max(abs(value), abs(self.high * factor)) >= 1e5 or step < 1e-5:
            return number_text(value, 6) + unit
        digits = next(d for d in range(8) if d == 7 or math.isclose(round(step, d), step))
        if digits == 0:
            return grouped(round(value)) + unit
        return f"{value:.{digits}f}" + unit


@dataclass(frozen=True)
class Bands:
    """An axis of named slots of equal width."""

    names: tuple[str, ...]
    start: float
    end: float

    @property
    def width(self) -> float:
        """The width of a slot."""
        return abs(self.end - self.start) / max(1, len(self.names))

    def __call__(self, name: str) -> float:
        """Return the coordinate of a slot's middle."""
        step = (self.end - self.start) / max(1, len(self.names))
        return self.start + step * (self.names.index(name) + 0.5)


def span(
    values: Iterable[float], *, log: bool = False, margin: float = 0.04
) -> tuple[float, float]:
    """Return ends that hold all values with some air, also when there is one or none."""
    finite = [v for v in values if math.isfinite(v) and (v > 0 or not log)]
    if not finite:
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = min(finite), max(finite)
    if log:
        air = max((high / low) ** margin, 1.02 if high > low else 1.5)
        return max(low / air, 1e-300), min(high * air, 1e300)
    air = (high - low) * margin or abs(high) * 0.1 or 0.5
    return low - air, high + air


def without_outliers(values: Sequence[float], *, better_high: bool) -> tuple[float, float]:
    """Return ends that show where most values are, the best ones always among them.

    The bad end is cut at three interquartile ranges from the quartile, where
    that hides less than a quarter of the values and at least halves the axis.
    """
    finite = np.array([v for v in values if math.isfinite(v)])
    if finite.size < 8:
        return span(finite.tolist())
    signed = finite if better_high else -finite
    q1, q3 = np.quantile(signed, [0.25, 0.75])
    fence = q1 - 3 * (q3 - q1)
    kept = signed[signed >= fence]
    if np.ptp(kept) == 0 or np.ptp(signed) < 2 * np.ptp(kept):
        kept = signed
    return span((kept if better_high else -kept).tolist())


def _round_step(step: float) -> float:
    if not (step > 0 and math.isfinite(step)):
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return power * next(m for m in (1, 2, 2.5, 5, 10, 20) if m * power >= 0.85 * step)


def _log_ticks(low: float, high: float, about: int) -> list[tuple[float, str]]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    decades = list(range(first, last + 1))
    if len(decades) >= 3 or math.log10(high / low) > 2.5:
        every = max(1, math.ceil(len(decades) / about))
        return [(10.0**k, power_text(k)) for k in decades if (k - decades[-1]) % every == 0]
    multiples = (1, 2, 5) if math.log10(high / low) > 0.8 else (1, 1.5, 2, 3, 4, 5, 7)
    values = [m * 10.0**k for k in range(first - 1, last + 1) for m in multiples]
    inside = [v for v in values if low * (1 - 1e-9) <= v <= high * (1 + 1e-9)]
    every = max(1, math.ceil(len(inside) / (1.6 * about)))
    kept = [v for i, v in enumerate(inside) if i % every == 0]
    return [(v, number_text(float(f"{v:.6g}"))) for v in kept]
