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

from shoal.drawn import Drawn
from shoal.errors import StudyError
from shoal.findings.axis import Axis, Column, axis_of, scored
from shoal.inspect.canvas import AMOUNT, INK, color, new_figure, plain
from shoal.report.facts import Facts
from shoal.report.importance import Importance, by_importance, importance
from shoal.report.scale import without_outliers
from shoal.short_repr import short_repr

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
