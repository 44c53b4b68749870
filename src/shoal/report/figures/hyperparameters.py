"""Score against each hyperparameter, one small plot each."""

from __future__ import annotations

from dataclasses import replace

from shoal.report.facts import Facts, Hyperparameter, real
from shoal.report.figures.frame import (
    Frame,
    dot,
    left_margin,
    marked,
    picture,
    shade,
    slant_of,
    x_axis,
    y_axis,
)
from shoal.report.importance import Group, Importance
from shoal.report.markup import Child, Markup, tag
from shoal.report.scale import Bands, Scale, without_outliers
from shoal.report.wording import PERCENT, is_fraction
from shoal.store import TrialRecord
from shoal.wording import shortened

_GOLDEN = 0.6180339887  # spreads consecutive trials evenly over a slot


def draw_hyperparameter(
    facts: Facts, axis: Hyperparameter, found: Importance | None, width: float = 320
) -> Markup:
    """Return the plot of one hyperparameter, with the middle score of each group of values."""
    scores = [s for trial in facts.ranked if (s := facts.score(trial)) is not None]
    low, high = without_outliers(scores, better_high=facts.maximize)
    percent = is_fraction(facts.metric)
    y = Scale(low, high, 0, 1, percent=percent)
    frame = Frame(width, 240, left=left_margin(y, 4), top=44)
    y = Scale(low, high, *frame.y, percent=percent)
    x = axis_scale(axis, frame.x[0] + 6, frame.x[1] - 6)
    more = slant_of(x)
    frame = replace(frame, height=frame.height + more, bottom=frame.bottom + more)
    title = shortened(axis.name, 40) + (" (log)" if axis.log else "")
    words = "" if found is None else f"explains {100 * found.share:.0f}{PERCENT} of the differences"
    return picture(
        frame,
        f"Validation {facts.called()} against {axis.name}; {words}",
        tag("text", words, x=4.0, y=31.0, class_="tick"),
        y_axis(frame, y, f"validation {facts.called()}", 4),
        x_axis(frame, x, title),
        [_mark(facts, axis, trial, x, y) for trial in facts.points()],
        [_middle(group, x, y) for group in found.groups] if found is not None else None,
        class_="small",
    )


def _middle(group: Group, x: Scale | Bands, y: Scale) -> Markup | None:
    """A level line over a group's values at its middle score."""
    if group.score is None:
        return None
    if isinstance(x, Bands):
        if group.option not in x.names:
            return None
        middle = x(group.option)
        start, end = middle - 0.38 * x.width, middle + 0.38 * x.width
    else:
        start, end = x(group.low or 0.0), x(group.high or 0.0)
    end = max(end, start + 3)
    return tag(
        "line", x1=start, x2=end, y1=y(group.score), y2=y(group.score), class_="middle-score"
    )


def axis_scale(axis: Hyperparameter, start: float, end: float) -> Scale | Bands:
    """Return the scale of a hyperparameter's range between two coordinates."""
    if axis.low is None or axis.high is None:
        return Bands(axis.options, start, end)
    low, high = axis.low, axis.high
    if low == high:
        low, high = (low / 2, high * 2) if axis.log else (low - 0.5, high + 0.5)
    return Scale(low, high, start, end, log=axis.log, whole=axis.whole and not axis.log)


def _mark(
    facts: Facts, axis: Hyperparameter, trial: TrialRecord, x: Scale | Bands, y: Scale
) -> Child:
    place = place_of(axis, trial, x)
    score = facts.score(trial)
    if place is None or score is None:
        return None
    if isinstance(x, Bands):
        place += (((trial.id * _GOLDEN) % 1) - 0.5) * 0.6 * x.width
    winner = facts.is_winner(trial.id)
    if not winner and (score < y.low or score > y.high):
        mark = _beyond(place, y(score), below=score < y.low)
    else:
        mark = dot(place, y(score), 6 if winner else 3.6 if len(facts.ranked) <= 200 else 2.2)
    return marked(facts, trial, mark, class_=shade(facts, trial))


def place_of(axis: Hyperparameter, trial: TrialRecord, x: Scale | Bands) -> float | None:
    """Return a trial's coordinate on an axis; None where it has no such hyperparameter."""
    value = trial.hyperparams.get(axis.name)
    if value is None:
        return None
    if isinstance(x, Bands):
        return x(str(value)) if str(value) in x.names else None
    number = real(value)
    return None if number is None else x(number)


def _beyond(x: float, y: float, *, below: bool) -> Markup:
    """A small triangle at the edge: the value lies beyond it."""
    sign = 1 if below else -1
    d = f"M{x:.1f},{y:.1f}l-3.5,{-5 * sign}h7z"
    return tag("path", d=d, class_="dot")
