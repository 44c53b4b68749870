"""Loss by epoch: of all trials together, and of the winner alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from shoal.report.facts import Facts, real
from shoal.report.figures.frame import (
    Frame,
    Scale,
    cross,
    dot,
    left_margin,
    line,
    marked,
    picture,
    shade,
    span,
    x_axis,
    y_axis,
)
from shoal.report.markup import Child, Markup, tag
from shoal.report.wording import is_fraction
from shoal.store import EpochRecord, TrialRecord

Point = tuple[float, float]


def draw_loss_curves(facts: Facts, width: float) -> Markup:
    """Return validation loss by epoch of all trials, with the points where they ended."""
    height = 420 if width > 500 else 340
    low, high, log = loss_range(facts)
    y = Scale(low, high, 0, 1, log=log)
    frame = Frame(width, height, left=left_margin(y), right=20)
    y = Scale(low, high, *frame.y, log=log)
    last = max((len(epochs) for epochs in facts.curves.values()), default=1)
    x = Scale(1, max(2, last), *frame.x, whole=True)
    by_id = {trial.id: trial for trial in facts.trials}
    order = sorted(facts.curves, key=lambda id_: -facts.rank.get(id_, len(facts.trials)))
    if facts.winner is not None and facts.winner.id in order:
        order.append(order.pop(order.index(facts.winner.id)))
    scale = "logarithmic" if log else "linear"
    return picture(
        frame,
        f"Validation loss by epoch of {len(order)} trials",
        y_axis(frame, y, f"validation loss ({scale})"),
        x_axis(frame, x, "epoch"),
        [_curve(facts, by_id[id_], facts.curves[id_], x, y) for id_ in order if id_ in by_id],
        class_="curves" + (" many" if len(order) > 100 else ""),
    )


def loss_range(facts: Facts) -> tuple[float, float, bool]:
    """Return the ends of the loss axis and whether it is logarithmic.

    Losses on their way to infinity would squeeze all others into one line: the
    axis ends at ten times the median of the first epochs.
    """
    losses = [loss for epochs in facts.curves.values() for _, loss in _losses(epochs)]
    first = [_losses(epochs)[0][1] for epochs in facts.curves.values() if _losses(epochs)]
    if not losses:
        return 0.0, 1.0, False
    limit = 10 * float(np.median(first)) if np.median(first) > 0 else math.inf
    kept = [loss for loss in losses if loss <= limit] or losses
    log = min(kept) > 0 and max(kept) / min(kept) > 10
    low, high = span(kept, log=log)
    # Some air at the foot, for the winner's label below its lowest point.
    low = low / (high / low) ** 0.08 if log else low - 0.08 * (high - low)
    return low, high, log


def above_range(facts: Facts) -> int:
    """Return how many of the drawn trials leave the picture at its upper edge."""
    high = loss_range(facts)[1]
    return sum(any(loss > high for _, loss in _losses(e)) for e in facts.curves.values())


def draw_learning_curve(facts: Facts, width: float) -> Markup:
    """Return the winner's training and validation loss by epoch."""
    epochs = _winner_epochs(facts)
    series: dict[str, Sequence[Point]] = {
        "training": [(e.epoch, e.train_loss) for e in epochs if real(e.train_loss) is not None],
        "validation": _losses(epochs),
    }
    return _winner_plot(facts, width, "loss", series)


def draw_metric_curve(facts: Facts, width: float) -> Markup:
    """Return the winner's validation metric by epoch."""
    epochs = _winner_epochs(facts)
    values = [(e.epoch, v) for e in epochs if (v := real(e.metrics.get(facts.metric))) is not None]
    percent = is_fraction(facts.metric)
    return _winner_plot(facts, width, facts.called(), {"validation": values}, percent=percent)


def _winner_plot(
    facts: Facts,
    width: float,
    name: str,
    series: dict[str, Sequence[Point]],
    *,
    percent: bool = False,
) -> Markup:
    values = [value for points in series.values() for _, value in points]
    log = bool(values) and name == "loss" and min(values) > 0 and max(values) / min(values) > 10
    low, high = span(values, log=log)
    y = Scale(low, high, 0, 1, log=log, percent=percent)
    frame = Frame(width, 240, left=left_margin(y), right=74, top=40)
    y = Scale(low, high, *frame.y, log=log, percent=percent)
    last = max((epoch for points in series.values() for epoch, _ in points), default=1)
    x = Scale(1, max(2, last), *frame.x, whole=True)
    return picture(
        frame,
        f"The winner's {name} by epoch: {' and '.join(series)}",
        y_axis(frame, y, f"{name}, logarithmic" if log else name),
        x_axis(frame, x, "epoch"),
        _best_epoch(facts, frame, x),
        [
            line([(x(e), y(v)) for e, v in points], f"series {label}")
            for label, points in series.items()
        ],
        _end_labels(series, x, y),
    )


def _end_labels(series: dict[str, Sequence[Point]], x: Scale, y: Scale) -> list[Child]:
    """Name each line at its end, pushed apart where two lines end together."""
    ends = sorted((y(points[-1][1]), name, points) for name, points in series.items() if points)
    labels: list[Child] = []
    lowest = -math.inf
    for place, name, points in ends:
        lowest = max(place, lowest + 15)
        where = x(points[-1][0]) + 7
        labels.append(tag("text", name, x=where, y=lowest + 4, class_=f"label {name}"))
    return labels


def _best_epoch(facts: Facts, frame: Frame, x: Scale) -> Child:
    best = facts.winner.best_epoch if facts.winner is not None else None
    if best is None:
        return None
    place = x(best)
    return [
        tag("line", x1=place, x2=place, y1=frame.y[0], y2=frame.y[1], class_="best-epoch"),
        tag("text", f"kept: epoch {best}", x=place, y=frame.y[1] - 5, class_="tick middle"),
    ]


def _curve(
    facts: Facts, trial: TrialRecord, epochs: Sequence[EpochRecord], x: Scale, y: Scale
) -> Child:
    points = [(x(epoch), y(loss)) for epoch, loss in _losses(epochs)]
    if not points:
        return None
    end = points[-1]
    ending: Child = None
    if trial.state == "stopped":
        ending = dot(*end, 3, "dot stop")
    elif trial.state in ("diverged", "failed"):
        ending = cross(*end, 3.5)
    best = trial.best_epoch
    if facts.is_winner(trial.id) and best is not None and best <= len(points):
        kept = points[best - 1]
        ending = [ending, dot(*kept, 5, "dot kept"), _kept_label(trial, kept, x)]
    return marked(facts, trial, line(points, "curve"), ending, class_=shade(facts, trial))


def _kept_label(trial: TrialRecord, place: Point, x: Scale) -> Markup:
    right = place[0] > (x.start + x.end) / 2
    return tag(
        "text",
        f"trial {trial.id}, epoch {trial.best_epoch}",
        x=place[0],
        y=place[1] + 20,
        class_="label winner " + ("end" if right else "middle"),
    )


def _winner_epochs(facts: Facts) -> tuple[EpochRecord, ...]:
    return facts.curves.get(facts.winner.id, ()) if facts.winner is not None else ()


def _losses(epochs: Sequence[EpochRecord]) -> list[Point]:
    return [(e.epoch, loss) for e in epochs if (loss := real(e.metrics.get("loss"))) is not None]
