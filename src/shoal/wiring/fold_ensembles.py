"""The ensemble of the best trials' networks, each trained again on all folds but one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from shoal.data import Examples, Prepared
from shoal.data.compact_inputs import part_of
from shoal.ensemble import score_answers, weighted_mean
from shoal.ensemble_selection import Pricing, shares_together
from shoal.model import Model
from shoal.space import Space
from shoal.store import TrialRecord
from shoal.training import Lanes, Objective
from shoal.training.predictor import Predictor, predictor_for
from shoal.usual import ENSEMBLE_SIZE
from shoal.wiring.ledger import Ledger
from shoal.wiring.run import Run
from shoal.wiring.winner import fresh_seeds, model_of, on_folds

ENSEMBLE = "folds"
"""The name of this ensemble among those of a study."""


@dataclass(frozen=True)
class FoldEnsemble:
    """What the ensemble of a search is to be made of.

    Attributes:
        folds: of the training and validation rows; 0: none is made.
        size: best trials whose networks are trained on them, at most.
        seeds: networks of each trial on each fold.
    """

    folds: int = 0
    size: int = ENSEMBLE_SIZE
    seeds: int = 1

    @property
    def networks(self) -> int:
        """Networks of one trial."""
        return self.folds * self.seeds

    def to_json(self) -> dict[str, int]:
        """As plain data."""
        return asdict(self)


def affordable(run: Run, asked: FoldEnsemble) -> int:
    """How many trials can have their networks trained on folds in the time that is left."""
    return run.limit.fitting(asked.size, asked.networks * run.usual_epochs())


def begin_on_folds(run: Run, asked: FoldEnsemble, trials: Sequence[TrialRecord]) -> None:
    """Let the networks of these trials wait for lanes, a seed and a fold each.

    They are entered all at once. Where that was done before a break, they are there already.

    Source: Parmanto, Munro and Doyle, "Improving committee diagnosis with resampling
    techniques", NIPS 8 (1996), on cross-validation committees.
    """
    if run.ledger.of_role("fold"):
        return
    seeds = fresh_seeds(run.seed, asked.networks)
    each = [(trial, i) for trial in trials for i in range(asked.networks)]
    run.submit(
        [(trial.point, seeds[i]) for trial, i in each], "fold",
        [trial.id for trial, _ in each], [i % asked.folds for _, i in each],
    )  # fmt: skip


class _Candidate(NamedTuple):
    """A trial's networks on folds, and what they say of the rows that each has not seen."""

    trial: int
    models: list[Model]
    answers: np.ndarray


def fold_ensemble_of(
    ledger: Ledger,
    lanes: Lanes,
    space: Space,
    prepared: Prepared,
    asked: FoldEnsemble,
    *,
    test: bool = True,
) -> dict[str, Any]:
    """The ensemble as plain data; empty where no trial has its networks on all folds.

    Each training and validation row is predicted by the networks that have not seen it. By
    these predictions alone it is chosen how much each trial counts, all its networks alike.
    Where one trial by itself is better on them than the mix, it is taken alone. Then the
    ensemble is scored once on the test split, where ``test`` says so. What is told of the
    validation rows is such a prediction, too.

    Args:
        ledger: the search's records.
        lanes: where its trials were trained.
        space: the search space.
        prepared: the data.
        asked: what the ensemble is made of.
        test: whether the test split is scored.
    """
    candidates = _candidates(ledger, lanes, space, prepared, asked)
    if not candidates:
        return {}
    both = prepared.both
    assert both is not None
    price = Pricing(prepared.preprocessing, both, lanes.objective)
    candidates.sort(key=lambda one: (*price(one.answers), one.trial))
    answers = [one.answers for one in candidates]
    shares = shares_together(answers, price)
    mean = weighted_mean([*shares.values()], (answers[i] for i in shares))
    if price(answers[0]) < price(mean):
        shares, mean = {0: 1.0}, answers[0]
    members = [
        (model, share / asked.networks)
        for i, share in shares.items()
        for model in candidates[i].models
    ]
    told: dict[str, Any] = {
        "members": [{"trial": model.info["trial"], "share": share} for model, share in members],
        "of": {"configurations": len(shares), "folds": asked.folds, "seeds": asked.seeds},
        "validation": _scored(prepared, prepared.validation, mean[len(prepared.train) :]),
        "out_of_fold": _scored(prepared, both, mean),
    }
    if test and len(prepared.test):
        weights = [share for _, share in members]
        together = weighted_mean(weights, (m.answers(prepared.test.x) for m, _ in members))
        told["test"] = _scored(prepared, prepared.test, together)
    return told


def not_worse(
    found: Mapping[str, Any], winner: Mapping[str, Any], objective: Objective, task: str
) -> bool:
    """Whether the ensemble is not worse than the winner alone on the validation rows."""
    if objective.metric not in found["validation"]:
        objective = Objective.of(task)
    one, other = (objective.value(told["validation"]) for told in (found, winner))
    return one <= other


def _candidates(
    ledger: Ledger, lanes: Lanes, space: Space, prepared: Prepared, asked: FoldEnsemble
) -> list[_Candidate]:
    """The trials that have their networks on all folds, if these give what can be averaged."""
    both, folds = prepared.both, prepared.split.ensemble
    if both is None or folds is None:
        return []
    found = []
    for trial in ledger.ranking():
        records = on_folds(ledger, trial.id)
        if len(records) == asked.networks and all(r.id in ledger.weights for r in records):
            found.append((trial, records))
    models = {
        record.id: model_of(ledger, lanes, space, prepared, record.id, {"trial": record.id})
        for _, records in found
        for record in records
    }
    predictors = {id_: predictor_for(m.network, m.recipe, m.task) for id_, m in models.items()}
    if prepared.task != "regression":
        found = [f for f in found if all(predictors[r.id].probabilities for r in f[1])]
    each = [(predictors[r.id], models[r.id].params) for _, records in found for r in records]
    Predictor.compile_all(each, both.x, both.y, lanes.log)
    return [
        _candidate(trial.id, [(models[r.id], r.members[0]["fold"]) for r in records], both, folds)
        for trial, records in found
    ]


def _candidate(
    trial: int, networks: Sequence[tuple[Model, int]], both: Examples, folds: np.ndarray
) -> _Candidate:
    """A trial's networks, and the mean of what those say of each row that have not seen it."""
    total: np.ndarray | None = None
    for model, fold in networks:
        rows = np.flatnonzero(folds == fold)
        said = model.answers(part_of(both.x, rows))
        if total is None:
            total = np.zeros((len(folds), *said.shape[1:]), np.float64)
        total[rows] += said
    assert total is not None
    several = len(networks) // (int(folds.max()) + 1)
    mean = (total / several).astype(np.float32)
    return _Candidate(trial, [model for model, _ in networks], mean)


def _scored(prepared: Prepared, part: Examples, answers: np.ndarray) -> dict[str, float]:
    return score_answers(prepared.preprocessing, answers, part.y, part.weight)
