"""The part that plots share: the picture's box, its axes, marks and their tooltips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shoal.report.facts import Facts
from shoal.report.markup import Child, Markup, join, path, tag
from shoal.report.scale import Bands, Scale
from shoal.report.wording import metric_text
from shoal.store import TrialRecord
from shoal.wording import number_text, shortened

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
