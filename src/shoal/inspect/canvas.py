"""What all figures have in common: size, colors, small grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from shoal.figures import Figure

INK = "#14252d"
SOFT = "#506069"
LINE = "#dfe4e2"
COLORS = ("#0b7285", "#c2410c", "#7a5195", "#2f7d4f", "#b8923f", "#46566b", "#a63d57", "#6aa3ad")
"""One for each curve or class, in turn."""

AMOUNT = LinearSegmentedColormap.from_list("amount", ["#ffffff", "#8ec3cb", "#0b7285", "#08303a"])
SIGNED = LinearSegmentedColormap.from_list("signed", ["#0b5a85", "#ffffff", "#c2410c"])
"""White is zero."""


def color(number: int) -> str:
    """The color of the curve or class of this number."""
    return COLORS[number % len(COLORS)]


def new_figure(width: float, height: float) -> Figure:
    """A figure of this size in inches, bound to no window."""
    return Figure(figsize=(width, height), dpi=120, layout="constrained", facecolor="white")


def plain(axes: Axes) -> Axes:
    """Axes without a box around them."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(SOFT)
    axes.tick_params(colors=SOFT, labelsize=9)
    return axes


def picture(axes: Axes, values: np.ndarray, limits: tuple[float, float], colors: Any) -> Any:
    """A matrix as a picture, or three channels as its colors; no ticks."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_color(LINE)
    return axes.imshow(values, cmap=colors, vmin=limits[0], vmax=limits[1], interpolation="nearest")


def ridges(
    axes: Axes, names: Sequence[str], edges: Sequence[np.ndarray], counts: Sequence[np.ndarray]
) -> None:
    """Histograms one below the other, each as high as its row, the first on top."""
    for row, (bounds, many) in enumerate(zip(edges, counts, strict=True)):
        ground = len(names) - 1 - row
        height = 0.85 * many / max(many.max(), 1)
        axes.stairs(ground + height, bounds, baseline=ground, fill=True, color=color(0), alpha=0.75)
        axes.axhline(ground, color=LINE, linewidth=0.8, zorder=0)
    axes.set_yticks([len(names) - 0.7 - row for row in range(len(names))], names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.1, len(names))
    plain(axes).spines["left"].set_visible(False)
