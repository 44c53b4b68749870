"""Every trial's score in the order of the search, and the best on fresh seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shoal.report.facts import MAX_CURVES, Facts
from shoal.report.figures.frame import (
    Frame,
    Scale,
    cross,
    dot,
    left_margin,
    line,
    marked,
    picture,
    span,
    trial_tip,
    without_outliers,
    x_axis,
    y_axis,
)
from shoal.report.markup import Child, Markup, tag
from shoal.report.wording import is_fraction, metric_text
from shoal.store import TrialRecord

_FISH = "M6,0C3.4,-3.8 -2.4,-3.6 -4.4,-.5L-8,-3.2L-7,0L-8,3.2L-4.4,.5C-2.4,3.6 3.4,3.8 6,0Z"


def draw_scores(facts: Facts, width: float) -> Markup:
    """Return the picture: score against trial number, with the best so far as a line."""
    height = 300 if width > 500 else 260
    better = "higher" if facts.maximize else "lower"
    low, high = without_outliers(
        [s for t in facts.ranked if (s := facts.score(t)) is not None], better_high=facts.maximize
    )
    y = Scale(low, high, 0, 1, percent=is_fraction(facts.metric))
    frame = Frame(width, height, left=left_margin(y), top=40)
    y = Scale(low, high, *frame.y, percent=is_fraction(facts.metric))
    last = max((trial.id for trial in facts.trials), default=1)
    x = Scale(-0.5, last + 0.5, frame.x[0] + 8, frame.x[1] - 8, whole=True)
    return picture(
        frame,
        f"Validation {facts.called()} of {len(facts.ranked)} trials in the order of the search",
        y_axis(frame, y, f"validation {facts.called()} ({better} is better)"),
        x_axis(frame, x, "trial, in the order of the search"),
        line(_best_so_far(facts, x, y), "best-so-far"),
        [_mark(facts, trial, frame, x, y) for trial in _drawn(facts)],
        _winner_label(facts, frame, x, y),
        class_="scores",
    )


def _drawn(facts: Facts) -> list[TrialRecord]:
    bad = [trial for trial in facts.trials if trial.state in ("diverged", "failed")]
    return bad[:MAX_CURVES] + facts.points()


def _mark(facts: Facts, trial: TrialRecord, frame: Frame, x: Scale, y: Scale) -> Markup:
    score = facts.score(trial)
    if score is None:
        mark = cross(x(trial.id), frame.y[0] - 7, 3.5)
        return marked(facts, trial, mark, tip=trial_tip(facts, trial))
    count = len(facts.trials)
    size = 1.6 if count <= 80 else 1.1 if count <= 300 else 0.6
    size *= 0.8 if frame.width < 500 else 1
    if facts.is_winner(trial.id):
        size = max(1.6, 1.3 * size)
    place = f"translate({x(trial.id):.1f},{y(score):.1f}) scale({size:.2f})"
    mark = tag("path", d=_FISH, transform=place, class_="fish")
    return marked(facts, trial, mark, tip=trial_tip(facts, trial))


def _best_so_far(facts: Facts, x: Scale, y: Scale) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    best: float | None = None
    for trial in facts.trials:
        score = facts.score(trial)
        if score is None:
            continue
        if best is None or (score > best if facts.maximize else score < best):
            if best is not None:
                points.append((x(trial.id), y(best)))
            best = score
            points.append((x(trial.id), y(best)))
    if best is not None:
        points.append((x.end, y(best)))
    return points


def _winner_label(facts: Facts, frame: Frame, x: Scale, y: Scale) -> Child:
    if facts.winner is None or (score := facts.score(facts.winner)) is None:
        return None
    place = x(facts.winner.id)
    right = place > sum(frame.x) / 2
    return tag(
        "text",
        f"trial {facts.winner.id}: {metric_text(facts.metric, score)}",
        x=place + (-16 if right else 16),
        y=y(score) - 9,
        class_="label winner" + (" end" if right else ""),
    )


_ROW = 34.0


@dataclass(frozen=True)
class Repetition:
    """A trial with its score in the search and the trials that repeated it."""

    trial: TrialRecord
    searched: float
    repeats: tuple[tuple[TrialRecord, float], ...]

    @property
    def mean(self) -> float:
        """Mean score of the repetitions."""
        return float(np.mean([score for _, score in self.repeats]))

    @property
    def std(self) -> float:
        """Standard deviation over the seeds (of a sample: divided by one less than there are)."""
        scores = [score for _, score in self.repeats]
        return float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0


def read_repetitions(facts: Facts) -> list[Repetition]:
    """Return the repeated trials, best mean first."""
    found = []
    for trial in facts.ranked:
        searched = facts.score(trial)
        repeats = tuple(
            (repeat, score)
            for repeat in facts.confirmations
            if repeat.parent == trial.id and (score := facts.score(repeat)) is not None
        )
        if repeats and searched is not None:
            found.append(Repetition(trial, searched, repeats))
    return sorted(found, key=lambda r: -r.mean if facts.maximize else r.mean)


def draw_fresh_seeds(facts: Facts, repetitions: list[Repetition], width: float) -> Markup:
    """Return one row a repeated trial: a ring for the search, dots for the fresh seeds."""
    values = [v for r in repetitions for v in (r.searched, *(score for _, score in r.repeats))]
    frame = Frame(width, 74 + _ROW * len(repetitions), left=84, top=24)
    low, high = span(values, margin=0.06)
    x = Scale(low, high, *frame.x, percent=is_fraction(facts.metric))
    return picture(
        frame,
        f"Validation {facts.called()} of {len(repetitions)} trials in the search and on "
        "fresh seeds",
        _grid(frame, x),
        x_axis(frame, x, f"validation {facts.called()}"),
        [_row(facts, r, x, frame.top + _ROW * (i + 0.5)) for i, r in enumerate(repetitions)],
        class_="fresh",
    )


def _grid(frame: Frame, x: Scale) -> Child:
    about = max(2, int((frame.x[1] - frame.x[0]) / 90))
    return [
        tag("line", x1=x(v), x2=x(v), y1=frame.y[0], y2=frame.y[1], class_="grid")
        for v, _ in x.ticks(about)
    ]


def _row(facts: Facts, repetition: Repetition, x: Scale, y: float) -> Child:
    mean, std = repetition.mean, repetition.std
    name = f"trial {repetition.trial.id}"
    winner = " winner" if facts.is_winner(repetition.trial.id) else ""
    return [
        tag("text", name, x=74.0, y=y + 4, class_="label end" + winner),
        tag("rect", x=x(mean - std), y=y - 8, width=max(1.0, x(mean + std) - x(mean - std)),
            height=16.0, rx=3.0, class_="spread" + winner),
        tag("line", x1=x(mean), x2=x(mean), y1=y - 11, y2=y + 11, class_="mean" + winner),
        [
            tag("g", tag("title", f"trial {repeat.id}, a repetition with seed {repeat.seed}"),
                dot(x(score), y, 4, "dot repeat" + winner))
            for repeat, score in repetition.repeats
        ],
        marked(facts, repetition.trial, dot(x(repetition.searched), y, 5.5, "ring")),
    ]  # fmt: skip
