"""What every lesson does first and last: read its two options, and save its figures."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from shoal.data import Dataset
from shoal.tuning import Progress

COLORS = ("#0b7285", "#c2410c", "#7a5195", "#2f7d4f", "#b8923f", "#46566b", "#a63d57", "#6aa3ad")
SOFT = "#8a979e"

SECONDS_A_LINE = 5.0
"""Pause between two lines of progress."""


@dataclass(frozen=True)
class Page:
    """How a lesson is run.

    Attributes:
        quick: whether small settings are enough: everything runs, in seconds, but
            the figures show less.
        out: the folder for the figures.
    """

    quick: bool
    out: Path

    @classmethod
    def open(cls, text: str | None) -> Page:
        """Read ``--quick`` and ``--out`` from the command line."""
        parser = argparse.ArgumentParser(
            description=text, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        parser.add_argument("--quick", action="store_true", help="small settings, some seconds")
        parser.add_argument("--out", type=Path, default=Path("out/lessons"), metavar="FOLDER")
        given = parser.parse_args()
        given.out.mkdir(parents=True, exist_ok=True)
        return cls(given.quick, given.out)

    def pick(self, full: Any, quick: Any) -> Any:
        """A setting: the full one, or the quick one."""
        return quick if self.quick else full

    def save(self, figure: Figure, name: str) -> None:
        """Write a figure, and say where it is."""
        path = self.out / f"{name}.png"
        figure.savefig(path, dpi=110)
        print(f"figure: {path}")


def progress() -> Callable[[Progress], None]:
    """What to hand to shoal as ``callbacks``: it says now and then how far the training is."""
    last, phase = 0.0, ""

    def tell(now: Progress) -> None:
        nonlocal last, phase
        moment = time.monotonic()
        if now.phase in ("preparing", "done"):
            return
        if now.phase != phase or moment - last > SECONDS_A_LINE:
            last, phase = moment, now.phase
            left = f", about {now.remaining:.0f} s left" if now.remaining else ""
            far = f": {now.epochs} epochs by {now.asked} networks{left}" if now.epochs else " …"
            print(f"  {phase}{far}", file=sys.stderr, flush=True)

    return tell


def every(data: Dataset, step: int) -> Dataset:
    """Each step-th example of a data set, the same share of every class."""
    if step == 1:
        return data
    return Dataset.from_arrays(data.x[::step], data.y[::step], name=f"{data.name}, a part")


def panels(rows: int, columns: int, *, width: float = 3.6, height: float = 3.2) -> tuple[Any, Any]:
    """A figure and its axes, an array of shape (rows, columns); sizes are of one of them."""
    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.ravel():
        axes.spines[["top", "right"]].set_visible(False)
    return figure, grid


def band(axes: Axes, curves: np.ndarray, color: str, label: str | None, **style: Any) -> None:
    """The mean over seeds by epoch, and around it all that the seeds did; (seeds, epochs)."""
    curves = curves[:, np.isfinite(curves).any(axis=0)]
    epochs = np.arange(1, curves.shape[1] + 1)
    axes.plot(epochs, np.nanmean(curves, axis=0), color=color, label=label, **style)
    low, high = np.nanmin(curves, axis=0), np.nanmax(curves, axis=0)
    axes.fill_between(epochs, low, high, color=color, alpha=0.15, linewidth=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
