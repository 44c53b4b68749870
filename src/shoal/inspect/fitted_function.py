"""A network of one input as what it is: a function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from shoal.drawn import Drawn
from shoal.errors import ModelError
from shoal.inspect.canvas import SOFT, color, new_figure, plain
from shoal.inspect.raw_columns import as_dataset, numbers, table_of
from shoal.model import Model
from shoal.short_repr import short_repr


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
