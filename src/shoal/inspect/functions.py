"""What networks of one or two columns compute, as a curve or a boundary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure

from shoal.data import Dataset
from shoal.errors import DataError, ModelError
from shoal.inspect.subject import INK, SOFT, color, new_figure, plain
from shoal.models.model import Model
from shoal.utils.has_figure import Drawn
from shoal.utils.text import short_repr, shortened


def as_dataset(model: Model, x: Any, y: Any) -> Dataset:
    """The data set itself, or one of inputs and, if they are known, targets."""
    if isinstance(x, Dataset):
        return x
    return Dataset.from_arrays(x, y, task=model.preprocessing.task)


def numbers(dataset: Dataset, columns: int, rule: str) -> np.ndarray:
    """The inputs as float64 of shape (n, columns).

    Raises:
        DataError: another number of columns, text, or missing values.
    """
    frame = dataset.x
    plain = np.asarray(frame)
    if plain.ndim != 2 or plain.shape[1] != columns or plain.dtype.kind not in "iufb":
        received = f"{plain.dtype} of shape {plain.shape}"
        raise DataError(rule, expected=f"numbers of shape (n, {columns})", received=received)
    found: np.ndarray = plain.astype(np.float64)
    if not np.isfinite(found).all():
        raise DataError(rule, expected="no missing values", received="missing values")
    return found


def table_of(dataset: Dataset, values: np.ndarray) -> Any:
    """Other values of shape (n, columns) in the form in which the data set has its inputs."""
    if dataset.column_names is None:
        return values
    import pandas as pd

    return pd.DataFrame(values, columns=pd.Index(dataset.column_names))


def names_of(dataset: Dataset) -> tuple[str, str]:
    """What two columns are called."""
    first, second = dataset.column_names or ("x₁", "x₂")
    return first, second


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


@dataclass(frozen=True, eq=False)
class FittedFunction(Drawn):
    """The function's values along a line, and the data.

    Attributes:
        x: where, in the units of the data: (n,).
        y: what the model says there, in the targets' units: (n,), or (n, targets).
        data_x: inputs of the data, (examples,).
        data_y: their targets, like ``y``; None if they are not known.
        column: what the input is called.
        target: what the target is called.
    """

    __repr__ = short_repr

    x: np.ndarray
    y: np.ndarray
    data_x: np.ndarray
    data_y: np.ndarray | None
    column: str
    target: str = "y"

    def figure(self) -> Figure:
        """The function as a curve, the data as points."""
        figure = new_figure(6.5, 4.2)
        axes = plain(figure.subplots())
        if self.data_y is not None:
            targets = self.data_y.reshape(len(self.data_x), -1)
            for number, column in enumerate(targets.T):
                shade = SOFT if targets.shape[1] == 1 else color(number)
                label = "data" if number == 0 else None
                axes.scatter(self.data_x, column, s=12, color=shade, alpha=0.5, label=label)
        for number, column in enumerate(self.y.reshape(len(self.x), -1).T):
            label = "network" if number == 0 else None
            axes.plot(self.x, column, color=color(number), linewidth=2, label=label)
        axes.set_xlabel(self.column)
        axes.set_ylabel(self.target)
        axes.legend(frameon=False)
        return figure


def fitted_function(
    model: Model, x: Any, y: Any = None, *, points: int = 400, margin: float = 0.1
) -> FittedFunction:
    """What a regression of one input says along the whole line.

    One hidden layer with enough units can come as near as one likes to any
    continuous function on an interval (universal approximation); beyond the data
    nothing holds it.

    Args:
        model: trained for regression on one column of numbers.
        x: data: a data set, or raw inputs of shape (n, 1).
        y: their targets, if they are known; not needed beside a data set.
        points: at how many places the function is computed.
        margin: how far the line reaches beyond the data, as a share of their span.

    Raises:
        ModelError: the model is not for that.
        DataError: data that do not fit.

    Source: Cybenko, "Approximation by superpositions of a sigmoidal function",
    Mathematics of Control, Signals and Systems 2 (1989); Hornik, "Approximation
    capabilities of multilayer feedforward networks", Neural Networks 4 (1991).
    """
    if model.task != "regression" or model.preprocessing.kind != "table":
        raise ModelError("a fitted function is that of a regression", received=model.task)
    dataset = as_dataset(model, x, y)
    known = numbers(dataset, 1, "a fitted function is drawn over one column of numbers")[:, 0]
    low, high = float(known.min()), float(known.max())
    more = margin * ((high - low) or 1.0)
    line = np.linspace(low - more, high + more, points)
    name = (dataset.column_names or ("x",))[0]
    values = model.predict(table_of(dataset, line[:, np.newaxis]))
    return FittedFunction(line, values, known, dataset.y, name, dataset.target or "y")
