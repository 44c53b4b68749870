"""A learning curve as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, PercentFormatter

from shoal.utils.figures import Figure

if TYPE_CHECKING:
    from shoal.analysis.learning_curve import LearningCurve

COLOR, FAINT = "#1f5a93", "#8a8a8a"


def draw(curve: LearningCurve) -> Figure:
    """Test error against size: trainings, means with 95 % intervals, the power law beyond."""
    figure = Figure(figsize=(7.0, 4.4), layout="constrained")
    axes = figure.add_subplot()
    sizes, means = curve.sizes, curve.means
    axes.plot(
        np.repeat(sizes, len(curve.seeds)), curve.errors.ravel(),
        ".", color=FAINT, markersize=4, label="one training",
    )  # fmt: skip
    low, high = curve.interval()
    known = np.isfinite(means)
    bars = np.nan_to_num(np.stack([means - low, high - means]))[:, known]
    axes.errorbar(
        sizes[known], means[known], yerr=bars,
        fmt="o", color=COLOR, markersize=5, capsize=3, label="mean over seeds, 95 % interval",
    )  # fmt: skip
    ticks = sizes.tolist()
    if curve.enough:
        _draw_law(axes, curve)
        ticks.append(curve.doubled)
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{size:,}" for size in ticks])
    axes.xaxis.set_minor_formatter(NullFormatter())
    if curve.error_name == "error rate":
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_ylim(bottom=0)
    axes.set_xlabel("training rows")
    axes.set_ylabel(f"{curve.error_name} on {curve.test_rows:,} test rows")
    axes.set_title(
        f"{curve.name}, interrupted" if curve.interrupted else curve.name, fontsize="medium"
    )
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(frameon=False, fontsize="small")
    return figure


def _draw_law(axes: Axes, curve: LearningCurve) -> None:
    law = curve.law
    n = np.geomspace(curve.sizes[0], curve.doubled, 200)
    axes.plot(n, law(n), color=COLOR, linewidth=1.2,
              label=str(law))  # fmt: skip
    axes.fill_between(n, *law.interval(n), color=COLOR, alpha=0.15, linewidth=0)
    axes.plot([curve.doubled], [law(curve.doubled)], "o", color=COLOR, markerfacecolor="white",
              label="twice the data")  # fmt: skip
