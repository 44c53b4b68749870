"""Ensembles of a study's trials: the best alike, and those that are best together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.data import Dataset, Examples
from shoal.engine import Objective
from shoal.errors import StudyError
from shoal.models.card import versions
from shoal.models.ensemble import Ensemble
from shoal.models.ensemble_selection import greedy
from shoal.models.model import Model

if TYPE_CHECKING:
    from shoal.study import Study


_KNOWN = ("validation", "out_of_fold", "test", "of", "schedule")
"""What is known of a model or an ensemble beside where it comes from."""

_OF_DATA = ("digest", "target", "task", "rows", "class_rows", "notes")
"""What a model remembers of what a study tells of its data, for the model card."""


def stored_models(study: Study, k: int | None = None) -> list[Model]:
    """The k best of the trials whose weights are kept, or all, the best first.

    Raises:
        StudyError: there are not so many.
    """
    ended = [t for t in study.trials if t.objective is not None]
    ended.sort(key=lambda t: (t.objective, t.metrics.get("loss", float("inf")), t.id))
    kept = [t.id for t in ended if study.file.weights(t.id) is not None]
    if k is not None and not 1 <= k <= len(kept):
        raise StudyError(
            "an ensemble is of trials whose weights are kept",
            expected=f"1 to {len(kept)}" if kept else "a trial that has ended",
            received=k,
            where=str(study.path),
            hint="keep= of the search says how many are.",
        )
    return [study.model(number) for number in kept[:k]]


def greedy_of(study: Study, data: Dataset) -> Ensemble:
    """The kept trials as they are best together on the validation rows of the data.

    Raises:
        StudyError: there is no trial, or rows are in folds.
    """
    rows = study.split().validation
    if not len(rows):
        raise StudyError(
            "a greedy ensemble is chosen on a validation split",
            received="folds",
            where=str(study.path),
        )
    models = stored_models(study)
    if not models:
        raise StudyError("an ensemble is of trials that have ended", where=str(study.path))
    part, fitted = data.rows(rows), models[0].preprocessing
    weight = None if part.weight is None else part.weight.astype(np.float32)
    examples = Examples(fitted.compact(part), fitted.transform_targets(part), weight)
    return greedy(models, examples, Objective.of(fitted.task, study.header.objective["metric"]))


def stored_ensemble(study: Study) -> Ensemble:
    """The ensemble that the search has chosen and scored.

    Raises:
        StudyError: the search has made none.
    """
    found = study.ensembles
    told = found.get("folds") or found.get("greedy") or found.get("best")
    if told is None:
        raise StudyError(
            "a search that has ended makes an ensemble of two or more trials, "
            "if they give probabilities or values",
            where=str(study.path),
        )
    models = tuple(study.model(member["trial"]) for member in told["members"])
    shares = tuple(member["share"] for member in told["members"])
    return Ensemble(models, shares, origin(study, told))


def origin(study: Study, told: dict[str, Any]) -> dict[str, Any]:
    """Where a model or an ensemble comes from: data set, seed, and what is known of its metrics."""
    dataset = study.header.dataset
    return {
        "dataset": dataset.get("name"),
        "seed": study.header.seed,
        **({"unseen": unseen} if (unseen := dataset.get("unseen")) else {}),
        **{name: told[name] for name in _KNOWN if told.get(name)},
        "data": {
            **{name: dataset[name] for name in _OF_DATA if dataset.get(name)},
            **({"weighted": True} if dataset.get("weight") is not None else {}),
        },
        "search": _search(study),
        "versions": versions(),
    }


def _search(study: Study) -> dict[str, Any]:
    """What the search was: its trials by state, who proposed them, by what, and the seconds."""
    header, seconds = study.header, study.cost.get("seconds")
    return {
        "trials": {state: count for state, count in study.counts().items() if count},
        "sampler": header.plan.get("sampler", {}).get("kind"),
        "metric": header.objective["metric"],
        **({"seconds": seconds} if seconds else {}),
    }
