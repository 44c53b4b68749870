"""Ensembles of the trials that a search has kept, scored beside the winner."""

from __future__ import annotations

from typing import Any

from shoal.data import Prepared
from shoal.ensemble import Ensemble
from shoal.ensemble_selection import greedy
from shoal.space import Space
from shoal.training import Lanes
from shoal.training.predictor import predictor_for
from shoal.wiring.ledger import Ledger
from shoal.wiring.winner import model_of


def ensembles_of(
    ledger: Ledger, lanes: Lanes, space: Space, prepared: Prepared
) -> dict[str, dict[str, Any]]:
    """The kept trials alike, and those that are best together, as plain data.

    Who is a member, and how much it counts, is decided on the validation rows alone;
    each ensemble is then scored once on the test split.

    Returns:
        ``"best"`` and, unless rows are in folds, which leave none to choose on,
        ``"greedy"``: members with their shares, and metrics on each split. Nothing
        where fewer than two trials have ended, or where networks give no
        probabilities that could be averaged.
    """
    models = [
        model_of(ledger, lanes, space, prepared, record.id, {"trial": record.id})
        for record in ledger.ranking()
    ]
    if len(models) < 2:
        return {}
    for model in models:
        predictor = predictor_for(model.network, model.recipe, prepared.task)
        if not (prepared.task == "regression" or predictor.probabilities):
            return {}
        predictor.compile(model.params, prepared.train.x, prepared.train.y, lanes.log)
    found = {"best": Ensemble.of(models)}
    if len(prepared.validation):
        found["greedy"] = greedy(models, prepared.validation, lanes.objective)
    return {name: _told(ensemble, prepared) for name, ensemble in found.items()}


def _told(ensemble: Ensemble, prepared: Prepared) -> dict[str, Any]:
    members = zip(ensemble.models, ensemble.shares, strict=True)
    told: dict[str, Any] = {
        "members": [{"trial": model.info["trial"], "share": share} for model, share in members]
    }
    for name, part in (("validation", prepared.validation), ("test", prepared.test)):
        if len(part):
            told[name] = ensemble.score(part.x, part.y, part.weight)
    return told
