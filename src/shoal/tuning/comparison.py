"""What a comparison found: each network's curves and best epoch, with intervals over seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from shoal.errors import RecipeError
from shoal.models.model import Model
from shoal.utils.text import number_text, short_repr

TRAIN_LOSS = "train_loss"


@dataclass(frozen=True)
class Interval:
    """A mean over seeds, and between which bounds the true mean lies.

    Attributes:
        mean: over the seeds.
        low, high: bounds of the interval of 95 %, by Student's t.
    """

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{number_text(self.mean)} ({number_text(self.low)} to {number_text(self.high)})"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Alternatives times seeds, trained side by side.

    Attributes:
        names: of the alternatives, in their order.
        seeds: in their order; a seed stands for the same initial weights, order of
            the batches and noise in every alternative, as far as they can be the same.
        curves: by metric of the validation split, and ``train_loss``, its value after
            every epoch: shape (alternatives, seeds, epochs); NaN after a training's end.
        best_epochs: 1-based epoch whose weights were kept, shape (alternatives,
            seeds); 0 where there is none, because the loss was not finite.
        models: by alternative, then by seed; None where there are no weights.
        programs: how many programs were compiled for training.
        interrupted: whether the trainings were broken off.
    """

    __repr__ = short_repr

    names: tuple[str, ...]
    seeds: tuple[int, ...]
    curves: Mapping[str, np.ndarray]
    best_epochs: np.ndarray
    models: Mapping[str, tuple[Model | None, ...]]
    programs: int
    interrupted: bool = False

    def curve(self, name: str, metric: str) -> np.ndarray:
        """One alternative's values of a metric, shape (seeds, epochs)."""
        if metric not in self.curves:
            raise RecipeError(
                "a curve is of a metric that was measured every epoch",
                expected=", ".join(self.curves),
                received=repr(metric),
            )
        curve: np.ndarray = self.curves[metric][self._place(name)]
        return curve

    def best(self, name: str, metric: str) -> np.ndarray:
        """One alternative's values at its best epochs, shape (seeds,); NaN where there is none."""
        epochs = self.best_epochs[self._place(name)]
        values = np.take_along_axis(
            self.curve(name, metric), np.maximum(epochs - 1, 0)[:, np.newaxis], axis=1
        )[:, 0]
        return np.where(epochs > 0, values, np.nan)

    def interval(self, name: str, metric: str) -> Interval:
        """The mean over the seeds of a metric at the best epoch, with its interval."""
        return interval_of(self.best(name, metric))

    def effect(self, name: str, metric: str, *, against: str) -> Interval:
        """By how much an alternative's metric is above another's, with its interval.

        The differences are taken seed by seed: what a seed does to both falls out,
        and the interval is narrower than that of two independent means.
        """
        return interval_of(self.best(name, metric) - self.best(against, metric))

    def _place(self, name: str) -> int:
        if name not in self.names:
            raise RecipeError(
                "an alternative is called by its name",
                expected=", ".join(self.names),
                received=repr(name),
            )
        return self.names.index(name)


def interval_of(values: np.ndarray) -> Interval:
    r"""The mean of independent values and its interval, :math:`\bar x \pm t\, s / \sqrt{n}`.

    Values that are NaN are left out; fewer than two make no interval.

    Source: Student, "The probable error of a mean", Biometrika 6 (1908).
    """
    from scipy.special import stdtrit  # takes longer to import than the rest of this file

    known = np.asarray(values, np.float64)
    known = known[~np.isnan(known)]
    if len(known) == 0:
        return Interval(np.nan, np.nan, np.nan)
    mean = float(known.mean())
    if len(known) == 1:
        return Interval(mean, np.nan, np.nan)
    half = float(stdtrit(len(known) - 1, 0.975) * known.std(ddof=1) / np.sqrt(len(known)))
    return Interval(mean, mean - half, mean + half)
