"""Ensembles of the trials that a search has kept, scored beside the winner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from shoal.data import Examples, Prepared
from shoal.engine import Lanes
from shoal.engine.predictor import Predictor, predictor_for
from shoal.models.ensemble import Ensemble, score_answers, weighted_mean
from shoal.models.ensemble_selection import greedy
from shoal.models.model import Model
from shoal.space import Space
from shoal.tuning.recording import TrialRecorder
from shoal.tuning.winner import model_of
from shoal.utils.limits import most_bytes


def ensembles_of(
    ledger: TrialRecorder, lanes: Lanes, space: Space, prepared: Prepared, *, test: bool = True
) -> dict[str, dict[str, Any]]:
    """The kept trials alike, and those that are best together, as plain data.

    Who is a member, and how much it counts, is decided on the validation rows alone;
    each ensemble is then scored once on the test split, where ``test`` says so.

    Returns:
        ``"best"`` and, unless rows are in folds, which leave none to choose on,
        ``"greedy"``: members with their shares, and metrics on each split. Nothing
        where fewer than two trials have ended, where networks give no
        probabilities that could be averaged, or where what they say of many large masks
        would outgrow the memory.
    """
    models = [
        model_of(ledger, lanes, space, prepared, record.id, {"trial": record.id})
        for record in ledger.ranking()
    ]
    if len(models) < 2:
        return {}
    predictors = [predictor_for(m.network, m.recipe, prepared.task) for m in models]
    if not (prepared.task == "regression" or all(one.probabilities for one in predictors)):
        return {}
    told = prod(
        (len(models), len(prepared.validation) + len(prepared.test), *each_answer(prepared))
    )
    if 4.0 * told > most_bytes():
        return {}
    each = [(one, model.params) for one, model in zip(predictors, models, strict=True)]
    Predictor.compile_all(each, prepared.train.x, prepared.train.y, lanes.log)
    # Each model answers once, however many ensembles it is in.
    answered = {
        name: _Answered(part, [model.answers(part.x) for model in models])
        for name, part in (("validation", prepared.validation), ("test", prepared.test))
        if len(part) and (test or name != "test")
    }
    found = {"best": Ensemble.of(models)}
    if "validation" in answered:
        part, answers = answered["validation"]
        found["greedy"] = greedy(models, part, lanes.objective, answers)
    return {name: _told(ensemble, models, answered) for name, ensemble in found.items()}


def each_answer(prepared: Prepared) -> tuple[int, ...]:
    """The shape of what a network says of one example."""
    masks = prepared.task == "segmentation"
    return (*(prepared.train.y.shape[1:] if masks else ()), prepared.outputs)


class _Answered(NamedTuple):
    """Examples, and the answers of all models to them."""

    part: Examples
    answers: list[np.ndarray]


def _told(
    ensemble: Ensemble, models: Sequence[Model], answered: Mapping[str, _Answered]
) -> dict[str, Any]:
    """Members and metrics by split of an ensemble of some of the models."""
    members = zip(ensemble.models, ensemble.shares, strict=True)
    told: dict[str, Any] = {
        "members": [{"trial": model.info["trial"], "share": share} for model, share in members]
    }
    places = [models.index(model) for model in ensemble.models]
    for name, (part, answers) in answered.items():
        mean = weighted_mean(ensemble.shares, (answers[place] for place in places))
        told[name] = score_answers(ensemble.preprocessing, mean, part.y, part.weight)
    return told
