"""The score over two hyperparameters, estimated between the trials that were made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shoal.analysis.slices import Axis, Column, axis_of, scored
from shoal.errors import StudyError
from shoal.inspect.subject import AMOUNT, INK, color, new_figure, plain
from shoal.report.facts import Facts
from shoal.report.figures.frame import without_outliers
from shoal.utils.has_figure import Drawn
from shoal.utils.text import short_repr

LEAST = 5
"""Trials; with fewer there is nothing to see between them."""

BANDWIDTHS = np.geomspace(0.03, 0.6, 12)
"""Among which the width of the kernel is chosen, as shares of a range."""

_NEAR = float(np.exp(-2.0))
"""Weight of one trial at a distance of two bandwidths: with less, a cell stays blank."""


@dataclass(frozen=True, eq=False)
class Contour(Drawn):
    """The estimate on a grid, and the trials that it is made of.

    Attributes:
        first, second: the hyperparameters, across and upwards.
        metric: what the score is.
        maximize: whether more of it is better.
        trials: their numbers, (n,).
        places: of the trials on both axes, (n, 2): shares of a number's range, and
            an option's number.
        scores: validation scores of the trials, (n,).
        bandwidth: of the kernel, as a share of a range.
        estimate: row i has the i-th cell of the second; NaN where no trial is near.
    """

    __repr__ = short_repr

    first: Axis
    second: Axis
    metric: str
    maximize: bool
    trials: tuple[int, ...]
    places: Column
    scores: Column
    bandwidth: float
    estimate: Column

    def figure(self) -> Figure:
        """The plane, the better the darker, with its level lines and the trials on it."""
        figure = new_figure(6.4, 5.0)
        axes = plain(figure.subplots())
        low, high = without_outliers(self.scores.tolist(), better_high=self.maximize)
        colors = AMOUNT if self.maximize else AMOUNT.reversed()
        look: dict[str, Any] = {"cmap": colors, "vmin": low, "vmax": high}
        x, y = (axis.values(axis.grid()[1]) for axis in (self.first, self.second))
        drawn = axes.pcolormesh(x, y, self.estimate, **look)
        if self.first.of.numeric and self.second.of.numeric:
            self._levels(axes, low, high)
        across, upwards = (
            axis.values(self.places[:, i]) for i, axis in enumerate((self.first, self.second))
        )
        axes.scatter(across, upwards, c=self.scores, s=18, edgecolors=INK, linewidths=0.5, **look)
        best = int(np.argmax(self.scores if self.maximize else -self.scores))
        axes.scatter(across[best], upwards[best], s=150, marker="*", color=color(1), zorder=3)
        self.first.draw(axes)
        self.second.draw(axes, upwards=True)
        figure.colorbar(drawn, ax=axes, label=f"validation {self.metric}")
        return figure

    def _levels(self, axes: Axes, low: float, high: float) -> None:
        x, y = (axis.values(axis.grid()[0]) for axis in (self.first, self.second))
        levels = np.linspace(low, high, 9)[1:-1]
        known = self.estimate[np.isfinite(self.estimate)]
        levels = levels[(levels > known.min()) & (levels < known.max())]
        if len(levels):
            axes.contour(x, y, self.estimate, levels, colors=INK, linewidths=0.5, alpha=0.6)


def contour(facts: Facts, first: str, second: str) -> Contour:
    """Estimate the score over two hyperparameters, all others as the trials had them.

    With s_j the score of trial j at z_j, numbers as shares of their range:

        s(z) = Σ_j K(z, z_j) s_j / Σ_j K(z, z_j),   K(z, z_j) = exp(-|z - z_j|² / 2h²)

    Trials with another option of a choice weigh nothing. The bandwidth h is the one
    with which every trial is told best by the others (leave one out). Scores far
    below all others count as the worst of these.

    Source: Nadaraya, "On estimating regression", Theory of Probability and its
    Applications 9 (1964); Watson, "Smooth regression analysis", Sankhya A 26 (1964).

    Args:
        facts: the study.
        first: name of a hyperparameter, drawn across.
        second: name of another, drawn upwards.

    Raises:
        StudyError: the study has no such hyperparameters, or too few trials with both.
    """
    if first == second:
        raise StudyError("a contour is over two hyperparameters", received=f"{first!r} twice")
    axes = (axis_of(facts, first), axis_of(facts, second))
    trials, places, scores = scored(facts, axes)
    if len(trials) < LEAST:
        raise StudyError(
            "a contour is drawn between trials that have a score and both hyperparameters",
            expected=f"{LEAST} trials or more",
            received=len(trials),
            where=f"{first}, {second}",
        )
    scores_in = np.clip(scores, *without_outliers(scores.tolist(), better_high=facts.maximize))
    alike, squares = _distances(axes, places, places)
    bandwidth = _bandwidth(alike, squares, scores_in)
    cells = np.stack(np.meshgrid(*(axis.grid()[0] for axis in axes)), axis=-1)
    weights = _kernel(*_distances(axes, cells.reshape(-1, 2), places), bandwidth)
    total = weights.sum(axis=1)
    estimate = np.where(total >= _NEAR, weights @ scores_in / np.maximum(total, _NEAR), np.nan)
    return Contour(
        *axes, facts.metric, facts.maximize, tuple(t.id for t in trials), places, scores,
        bandwidth, estimate.reshape(cells.shape[:2]),
    )  # fmt: skip


def _distances(axes: tuple[Axis, Axis], one: Column, other: Column) -> tuple[Column, Column]:
    """Whether options are the same, as 0 or 1, and squared distances: (one, other) each."""
    alike = np.ones((len(one), len(other)))
    squares = np.zeros((len(one), len(other)))
    for i, axis in enumerate(axes):
        gap = one[:, None, i] - other[None, :, i]
        if axis.of.numeric:
            squares += gap**2
        else:
            alike *= gap == 0
    return alike, squares


def _kernel(alike: Column, squares: Column, bandwidth: float) -> Column:
    return alike * np.exp(-squares / (2 * bandwidth**2))


def _bandwidth(alike: Column, squares: Column, scores: Column) -> float:
    """The one whose estimates at each trial, made of the others, have the least error."""
    errors = []
    for bandwidth in BANDWIDTHS:
        weights = _kernel(alike, squares, bandwidth)
        np.fill_diagonal(weights, 0.0)
        total = weights.sum(axis=1)
        mean = (scores.sum() - scores) / (len(scores) - 1)  # where no other trial is near
        told = np.where(total > _NEAR, weights @ scores / np.maximum(total, _NEAR), mean)
        errors.append(float(np.mean((told - scores) ** 2)))
    return float(BANDWIDTHS[int(np.argmin(errors))])
