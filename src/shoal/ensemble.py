"""Ensembles: trained networks whose answers are averaged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shoal.data import Dataset
from shoal.errors import ModelError
from shoal.model import Model
from shoal.training.metrics import Scale, Scored, final_measures, metric_sums

ROUNDS = 20
"""Models that a greedy ensemble adds, at most, each as often as it helps."""

TINY = 1e-30
"""Below it a probability is taken for this, so that it has a logarithm."""


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Several models of one task: the weighted mean of their probabilities or values.

    Args:
        models: trained on one data set, in one way of preprocessing.
        shares: how much each counts, in sum 1.

    Source: Hansen and Salamon, "Neural network ensembles", IEEE TPAMI 12 (1990).
    """

    models: tuple[Model, ...]
    shares: tuple[float, ...]

    @classmethod
    def of(cls, models: Sequence[Model]) -> Ensemble:
        """All models alike.

        Raises:
            ModelError: there is none.
        """
        if not models:
            raise ModelError("an ensemble has a model", received="none")
        return cls(tuple(models), (1 / len(models),) * len(models))

    @property
    def task(self) -> str:
        """What is predicted."""
        return self.models[0].task

    def predict_proba(self, x: Any) -> np.ndarray:
        """The mean of the models' probabilities; see `Model.predict_proba`."""
        return self._mean([model.predict_proba(x) for model in self.models])

    def predict(self, x: Any) -> np.ndarray:
        """Class, mask or value of each example; see `Model.predict`."""
        if self.task == "regression":
            return self._mean([model.predict(x) for model in self.models])
        best = self.predict_proba(x).argmax(axis=-1)
        if self.task == "segmentation":
            return np.asarray(best, np.int32)
        named: np.ndarray = self.models[0].classes[best]
        return named

    def evaluate(self, dataset: Dataset) -> dict[str, float]:
        """The metrics of the task over a data set with targets; the training loss is none."""
        return _metrics(self.models[0], dataset, self._answers(dataset))

    def _answers(self, dataset: Dataset) -> np.ndarray:
        return self._mean([_answer(model, dataset) for model in self.models])

    def _mean(self, values: Sequence[np.ndarray]) -> np.ndarray:
        pairs = zip(self.shares, values, strict=True)
        return np.asarray(sum(share * value for share, value in pairs))


def greedy(
    models: Sequence[Model], dataset: Dataset, price: Callable[[dict[str, float]], float]
) -> Ensemble:
    """The ensemble that is best on a data set, put together model by model.

    From nothing, the model is added again and again whose addition makes the mean
    best, the same one more than once if that helps; of all the ensembles on the way
    the best is taken. It is never worse there than the best of the models.

    Args:
        models: to choose from.
        dataset: neither trained on nor used for the last judgement.
        price: of metrics; less is better.

    Source: Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble selection from
    libraries of models", ICML (2004), section 2: with replacement.
    """
    answers = [_answer(model, dataset) for model in models]
    chosen: list[int] = []
    found: list[tuple[float, int]] = []
    total = np.zeros_like(answers[0])
    for _ in range(ROUNDS):
        means = [(total + answer) / (len(chosen) + 1) for answer in answers]
        prices = [price(_metrics(models[0], dataset, mean)) for mean in means]
        best = int(np.argmin(prices))
        chosen.append(best)
        total = total + answers[best]
        found.append((prices[best], len(chosen)))
    counts = Counter(chosen[: min(found)[1]])
    members = sorted(counts)
    return Ensemble(
        tuple(models[i] for i in members), tuple(counts[i] / counts.total() for i in members)
    )


def _answer(model: Model, dataset: Dataset) -> np.ndarray:
    """Probabilities of classes, or standardized values."""
    if model.task == "regression":
        found = model.predict(dataset).reshape(len(dataset), -1)
        scale = model.preprocessing.target_scale
        return np.asarray((found - model.preprocessing.invert_targets(0 * found)) / scale)
    return model.predict_proba(dataset)


def _metrics(model: Model, dataset: Dataset, answers: np.ndarray) -> dict[str, float]:
    task, preprocessing = model.task, model.preprocessing
    y = preprocessing.transform_targets(dataset)
    measures = [m for m in final_measures(task, preprocessing.outputs, True) if m.name != "loss"]
    outputs = answers if task == "regression" else np.log(np.maximum(answers, TINY))
    weight = np.ones(len(y)) if dataset.weight is None else dataset.weight.astype(np.float64)
    nothing = np.zeros(len(y))
    batch = Scored(outputs.astype(np.float64), y, nothing, weight, nothing + 1.0)
    scale = Scale.of(task, measures, y, preprocessing.target_scale, weight)
    return scale.metrics(metric_sums(measures, batch))
