"""The best trials trained again: on fresh seeds, or on folds as an ensemble.

What becomes of the best trials of a search.

Of tables and of few rows they are trained again on folds, for an ensemble. Of many pictures,
masks or texts those that the search has kept are an ensemble as they are. Where one asks for
it, or where answers cannot be averaged, they are trained again on fresh seeds, and the one that
does best there is handed over alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import prod
from typing import Any, NamedTuple

import numpy as np

from shoal.data import Dataset, Examples, Prepared, Split
from shoal.data.encode.compact_inputs import part_of
from shoal.data.splitting.folds import ensemble_folds, most_folds
from shoal.data.splitting.parts import VALIDATION
from shoal.engine import Lanes, Objective, Recipe
from shoal.engine.predictor import Predictor, predictor_for
from shoal.errors import RecipeError
from shoal.losses import Loss
from shoal.models.ensemble import score_answers, weighted_mean
from shoal.models.ensemble_selection import Pricing, ensemble_weights
from shoal.models.model import Model
from shoal.nn import Network, Softmax
from shoal.space import Space
from shoal.space.checks import values_of
from shoal.store import TrialRecord
from shoal.store.model_file import MOST_MEMBERS as MOST_NETWORKS
from shoal.tuning.checks import check_whole
from shoal.tuning.recording import TrialRecorder
from shoal.tuning.search_loop import SearchLoop
from shoal.tuning.winner import fresh_seeds, model_of, on_folds
from shoal.utils.default_values import (
    CONFIRM_SEEDS,
    ENSEMBLE_FOLDS,
    ENSEMBLE_SIZE,
    FEW_ROWS,
    OTHER_SIZE,
    seeds_within,
)

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


def affordable(run: SearchLoop, asked: FoldEnsemble) -> int:
    """How many trials can have their networks trained on folds in the time that is left."""
    return run.limit.fitting(asked.size, asked.networks * run.expected_epochs())


def begin_on_folds(run: SearchLoop, asked: FoldEnsemble, trials: Sequence[TrialRecord]) -> None:
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
    ledger: TrialRecorder,
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
    shares = ensemble_weights(answers, price)
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
    ledger: TrialRecorder, lanes: Lanes, space: Space, prepared: Prepared, asked: FoldEnsemble
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


MOST_ANSWERS = 1e8
"""Numbers that networks may say of all rows, for an ensemble of folds of masks."""


@dataclass(frozen=True)
class FinalTraining:
    """What was asked for, with what is taken where nothing was.

    Attributes:
        confirm_seeds: fresh seeds of each finalist.
        ensemble: of networks on folds.
        together: whether the kept trials, as they are best together, are handed over.
    """

    confirm_seeds: int
    ensemble: FoldEnsemble
    together: bool = False

    @classmethod
    def of(
        cls,
        data: Dataset,
        parts: Split,
        confirm_seeds: int | None,
        folds: int | None,
        size: int | None,
        seeds: int,
        *,
        trials: int,
        averaged: bool,
        stored: Mapping[str, Any] | None,
    ) -> FinalTraining:
        """Fill in what was left out.

        Args:
            data: what is trained on.
            parts: its split; one that is in folds itself leaves no other.
            confirm_seeds: as `search` was given it, and so the next three.
            folds: of the ensemble.
            size: of it.
            seeds: of it.
            trials: of the search.
            averaged: whether the networks' answers can be averaged.
            stored: the plan of the study that goes on.

        Raises:
            RecipeError: numbers that are none, or folds within folds.
        """
        if size is None:
            size = ENSEMBLE_SIZE if data.kind == "table" else OTHER_SIZE
        check_whole(size, "ensemble_size", least=1)
        check_whole(seeds, "ensemble_seeds", least=1)
        if stored is not None and folds is None and confirm_seeds is None:
            ensemble = FoldEnsemble(**{"folds": 0, **stored.get("ensemble", {})})
            together = bool(stored.get("together", False))
            return cls(int(stored.get("confirm_seeds", CONFIRM_SEEDS)), ensemble, together)
        together = False
        if folds is None:
            usual = averaged and parts.folds is None and confirm_seeds is None
            on_folds = usual and not _steered_by_own_rows(data)
            on_folds = on_folds and (data.kind == "table" or _few(data, parts))
            folds = ENSEMBLE_FOLDS if on_folds else 0
            together = usual and not on_folds and data.kind != "table"
        else:
            check_whole(folds, "ensemble_folds", least=0)
            if folds:
                check_whole(folds, "ensemble_folds", least=2)
                _check_possible(parts, averaged=averaged)
        if folds:
            most = most_folds(data, parts)
            folds = min(folds, most) if most >= 2 else 0
        if confirm_seeds is None:
            confirm_seeds = 0 if folds or together else seeds_within(trials)
        check_whole(confirm_seeds, "confirm_seeds", least=0)
        if (networks := folds * size * seeds) > MOST_NETWORKS:
            raise RecipeError(
                "the networks of an ensemble are ensemble_folds × ensemble_size × ensemble_seeds",
                expected=f"at most {MOST_NETWORKS}",
                received=networks,
            )
        return cls(confirm_seeds, FoldEnsemble(int(folds), int(size), int(seeds)), together)

    @property
    def kept(self) -> int:
        """Trials whose weights have to be kept for it."""
        return self.ensemble.size if self.ensemble.folds else 0

    def split(self, data: Dataset, parts: Split) -> Split:
        """The split with the ensemble's folds beside it, if there are any."""
        folds = self.ensemble.folds
        return ensemble_folds(data, parts, folds) if folds else parts


def averages(family: Network, recipe: Recipe, data: Dataset) -> bool:
    """Whether the mean of several networks' answers is an answer.

    It is of values, and of probabilities, which come from a loss of probabilities or from
    a softmax at the end of the network.
    """
    if data.task == "regression":
        return True
    last = next(node for node in family.nodes if node.name == family.output)
    losses = values_of(recipe.loss)
    told = all(isinstance(loss, Loss) and loss.probabilities for loss in losses)
    return told or isinstance(last.layer, Softmax)


def _few(data: Dataset, parts: Split) -> bool:
    """Whether rows are so few that each of them should train, and that all should judge.

    Of masks what networks say of every pixel of all rows has to be held at once.
    """
    rows = len(parts.train) + len(parts.validation)
    pixels = prod(data.x.shape[1:3]) if data.task == "segmentation" else 1
    return rows < FEW_ROWS and rows * pixels * max(len(data.classes), 1) <= MOST_ANSWERS


def _steered_by_own_rows(data: Dataset) -> bool:
    """Whether the data say themselves which rows steer.

    Who names them wants the model chosen by them: later days, other patients. On folds they
    would train as well, and networks would be stopped by rows that are nearer than these.
    """
    return data.parts is not None and bool((data.parts == VALIDATION).any())


def _check_possible(parts: Split, *, averaged: bool) -> None:
    """Raise RecipeError where an ensemble of folds was asked for that cannot be."""
    if parts.folds is not None:
        raise RecipeError(
            "an ensemble's folds are of a search that goes by one validation split",
            received="folds and ensemble_folds",
            hint="Leave one of them out.",
        )
    if not averaged:
        raise RecipeError(
            "an ensemble of classes averages probabilities, which come from cross entropy or a "
            "final softmax",
            received="a loss that gives none",
            hint="Use losses.CrossEntropy(), or ensemble_folds=0.",
        )
