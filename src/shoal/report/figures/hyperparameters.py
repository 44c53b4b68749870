"""Score against each hyperparameter, one small plot each, and what they say in a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shoal.report.facts import Facts, Hyperparameter, real
from shoal.report.figures.frame import (
    Frame,
    dot,
    left_margin,
    marked,
    picture,
    shade,
    x_axis,
    y_axis,
)
from shoal.report.markup import Child, Markup, tag
from shoal.report.scale import Bands, Scale, without_outliers
from shoal.report.wording import is_fraction, shortened
from shoal.store import TrialRecord

Column = np.ndarray[Any, np.dtype[np.float64]]

_GOLDEN = 0.6180339887  # spreads consecutive trials evenly over a slot


def draw_hyperparameter(facts: Facts, axis: Hyperparameter, width: float = 320) -> Markup:
    """Return the plot of one hyperparameter."""
    scores = [s for trial in facts.ranked if (s := facts.score(trial)) is not None]
    low, high = without_outliers(scores, better_high=facts.maximize)
    percent = is_fraction(facts.metric)
    y = Scale(low, high, 0, 1, percent=percent)
    frame = Frame(width, 236, left=left_margin(y, 4), top=46)
    y = Scale(low, high, *frame.y, percent=percent)
    x = axis_scale(axis, frame.x[0] + 6, frame.x[1] - 6)
    title = shortened(axis.name, 40) + (" (log)" if axis.log else "")
    return picture(
        frame,
        f"Validation {facts.metric} against {axis.name}. {relation_text(facts, axis)}",
        tag("text", relation_text(facts, axis), x=4.0, y=13.0, class_="tick"),
        y_axis(frame, y, f"validation {facts.metric}", 4),
        x_axis(frame, x, title),
        [_mark(facts, axis, trial, x, y) for trial in facts.points()],
        class_="small",
    )


def axis_scale(axis: Hyperparameter, start: float, end: float) -> Scale | Bands:
    """Return the scale of a hyperparameter's range between two coordinates."""
    if axis.low is None or axis.high is None:
        return Bands(axis.options, start, end)
    low, high = axis.low, axis.high
    if low == high:
        low, high = (low / 2, high * 2) if axis.log else (low - 0.5, high + 0.5)
    return Scale(low, high, start, end, log=axis.log, whole=axis.whole and not axis.log)


def relation(facts: Facts, axis: Hyperparameter) -> float | None:
    """Return Spearman's rank correlation of score and hyperparameter, or None."""
    pairs = [
        (value, score)
        for trial in facts.ranked
        if (value := real(trial.hyperparams.get(axis.name))) is not None
        and (score := facts.score(trial)) is not None
    ]
    if not axis.numeric or len(pairs) < 5:
        return None
    ranks = [_ranks(np.array(column)) for column in zip(*pairs, strict=True)]
    spreads = [np.std(rank) for rank in ranks]
    if 0 in spreads:
        return None
    centered = [rank - np.mean(rank) for rank in ranks]
    return float(np.mean(centered[0] * centered[1]) / (spreads[0] * spreads[1]))


def relation_text(facts: Facts, axis: Hyperparameter) -> str:
    """Return the rank correlation as a short phrase."""
    value = relation(facts, axis)
    if value is None:
        return ""
    return f"rank correlation {value:+.2f}".replace("-", "−")


def _ranks(values: Column) -> Column:
    """Ranks from 0, equal values sharing their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Column = (ends - (counts + 1) / 2)[inverse]
    return ranks


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
        mark = dot(place, y(score), 6 if winner else 3.6)
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


def strongest(facts: Facts) -> Sequence[tuple[Hyperparameter, float]]:
    """Return the hyperparameters with their rank correlations, strongest first."""
    found = [(axis, value) for axis in facts.hyperparameters
             if (value := relation(facts, axis)) is not None]  # fmt: skip
    return sorted(found, key=lambda pair: -abs(pair[1]))
