"""Score against hyperparameters: one small plot each, or a line a trial through all."""

from __future__ import annotations

from dataclasses import replace

from shoal.report.facts import MAX_CURVES, Facts, Hyperparameter, real, thinned
from shoal.report.figures.frame import (
    CHARACTER,
    WIDE,
    Bands,
    Frame,
    Scale,
    dot,
    left_margin,
    line,
    marked,
    picture,
    shade,
    slant_of,
    without_outliers,
    x_axis,
    y_axis,
)
from shoal.report.importance import Group, Importance
from shoal.report.markup import Child, Markup, tag
from shoal.report.wording import PERCENT, is_fraction
from shoal.store import TrialRecord
from shoal.utils.text import shortened

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
    place = axis_position(axis, trial, x)
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


def axis_position(axis: Hyperparameter, trial: TrialRecord, x: Scale | Bands) -> float | None:
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


_LETTERS = 14
"""Letters of an option beside its axis, at most: the next axis is not far."""

_UNUSED = 26.0  # how far below its axis the line of a trial without that hyperparameter runs


def draw_parallel(facts: Facts) -> Markup:
    """Return the picture; it is as wide as its axes need and scrolls on a phone."""
    count = len(facts.hyperparameters) + 1
    gap = 132.0
    width = max(WIDE * 0.6, 150 + gap * (count - 1)) if count < 8 else 150 + gap * (count - 1)
    unused = any(_unused(facts, axis) for axis in facts.hyperparameters)
    left = max(70.0, _room_of_first(facts))
    frame = Frame(width + left - 70, 380, left=left, right=80, top=58, bottom=50 if unused else 16)
    places = [frame.x[0] + i * (frame.x[1] - frame.x[0]) / max(1, count - 1) for i in range(count)]
    scales = [
        axis_scale(axis, *(frame.y if axis.numeric else frame.y[::-1]))
        for axis in facts.hyperparameters
    ]
    score = _score_scale(facts, frame)
    trials = facts.winner_last(thinned(facts.ranked, MAX_CURVES)[::-1])
    return picture(
        frame,
        f"Parallel coordinates of {len(trials)} trials over {count - 1} hyperparameters",
        [_line(facts, trial, places, scales, score, frame) for trial in trials],
        [
            _axis(facts, axis, scale, x, frame)
            for axis, scale, x in zip(facts.hyperparameters, scales, places, strict=False)
        ],
        _score_axis(facts, score, places[-1], frame),
        class_="parallel" + (" many" if len(trials) > 100 else ""),
    )


def _room_of_first(facts: Facts) -> float:
    """The space that the options of the first axis need on their left."""
    options = facts.hyperparameters[0].options if facts.hyperparameters else ()
    return 12 + CHARACTER * max((min(len(name), _LETTERS) for name in options), default=0)


def _unused(facts: Facts, axis: Hyperparameter) -> bool:
    """Whether some trial has no such hyperparameter, for lack of the option it belongs to."""
    return any(axis.name not in trial.hyperparams for trial in facts.ranked)


def _score_scale(facts: Facts, frame: Frame) -> Scale:
    scores = [s for trial in facts.ranked if (s := facts.score(trial)) is not None]
    low, high = without_outliers(scores, better_high=facts.maximize)
    start, end = frame.y if facts.maximize else frame.y[::-1]  # the best is on top
    return Scale(low, high, start, end, percent=is_fraction(facts.metric))


def _line(
    facts: Facts,
    trial: TrialRecord,
    places: list[float],
    scales: list[Scale | Bands],
    score_scale: Scale,
    frame: Frame,
) -> Child:
    score = facts.score(trial)
    if score is None:
        return None
    points = []
    for axis, scale, x in zip(facts.hyperparameters, scales, places, strict=False):
        y = axis_position(axis, trial, scale)
        if y is not None and isinstance(scale, Bands):
            y += (((trial.id * 0.618) % 1) - 0.5) * min(24.0, 0.4 * scale.width)
        points.append((x, frame.y[0] + _UNUSED if y is None else y))
    points.append((places[-1], score_scale(score)))
    return marked(facts, trial, line(points, "curve"), class_=shade(facts, trial))


def _axis(
    facts: Facts, axis: Hyperparameter, scale: Scale | Bands, x: float, frame: Frame
) -> Markup:
    ticks: list[tuple[float, str]]
    if isinstance(scale, Bands):
        ticks = [(scale(name), shortened(name, _LETTERS)) for name in scale.names]
        if len(ticks) > 16:
            ticks = ticks[:: len(ticks) // 8]
    else:
        ticks = [(scale(value), label) for value, label in scale.ticks(5)]
    title = shortened(axis.name, 34)
    note = tag("text", "not used", x=x, y=frame.y[0] + _UNUSED + 16, class_="tick middle halo")
    return tag(
        "g", _title(title, x), _ticks(ticks, x, frame), note if _unused(facts, axis) else None
    )


def _title(title: str, x: float) -> Child:
    """Put the part before the last dot on its own line: ``optimizer.`` / ``learning_rate``."""
    owner, _, name = title.rpartition(".")
    return [
        tag("text", f"{owner}." if owner else "", x=x, y=20.0, class_="tick middle"),
        tag("text", name, x=x, y=36.0, class_="title middle"),
    ]


def _ticks(ticks: list[tuple[float, str]], x: float, frame: Frame) -> Child:
    parts = [tag("line", x1=x, x2=x, y1=frame.y[0], y2=frame.y[1], class_="axis strong")]
    for y, label in ticks:
        parts.append(tag("line", x1=x - 4, x2=x, y1=y, y2=y, class_="axis strong"))
        parts.append(tag("text", label, x=x - 7, y=y + 4, class_="tick end halo"))
    return parts


def _score_axis(facts: Facts, scale: Scale, x: float, frame: Frame) -> Markup:
    parts: list[Child] = [
        tag("line", x1=x, x2=x, y1=frame.y[0], y2=frame.y[1], class_="axis strong"),
        tag("text", "validation", x=x, y=20.0, class_="tick middle"),
        tag("text", facts.called(), x=x, y=36.0, class_="title middle"),
    ]
    for value, label in scale.ticks(5):
        y = scale(value)
        parts.append(tag("line", x1=x, x2=x + 4, y1=y, y2=y, class_="axis strong"))
        parts.append(tag("text", label, x=x + 8, y=y + 4, class_="tick halo"))
    return tag("g", parts)
