"""What a model says of each example, as columns of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shoal.errors import ModelError

if TYPE_CHECKING:
    from shoal.data import Dataset
    from shoal.ensemble import Ensemble
    from shoal.model import Model


def prediction_columns(
    model: Model | Ensemble, dataset: Dataset | list[str]
) -> tuple[list[str], list[list[Any]]]:
    """Headings and columns."""
    names = model.preprocessing.classes  # as they were written
    if model.task == "classification":
        try:
            shares = model.predict_proba(dataset)
        except ModelError:  # trained to give no probabilities
            place = {value: i for i, value in enumerate(model.classes.tolist())}
            found = [names[place[value]] for value in model.predict(dataset).tolist()]
            return ["prediction"], [found]
        best = [names[i] for i in shares.argmax(axis=1)]
        return ["prediction", *(f"p_{name}" for name in names)], [best, *shares.T.tolist()]
    values = model.predict(dataset)
    if model.task == "multi-label":
        return list(names), list(values.T.tolist())
    if values.ndim == 1:
        return ["prediction"], [values.tolist()]
    return [f"prediction_{i + 1}" for i in range(values.shape[1])], list(values.T.tolist())
