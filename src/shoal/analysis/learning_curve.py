"""What a learning curve found: errors by size of the training data, and what to make of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from shoal.analysis.power_law import PowerLaw, fit_power_law
from shoal.errors import TrainingError
from shoal.utils.has_figure import Drawn
from shoal.utils.text import number_text, short_repr

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = npt.NDArray[np.float64]

FEWEST_SIZES = 3
"""A power law has three numbers."""

SMALL_GAIN = 0.02
"""A gain of a smaller share of the error than this is as good as none."""


@dataclass(frozen=True, eq=False)
class LearningCurve(Drawn):
    """Test errors of one network, trained on nested parts of the data with several seeds.

    Attributes:
        name: of the data.
        metric: what was measured.
        maximize: whether more of it is better; the error is then 1 - metric.
        sizes: training rows, ascending, shape (sizes,).
        seeds: shape (seeds,).
        scores: the metric on the test split, shape (sizes, seeds); NaN where a
            training diverged.
        test_rows: rows that it was measured on.
        cost: seconds, compilations, lanes and epochs.
        interrupted: whether the trainings were broken off; then scores are NaN too
            where a training had not ended, or if none had, are of what each had reached.
    """

    __repr__ = short_repr

    name: str
    metric: str
    maximize: bool
    sizes: npt.NDArray[np.int64]
    seeds: tuple[int, ...]
    scores: Array
    test_rows: int
    cost: dict[str, Any]
    interrupted: bool = False

    @property
    def errors(self) -> Array:
        """The error on the test split, shape (sizes, seeds): less is better."""
        return 1.0 - self.scores if self.maximize else self.scores

    @property
    def error_name(self) -> str:
        """What the error is called."""
        if not self.maximize:
            return self.metric
        return "error rate" if self.metric == "accuracy" else f"1 - {self.metric}"

    @property
    def means(self) -> Array:
        """The mean error over seeds, by size; NaN where every training diverged."""
        known = np.isfinite(self.errors)
        total = np.where(known, self.errors, 0.0).sum(axis=1)
        return np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)

    def interval(self) -> tuple[Array, Array]:
        """Student's 95 % interval of the mean error over seeds, by size; NaN for fewer than two."""
        known = np.isfinite(self.errors)
        count = known.sum(axis=1)
        off = np.where(known, self.errors - self.means[:, None], 0.0)
        spread = np.sqrt((off**2).sum(axis=1) / np.maximum(count - 1, 1))
        half = stdtrit(np.maximum(count - 1, 1), 0.975) * spread / np.sqrt(np.maximum(count, 1))
        half = np.where(count >= 2, half, np.nan)
        return np.maximum(self.means - half, 0.0), self.means + half

    @property
    def enough(self) -> bool:
        """Whether the sizes that a power law needs have errors, and with them an interval."""
        known = np.isfinite(self.errors).sum(axis=1) >= 2
        return bool(known.sum() >= FEWEST_SIZES and known[-1])

    def check_enough(self) -> None:
        """Raise TrainingError unless there are enough errors for a power law."""
        if not self.enough:
            lacking = self.sizes[np.isfinite(self.errors).sum(axis=1) < 2]
            raise TrainingError(
                "a learning curve needs two finite errors at three sizes, and at the largest",
                received=f"{'too few so far' if self.interrupted else 'only divergence'} at "
                f"{', '.join(map(str, lacking))} rows",
                hint=None if self.interrupted else "Lower the learning rate.",
            )

    @cached_property
    def law(self) -> PowerLaw:
        """The power law through the errors.

        Raises:
            TrainingError: too few of the trainings have ended, or did not diverge.
        """
        self.check_enough()
        return fit_power_law(self.sizes, self.errors)

    @property
    def doubled(self) -> int:
        """Twice the largest number of training rows."""
        return 2 * int(self.sizes[-1])

    def sentence(self) -> str:
        """What twice the data would be worth, in one sentence; if it is cut short, that it is."""
        if not self.interrupted:
            return self._worth()
        known = int(np.isfinite(self.scores).sum())
        told = f"Interrupted: {known} of {self.scores.size} trainings have a score"
        return f"{told}. {self._worth()}" if self.enough else f"{told}, too few for a power law."

    def _worth(self) -> str:
        now, then = int(self.sizes[-1]), self.doubled
        _, low, high = self.law.gain(now, then)
        bounds = [float(end) for end in self.law.interval(then)]
        before, after = self._told(float(self.law(now))), self._told(float(self.law(then)))
        between = f"(95 % interval {self._told(bounds[0])} to {self._told(bounds[1])})"
        twice = f"Twice the data, {then:,} training rows instead of {now:,},"
        if high < SMALL_GAIN:
            return f"{twice} would hardly change the {self.error_name} of about {before} {between}."
        to = f"lower the {self.error_name} from about {before} to {after} {between}"
        if low < SMALL_GAIN:
            return f"{twice} may {to}, but these trainings cannot tell that from no gain."
        return f"{twice} would {to}."

    def _told(self, error: float) -> str:
        if self.error_name == "error rate":
            return f"{100 * error:.2g} %" if error < 0.1 else f"{100 * error:.1f} %"
        return number_text(error, 3)

    def to_json(self) -> dict[str, Any]:
        """All numbers, as plain data; None where a training diverged."""
        low, high = self.interval()
        return {
            "data": self.name,
            "metric": self.metric,
            "error": self.error_name,
            "sizes": self.sizes.tolist(),
            "seeds": list(self.seeds),
            "scores": [[_plain(v) for v in row] for row in self.scores.tolist()],
            "mean": [_plain(v) for v in self.means.tolist()],
            "interval": [[_plain(a), _plain(b)] for a, b in zip(low, high, strict=True)],
            "power_law": self.law.to_json() if self.enough else None,
            "twice_the_data": self._twice() if self.enough else None,
            "interrupted": self.interrupted,
            "sentence": self.sentence(),
            "test_rows": self.test_rows,
            "cost": self.cost,
        }

    def _twice(self) -> dict[str, Any]:
        return {
            "rows": self.doubled,
            "error": float(self.law(self.doubled)),
            "interval": [float(end) for end in self.law.interval(self.doubled)],
        }

    def _as_figure(self) -> Figure:
        return self.draw()

    def draw(self) -> Figure:
        """Test error against size, with intervals, the power law and twice the data."""
        from shoal.analysis.learning_curve_figure import draw

        return draw(self)


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
