"""The part that plots share: scales, axes, marks and their tooltips."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from shoal.report.facts import Facts
from shoal.report.markup import Child, Markup, join, path, tag
from shoal.report.wording import PERCENT, metric_text, power_text
from shoal.store import TrialRecord
from shoal.utils.text import grouped, number_text, shortened


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


WIDE = 1000.0
NARROW = 372.0
SHADES = 8
"""Number of color classes from worst (``q0``) to best (``q7``) in the style sheet."""

CHARACTER = 7.4
"""A generous width of a character of an axis label, in pixels."""

_SLANTED = 14
"""Letters of an option that stands slanted below its axis, at most."""


@dataclass(frozen=True)
class Frame:
    """A plot's box: the picture's size and the space for ticks and titles around the plot."""

    width: float
    height: float
    left: float = 56
    right: float = 16
    top: float = 30
    bottom: float = 46

    @property
    def x(self) -> tuple[float, float]:
        """Left and right end of the plot."""
        return self.left, self.width - self.right

    @property
    def y(self) -> tuple[float, float]:
        """Lower and upper end of the plot (SVG counts downwards)."""
        return self.height - self.bottom, self.top


def picture(frame: Frame, label: str, *children: Child, class_: str = "") -> Markup:
    """Return an SVG of the frame's size that screen readers announce as `label`."""
    return tag(
        "svg",
        *children,
        class_=f"picture {class_}".strip(),
        viewBox=f"0 0 {frame.width:g} {frame.height:g}",
        role="img",
        aria_label=label,
        style=f"max-width:{frame.width:g}px",
        xmlns="http://www.w3.org/2000/svg",
    )


def both_widths(draw: Callable[[float], Markup]) -> Markup:
    """Return a figure drawn for a page and again for a phone; the style sheet shows one."""
    return join((
        tag("div", draw(WIDE), class_="for-wide"),
        tag("div", draw(NARROW), class_="for-narrow"),
    ))  # fmt: skip


def x_axis(frame: Frame, x: Scale | Bands, title: str) -> Markup:
    """Return ticks, labels and the title of a horizontal axis."""
    base = frame.y[0]
    parts: list[Child] = [
        tag("line", x1=frame.x[0], x2=frame.x[1], y1=base, y2=base, class_="axis")
    ]
    slanted = slant_of(x) > 0
    for place, label in _places(x, frame.x[1] - frame.x[0]):
        parts.append(tag("line", x1=place, x2=place, y1=base, y2=base + 4, class_="axis"))
        turn = f"rotate(-45 {place:.1f} {base + 16:.1f})" if slanted else None
        at = {"x": place + 4, "y": base + 16} if slanted else {"x": place, "y": base + 18}
        side = "end" if slanted else "middle"
        parts.append(tag("text", label, **at, class_=f"tick {side}", transform=turn))
    parts.append(tag("text", title, x=sum(frame.x) / 2, y=frame.height - 8, class_="title middle"))
    return tag("g", parts)


def y_axis(frame: Frame, y: Scale, title: str, about: int = 5) -> Markup:
    """Return grid lines, labels and the title, which stands above the axis and reads level."""
    parts: list[Child] = []
    for value, label in y.ticks(about):
        place = y(value)
        parts.append(tag("line", x1=frame.x[0], x2=frame.x[1], y1=place, y2=place, class_="grid"))
        parts.append(tag("text", label, x=frame.left - 8, y=place + 4, class_="tick end"))
    parts.append(tag("text", title, x=4.0, y=14.0, class_="title"))
    return tag("g", parts)


def slant_of(x: Scale | Bands) -> float:
    """Return the height that options take more below their axis, slanted where they are long."""
    if isinstance(x, Scale) or not x.names:
        return 0.0
    longest = max(map(len, x.names))
    if longest * CHARACTER + 6 <= x.width:
        return 0.0
    return 4.7 * min(longest, _SLANTED)


def left_margin(y: Scale, about: int = 5) -> float:
    """Return the space that the labels of a vertical axis need."""
    longest = max((len(label) for _, label in y.ticks(about)), default=1)
    return 16 + 6.6 * longest


def trial_tip(facts: Facts, trial: TrialRecord) -> str:
    """Return what a trial's marks say when pointed at."""
    lines = [f"trial {trial.id} · {trial.state}"]
    score = facts.score(trial)
    if score is not None:
        lines.append(f"{facts.called()} {metric_text(facts.metric, score, 2)}")
    if trial.best_epoch is not None:
        lines.append(f"best at epoch {trial.best_epoch} of {trial.epochs}")
    lines += [
        f"{shortened(name, 40)} = {shortened(number_text(value), 40)}"
        for name, value in trial.hyperparams.items()
    ]
    return "\n".join(lines)


def marked(
    facts: Facts, trial: TrialRecord, *children: Child, class_: str = "", tip: str | None = None
) -> Markup:
    """Return a group that belongs to a trial: it has a tooltip and lights up with it.

    Without a `tip` of its own it names the trial; the page's script then shows
    the fullest that the page has about that trial.
    """
    winner = " winner" if facts.is_winner(trial.id) else ""
    return tag(
        "g",
        tag("title", tip or f"trial {trial.id}"),
        *children,
        class_=f"trial {trial.state} {class_}".strip() + winner,
        data_trial=trial.id,
    )


def dot(x: float, y: float, radius: float, class_: str = "dot") -> Markup:
    """Return a round mark."""
    return tag("circle", cx=x, cy=y, r=radius, class_=class_)


def cross(x: float, y: float, size: float, class_: str = "cross") -> Markup:
    """Return a mark for what went wrong."""
    d = f"M{x - size:.1f},{y - size:.1f}l{2 * size:g},{2 * size:g}m0,{-2 * size:g}l{-2 * size:g},{2 * size:g}"  # noqa: E501
    return tag("path", d=d, class_=class_)


def line(points: Sequence[tuple[float, float]], class_: str) -> Markup | None:
    """Return a polyline, or None where there is nothing to draw."""
    return tag("path", d=path(points), class_=class_, fill="none") if points else None


def shade(facts: Facts, trial: TrialRecord) -> str:
    """Return the color class of a trial's rank among all scored trials."""
    rank = facts.rank.get(trial.id)
    if rank is None:
        return "q0"
    share = 1 - rank / max(1, len(facts.ranked) - 1)
    return f"q{min(SHADES - 1, int(share * SHADES))}"


def _places(x: Scale | Bands, width: float) -> list[tuple[float, str]]:
    if isinstance(x, Bands):
        room = _SLANTED if slant_of(x) else max(map(len, x.names), default=1)
        return [(x(name), shortened(name, room)) for name in x.names]
    about = max(3, int(width / 62))
    return [(x(value), label) for value, label in x.ticks(about)]
