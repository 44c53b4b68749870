"""Where a classifier of two columns changes its mind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure

from shoal.data import Dataset
from shoal.drawn import Drawn
from shoal.errors import ModelError
from shoal.inspect.canvas import INK, color, new_figure, plain
from shoal.inspect.raw_columns import as_dataset, names_of, numbers, table_of
from shoal.model import Model
from shoal.short_repr import short_repr
from shoal.wording import shortened

LONGEST_NAME = 24
"""Letters of a class's name in the legend, at most: the plot needs its room."""

ROWS = 20
"""Classes below each other in the legend, at most."""


@dataclass(frozen=True, eq=False)
class DecisionBoundary(Drawn):
    """What the model says of each point of a grid, and the data on it.

    Attributes:
        x1, x2: the grid's lines, in the units of the data: (n,) each.
        classes: the names of the classes.
        predicted: the class, as its place in ``classes``; row i has x2[i]: (n, n).
        probabilities: of each class, (n, n, classes); None if the model gives none.
        points: the data, (examples, 2).
        labels: their classes, as places in ``classes``; None if they are not known.
        columns: what the two columns are called.
    """

    __repr__ = short_repr

    x1: np.ndarray
    x2: np.ndarray
    classes: tuple[str, ...]
    predicted: np.ndarray
    probabilities: np.ndarray | None
    points: np.ndarray
    labels: np.ndarray | None
    columns: tuple[str, str]

    def figure(self) -> Figure:
        """The plane in the classes' colors, the paler the less certain, with the data."""
        names = [shortened(name, LONGEST_NAME) for name in self.classes]
        columns = -(-len(names) // ROWS)
        # The legend stands beside the plane, which keeps its size.
        beside = 0.0 if self.labels is None else 0.07 * columns * max(map(len, names))
        figure = new_figure(6.0 + beside, 5.2)
        axes = plain(figure.subplots())
        shades = np.array([to_rgb(color(number)) for number in range(len(self.classes))])
        if self.probabilities is None:
            colors = 0.65 + 0.35 * shades[self.predicted]
        else:
            certain = self.probabilities.max(axis=-1, keepdims=True)
            share = 0.1 + 0.5 * (certain - 1 / len(self.classes)) / (1 - 1 / len(self.classes))
            colors = 1 - share + share * shades[self.predicted]
        extent = (self.x1[0], self.x1[-1], self.x2[0], self.x2[-1])
        axes.imshow(colors, extent=extent, origin="lower", aspect="auto", interpolation="nearest")
        for number in range(len(self.classes)):
            lead = self._lead(number)
            if lead.min() < 0 < lead.max():
                axes.contour(self.x1, self.x2, lead, [0.0], colors=INK, linewidths=0.9)
        if self.labels is None:
            axes.scatter(self.points[:, 0], self.points[:, 1], s=14, color=INK)
        else:
            last = len(self.classes) - 0.5
            drawn = axes.scatter(
                self.points[:, 0], self.points[:, 1], c=self.labels, s=16, edgecolors="white",
                linewidths=0.5, cmap=ListedColormap(shades), vmin=-0.5, vmax=last,
            )  # fmt: skip
            handles = drawn.legend_elements(num=list(range(len(self.classes))))[0]
            figure.legend(handles, names, loc="outside right upper", frameon=False, ncols=columns)
        axes.set_xlabel(self.columns[0])
        axes.set_ylabel(self.columns[1])
        return figure

    def _lead(self, number: int) -> np.ndarray:
        """How far a class is before the best of the others: above 0 where it is predicted."""
        if self.probabilities is None:
            return np.where(self.predicted == number, 1.0, -1.0)
        others = np.delete(self.probabilities, number, axis=-1).max(axis=-1)
        lead: np.ndarray = self.probabilities[..., number] - others
        return lead


def decision_boundary(
    model: Model, x: Any, y: Any = None, *, resolution: int = 200, margin: float = 0.1
) -> DecisionBoundary:
    """What a classifier of two columns says of every point around the data.

    Args:
        model: trained for classification of two columns of numbers.
        x: data: a data set, or raw inputs of shape (n, 2).
        y: their classes, if they are known; not needed beside a data set.
        resolution: points of the grid in each direction.
        margin: how far the grid reaches beyond the data, as a share of their span.

    Raises:
        ModelError: the model is not for that.
        DataError: data that do not fit.
    """
    if model.task != "classification" or model.preprocessing.kind != "table":
        raise ModelError(
            "a decision boundary is that of a classifier of two columns", received=model.task
        )
    dataset = as_dataset(model, x, y)
    points = numbers(dataset, 2, "a decision boundary is drawn over two columns of numbers")
    x1, x2 = (_line(column, resolution, margin) for column in points.T)
    plane = np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)
    table = table_of(dataset, plane)
    known = model.preprocessing.classes
    place = {value: i for i, value in enumerate(model.classes.tolist())}
    predicted = np.array([place[value] for value in model.predict(table).tolist()])
    grid = (resolution, resolution)
    return DecisionBoundary(
        x1, x2, known, predicted.reshape(grid), _probabilities(model, table, grid),
        points, _labels(model, dataset), names_of(dataset),
    )  # fmt: skip


def _line(column: np.ndarray, resolution: int, margin: float) -> np.ndarray:
    low, high = float(column.min()), float(column.max())
    more = margin * ((high - low) or 1.0)
    line: np.ndarray = np.linspace(low - more, high + more, resolution)
    return line


def _probabilities(model: Model, table: Any, grid: tuple[int, int]) -> np.ndarray | None:
    try:
        return model.predict_proba(table).reshape(*grid, -1)
    except ModelError:  # a hinge or a perceptron gives scores, no probabilities
        return None


def _labels(model: Model, dataset: Dataset) -> np.ndarray | None:
    return None if dataset.y is None else model.preprocessing.transform_targets(dataset)
