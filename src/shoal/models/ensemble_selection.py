"""Ensemble selection: which of some trained networks are best together.

Source: Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble selection from
libraries of models", ICML (2004): forward selection with replacement (section 2.1)
from sorted initialization (2.2). Beyond them, ties of the objective are decided by the log loss;
an accuracy has many ties.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from shoal.data import Examples, Preprocessing
from shoal.engine import Objective
from shoal.metrics import MEASURES, Measure, measure_of
from shoal.models.ensemble import Ensemble, score_answers
from shoal.models.model import Model

FIRST = 3
"""Best models that are in every ensemble: from none, the one that fits the validation
rows best by luck would often stay alone."""

ROUNDS = 20
"""Models that a greedy ensemble adds, at most, each as often as it helps."""

PATIENCE = 5
"""Rounds without improvement after which no more are added."""

_LOG_LOSS = "log_loss"


def greedy(
    models: Sequence[Model],
    part: Examples,
    objective: Objective,
    answers: Sequence[np.ndarray] | None = None,
) -> Ensemble:
    """The ensemble that is best on some examples, put together model by model.

    From the best few, the model is added again and again whose addition makes the mean
    best, the same one more than once if that helps; of all the ensembles on the way
    the best is taken. It is never worse there than the best few alike.

    Args:
        models: to choose from, the best first, of one way of preprocessing.
        part: prepared; neither trained on nor used for the last judgement.
        objective: what is best; for the loss, which a mean of networks has not, the
            task's usual one.
        answers: of each model to these examples, where they are known already.

    Raises:
        ModelError: there is no model, or one that gives no probabilities.
    """
    everyone = Ensemble.of(models)
    if answers is None:
        answers = [model.answers(part.x) for model in models]
    shares = ensemble_weights(answers, Pricing(everyone.preprocessing, part, objective))
    return Ensemble(tuple(models[i] for i in shares), tuple(shares.values()))


class Pricing:
    """What answers to some examples are worth: the objective, then the log loss; less is better.

    Args:
        preprocessing: that of the networks.
        part: the examples, prepared.
        objective: what is best; for the loss the task's usual one.
    """

    def __init__(self, preprocessing: Preprocessing, part: Examples, objective: Objective) -> None:
        if objective.metric == "loss":
            objective = Objective.of(preprocessing.task)
        self.preprocessing, self.part, self.objective = preprocessing, part, objective
        self._wanted = _measures(preprocessing.task, objective)

    def __call__(self, answers: np.ndarray) -> tuple[float, float]:
        """The price of answers as `Model.answers` gives them."""
        part = self.part
        found = score_answers(self.preprocessing, answers, part.y, part.weight, self._wanted)
        return self.objective.value(found), found.get(_LOG_LOSS, 0.0)


def ensemble_weights(answers: Sequence[np.ndarray], price: Pricing) -> dict[int, float]:
    """How much each of some answers counts in the mean that is best; see `greedy`.

    Args:
        answers: to the same examples, the best first.
        price: of a mean of them.

    Returns:
        by place; places that do not count are left out.
    """
    chosen = list(range(min(FIRST, len(answers))))
    total = np.sum([answers[i] for i in chosen], axis=0)
    found = [(price(total / len(chosen)), len(chosen))]
    for _ in range(ROUNDS):
        prices = [price((total + answer) / (len(chosen) + 1)) for answer in answers]
        best = min(range(len(answers)), key=prices.__getitem__)
        chosen.append(best)
        total = total + answers[best]
        found.append((prices[best], len(chosen)))
        if len(chosen) - min(found)[1] >= PATIENCE:
            break
    counts = Counter(chosen[: min(found)[1]])
    return {i: counts[i] / counts.total() for i in sorted(counts)}


def _measures(task: str, objective: Objective) -> list[Measure]:
    """What is measured: the objective, and what decides ties."""
    wanted = [measure_of(task, objective.metric)]
    known = [m for m in MEASURES[task] if m.name == _LOG_LOSS and m.name != wanted[0].name]
    return wanted + known
