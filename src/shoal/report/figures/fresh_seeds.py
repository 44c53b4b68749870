"""The best trials repeated on fresh seeds: what they scored in the search, and what since."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shoal.report.facts import Facts
from shoal.report.figures.frame import Frame, dot, marked, picture, x_axis
from shoal.report.markup import Child, Markup, tag
from shoal.report.scale import Scale, span
from shoal.report.wording import is_fraction
from shoal.store import TrialRecord

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
