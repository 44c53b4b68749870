"""A hyperparameter as the axis of a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from shoal.errors import StudyError
from shoal.report.facts import Facts, Hyperparameter, real
from shoal.report.scale import Scale
from shoal.store import TrialRecord

GRID = 60
"""Cells along a number's range."""

Column = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Axis:
    """Where values of a hyperparameter stand: numbers between 0 and 1, options at 0, 1, ….

    Attributes:
        of: the hyperparameter.
        low, high: ends of a number's range, low < high.
    """

    of: Hyperparameter
    low: float
    high: float

    def place(self, trial: TrialRecord) -> float | None:
        """Where a trial stands; None where it has no such hyperparameter."""
        value = trial.hyperparams.get(self.of.name)
        if value is None:
            return None
        if not self.of.numeric:
            return float(self.of.options.index(str(value)))
        number = real(value)
        return None if number is None else float(self.places(np.array([number]))[0])

    def places(self, values: Column) -> Column:
        """Numbers as shares of the range."""
        low, high = self.low, self.high
        if self.of.log:
            low, high, values = math.log(low), math.log(high), np.log(values)
        shares: Column = (values - low) / (high - low)
        return shares

    def values(self, places: Column) -> Column:
        """What stands at some places; options stand at their own number."""
        if not self.of.numeric:
            return places
        if self.of.log:
            return self.low * np.exp(places * math.log(self.high / self.low))
        return self.low + places * (self.high - self.low)

    def grid(self) -> tuple[Column, Column]:
        """Middles and edges of the cells, as places."""
        if not self.of.numeric:
            count = len(self.of.options)
            middles: Column = np.arange(count, dtype=np.float64)
            return middles, np.append(middles, count) - 0.5
        edges: Column = np.linspace(0.0, 1.0, GRID + 1)
        return (edges[1:] + edges[:-1]) / 2, edges

    def draw(self, axes: Axes, *, upwards: bool = False) -> None:
        """Give a figure's axis the scale, the ticks and the name."""
        if self.of.log:
            (axes.set_yscale if upwards else axes.set_xscale)("log")
        drawn = axes.yaxis if upwards else axes.xaxis
        ticks: list[tuple[float, str]] = list(enumerate(self.of.options))
        if self.of.numeric:
            whole = self.of.whole and not self.of.log
            ticks = Scale(self.low, self.high, 0, 1, log=self.of.log, whole=whole).ticks(5)
        drawn.set_ticks([at for at, _ in ticks], [label for _, label in ticks])
        drawn.set_minor_locator(NullLocator())
        drawn.set_label_text(self.of.name)


def axis_of(facts: Facts, name: str) -> Axis:
    """The axis of a hyperparameter.

    Raises:
        StudyError: the study has none of this name.
    """
    found = {entry.name: entry for entry in facts.hyperparameters}
    if name not in found:
        raise StudyError(
            "a figure is of hyperparameters that the study has",
            expected=", ".join(found) or "a study with ranges",
            received=repr(name),
        )
    of = found[name]
    if of.low is None or of.high is None:
        return Axis(of, 0.0, 1.0)
    if of.low < of.high:
        return Axis(of, of.low, of.high)
    if of.log:
        return Axis(of, of.low / 2, of.high * 2)
    return Axis(of, of.low - 0.5, of.high + 0.5)


def scored(facts: Facts, axes: Sequence[Axis]) -> tuple[list[TrialRecord], Column, Column]:
    """The trials that have a score and a place on every axis.

    Returns:
        the trials by number, their places of shape (trials, axes), and scores (trials,).
    """
    rows = []
    for trial in sorted(facts.points(), key=lambda t: t.id):
        places = [axis.place(trial) for axis in axes]
        score = facts.score(trial)
        if score is not None and None not in places:
            rows.append((trial, places, score))
    trials = [trial for trial, _, _ in rows]
    places_ = np.array([p for _, p, _ in rows], np.float64).reshape(len(rows), len(axes))
    return trials, places_, np.array([score for *_, score in rows], np.float64)
