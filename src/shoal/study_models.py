"""Models of a study's file: its family, trials' networks with their weights, ensembles."""

from __future__ import annotations

from typing import Any

import numpy as np

from shoal.data import Dataset, Examples, Preprocessing, Split
from shoal.engine import Objective, Recipe, recipe_from_json
from shoal.errors import StudyError
from shoal.models.card import versions
from shoal.models.ensemble import Ensemble
from shoal.models.ensemble_selection import greedy
from shoal.models.model import Model
from shoal.models.parameters import params_of
from shoal.nn import Network, network_from_json
from shoal.space import Point, Space
from shoal.store import StudyFile, StudyHeader, ranked

_KNOWN = ("validation", "out_of_fold", "test", "of", "schedule")
"""What is known of a model or an ensemble beside where it comes from."""

_OF_DATA = ("digest", "target", "task", "rows", "class_rows", "notes")
"""What a model remembers of what a study tells of its data, for the model card."""


def family_of(header: StudyHeader) -> tuple[Network, Recipe]:
    """The family and the recipe of a study, with their ranges."""
    return network_from_json(header.network), recipe_from_json(header.recipe)


def bound_family(header: StudyHeader, point: Point) -> tuple[Network, Recipe]:
    """A study's network and recipe at a point."""
    network, recipe = family_of(header)
    space = Space(network, recipe)
    return space.bind(network, point), space.bind(recipe, point)


def stored_model(file: StudyFile, trial: int, info: dict[str, Any] | None = None) -> Model:
    """A trial's network with its best weights.

    Args:
        file: the study's.
        trial: its number.
        info: where it comes from, if that is known better.

    Raises:
        StudyError: no such trial, or its weights were not kept, or are of another network.
    """
    record = file.trial(trial)
    tensors = file.weights(trial)
    if tensors is None:
        raise StudyError(
            "weights are kept of the best trials only",
            where=str(file.path),
            received=f"trial {trial}",
        )
    network, recipe = bound_family(file.header, record.point)
    preprocessing = Preprocessing.from_json(file.header.preprocessing)
    if info is None:
        info = {"trial": trial, "validation": record.metrics}
    network = network.with_input(preprocessing.input_shape)
    params = params_of(network, tensors, f"{file.path}, trial {trial}", StudyError)
    return Model(network, recipe, params, preprocessing, info)


def stored_models(file: StudyFile, k: int | None = None) -> list[Model]:
    """The k best of the trials whose weights are kept, or all, the best first.

    Raises:
        StudyError: there are not so many.
    """
    kept = [
        t.id
        for t in ranked(t for t in file.trials() if t.role == "search")
        if file.weights(t.id) is not None
    ]
    if k is not None and not 1 <= k <= len(kept):
        raise StudyError(
            "an ensemble is of trials whose weights are kept",
            expected=f"1 to {len(kept)}" if kept else "a trial that has ended",
            received=k,
            where=str(file.path),
            hint="keep= of the search says how many are.",
        )
    return [stored_model(file, number) for number in kept[:k]]


def greedy_of(file: StudyFile, data: Dataset) -> Ensemble:
    """The kept trials as they are best together on the validation rows of the data.

    Raises:
        StudyError: there is no trial, or rows are in folds.
    """
    rows = Split.from_bytes(file.header.split).validation
    if not len(rows):
        raise StudyError(
            "a greedy ensemble is chosen on a validation split",
            received="folds",
            where=str(file.path),
        )
    models = stored_models(file)
    if not models:
        raise StudyError("an ensemble is of trials that have ended", where=str(file.path))
    part, fitted = data.rows(rows), models[0].preprocessing
    weight = None if part.weight is None else part.weight.astype(np.float32)
    examples = Examples(fitted.compact(part), fitted.transform_targets(part), weight)
    return greedy(models, examples, Objective.of(fitted.task, file.header.objective["metric"]))


def stored_ensemble(file: StudyFile) -> Ensemble:
    """The ensemble that the search has chosen and scored.

    Raises:
        StudyError: the search has made none.
    """
    ensembles = file.result("ensembles") or {}
    told = ensembles.get("folds") or ensembles.get("greedy") or ensembles.get("best")
    if told is None:
        raise StudyError(
            "a search that has ended makes an ensemble of two or more trials, "
            "if they give probabilities or values",
            where=str(file.path),
        )
    models = tuple(stored_model(file, member["trial"]) for member in told["members"])
    shares = tuple(member["share"] for member in told["members"])
    return Ensemble(models, shares, origin(file, told))


def origin(file: StudyFile, told: dict[str, Any]) -> dict[str, Any]:
    """Where a model or an ensemble comes from: data set, seed, and what is known of its metrics."""
    dataset = file.header.dataset
    return {
        "dataset": dataset.get("name"),
        "seed": file.header.seed,
        **({"unseen": unseen} if (unseen := dataset.get("unseen")) else {}),
        **{name: told[name] for name in _KNOWN if told.get(name)},
        "data": {
            **{name: dataset[name] for name in _OF_DATA if dataset.get(name)},
            **({"weighted": True} if dataset.get("weight") is not None else {}),
        },
        "search": _search(file),
        "versions": versions(),
    }


def _search(file: StudyFile) -> dict[str, Any]:
    """What the search was: its trials by state, who proposed them, by what, and the seconds."""
    header, seconds = file.header, (file.result("cost") or {}).get("seconds")
    return {
        "trials": {state: count for state, count in file.counts("search").items() if count},
        "sampler": header.plan.get("sampler", {}).get("kind"),
        "metric": header.objective["metric"],
        **({"seconds": seconds} if seconds else {}),
    }
