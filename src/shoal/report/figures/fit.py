"""Regression: what the winner predicted against what was true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from shoal.report.facts import Facts, mapping, real, sequence
from shoal.report.figures.frame import Frame, dot, left_margin, picture, x_axis, y_axis
from shoal.report.markup import Markup, tag
from shoal.report.scale import Scale, span
from shoal.wording import number_text

_MAX_DOTS = 2000


@dataclass(frozen=True)
class Fit:
    """True and predicted values of the test split, both of shape (examples,)."""

    true: np.ndarray[Any, np.dtype[np.float64]]
    predicted: np.ndarray[Any, np.dtype[np.float64]]

    @property
    def error(self) -> float:
        """Root mean squared error."""
        return float(np.sqrt(np.mean((self.predicted - self.true) ** 2)))

    @property
    def explained(self) -> float | None:
        """Share of the variance explained, R²; None where the true values are all alike."""
        spread = float(np.mean((self.true - np.mean(self.true)) ** 2))
        return None if spread == 0 else 1 - self.error**2 / spread


def read_fit(facts: Facts) -> Fit | None:
    """Return the winner's predictions, or None where none were stored."""
    stored = mapping(facts.result.get("scatter"))
    pairs = [
        (true, predicted)
        for a, b in zip(sequence(stored.get("true")), sequence(stored.get("predicted")))  # noqa: B905
        if (true := real(_only(a))) is not None and (predicted := real(_only(b))) is not None
    ]
    if not pairs:
        return None
    columns = np.array(pairs, dtype=np.float64)
    return Fit(columns[:, 0], columns[:, 1])


def draw_fit(fit: Fit, width: float) -> Markup:
    """Return the scatter: on the diagonal a prediction is right."""
    side = min(width, 560.0)
    ends = span([*fit.true, *fit.predicted])
    y = Scale(*ends, 0, 1)
    frame = Frame(side, side, left=left_margin(y))
    x, y = Scale(*ends, *frame.x), Scale(*ends, *frame.y)
    every = -(-len(fit.true) // _MAX_DOTS)
    pairs = list(zip(fit.true.tolist(), fit.predicted.tolist(), strict=True))[::every]
    return picture(
        frame,
        f"Predicted against true values of {len(pairs)} test examples",
        y_axis(frame, y, "predicted value"),
        x_axis(frame, x, "true value"),
        tag("line", x1=x.start, y1=y.start, x2=x.end, y2=y.end, class_="ideal"),
        [_dot(true, predicted, x, y) for true, predicted in pairs],
        class_="fit",
    )


def _dot(true: float, predicted: float, x: Scale, y: Scale) -> Markup:
    tip = f"true {number_text(true)}, predicted {number_text(predicted)}"
    return tag("g", tag("title", tip), dot(x(true), y(predicted), 3))


def _only(value: Any) -> Any:
    """A regression with one output may store each value as a list of one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
