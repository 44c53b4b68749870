"""The score against each hyperparameter by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from shoal.errors import StudyError
from shoal.inspect.subject import AMOUNT, INK, color, new_figure, plain
from shoal.report.facts import Facts, Hyperparameter, real
from shoal.report.figures.frame import Scale, without_outliers
from shoal.report.importance import Importance, by_importance, importance
from shoal.store import TrialRecord
from shoal.utils.has_figure import Drawn
from shoal.utils.text import short_repr

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


_ACROSS = 3

_LATER = LinearSegmentedColormap.from_list("later", AMOUNT(np.linspace(0.2, 1.0, 64)))


@dataclass(frozen=True, eq=False)
class Slice:
    """One hyperparameter.

    Attributes:
        axis: the hyperparameter.
        trials: numbers of the trials that have it and a score, (n,).
        values: of the hyperparameter in these; an option by its number, (n,).
        scores: validation scores, (n,).
        importance: what it explains by itself; None where too few trials can tell.
    """

    __repr__ = short_repr

    axis: Axis
    trials: tuple[int, ...]
    values: Column
    scores: Column
    importance: Importance | None


@dataclass(frozen=True, eq=False)
class Slices(Drawn):
    """Some hyperparameters.

    Attributes:
        metric: what the score is.
        maximize: whether more of it is better.
        slices: one each.
    """

    __repr__ = short_repr

    metric: str
    maximize: bool
    slices: tuple[Slice, ...]

    def figure(self) -> Figure:
        """A plot each: trials, the later the darker, and the middle score of similar values."""
        across = min(_ACROSS, len(self.slices))
        down = math.ceil(len(self.slices) / across)
        figure = new_figure(0.6 + 3.4 * across, 0.4 + 2.8 * down)
        grid = figure.subplots(down, across, sharey=True, squeeze=False).reshape(-1)
        everything = np.concatenate([s.scores for s in self.slices])
        low, high = without_outliers(everything.tolist(), better_high=self.maximize)
        last = max(max(s.trials, default=0) for s in self.slices)
        drawn: Any = None
        for axes, found in zip(grid, self.slices, strict=False):
            drawn = self._draw(plain(axes), found, last)
        for axes in grid[len(self.slices) :]:
            axes.set_visible(False)
        grid[0].set_ylim(low - 0.04 * (high - low), high + 0.04 * (high - low))
        for axes in grid[::across]:
            axes.set_ylabel(f"validation {self.metric}")
        figure.colorbar(drawn, ax=grid.tolist(), label="trial")
        return figure

    def _draw(self, axes: Axes, found: Slice, last: int) -> Any:
        drawn = axes.scatter(
            found.values, found.scores, c=found.trials, s=16, cmap=_LATER, vmin=0,
            vmax=max(last, 1), edgecolors=INK, linewidths=0.3,
        )  # fmt: skip
        found.axis.draw(axes)
        if found.importance is not None:
            axes.set_title(f"explains {found.importance.share:.0%}", fontsize=9, loc="left")
            _draw_middles(axes, found.axis, found.importance)
        return drawn


def _draw_middles(axes: Axes, axis: Axis, found: Importance) -> None:
    for group in found.groups:
        if group.score is None:
            continue
        if group.option is not None:
            middle = axis.of.options.index(group.option)
            start, end = middle - 0.35, middle + 0.35
        else:
            start, end = group.low or 0.0, group.high or 0.0
        axes.hlines(group.score, start, end, color=color(1), linewidth=2.0)


def slices(facts: Facts, names: Sequence[str]) -> Slices:
    """The score against each of some hyperparameters; all, most important first, if none is named.

    Raises:
        StudyError: the study has no such hyperparameters, or no trial with a score.
    """
    if not names:
        names = [of.name for of, _ in by_importance(facts)]
    axes = [axis_of(facts, name) for name in names]
    if not axes or not facts.ranked:
        raise StudyError(
            "slices are of hyperparameters in trials that have a score",
            received="no trial with a score" if axes else "a study without ranges",
        )
    found = []
    for axis in axes:
        trials, places, scores = scored(facts, [axis])
        numbers = tuple(trial.id for trial in trials)
        told = importance(facts, axis.of)
        found.append(Slice(axis, numbers, axis.values(places[:, 0]), scores, told))
    return Slices(facts.metric, facts.maximize, tuple(found))
