"""An honest winner: confirmed on fresh seeds, then scored once on the test split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shoal.data import Examples, Prepared
from shoal.engine import Lanes
from shoal.engine.predictor import predictor_for
from shoal.errors import TrainingError
from shoal.models.model import Model
from shoal.nn.summary import rows
from shoal.space import Space
from shoal.store import TrialRecord, rank_key
from shoal.tuning.recording import TrialRecorder
from shoal.tuning.search_loop import SearchLoop
from shoal.tuning.test_results import messages, optimism_of, overlays
from shoal.utils.default_values import FINALISTS

SCATTER_POINTS = 1000
"""Test rows of which a regression's predictions are kept for the report, at most."""


def fresh_seeds(seed: int, count: int) -> list[int]:
    """Seeds that the search did not use."""
    return [int(s) for s in np.random.SeedSequence([seed, 0xC0F]).generate_state(count)]


def confirm(run: SearchLoop, seeds: int) -> None:
    """Train each finalist again on fresh seeds, in the same lanes, but for what was done."""
    done = {(r.parent, r.seed) for r in run.ledger.records.values() if r.role == "confirm"}
    points, parents = [], []
    for record in run.ledger.ranking()[:FINALISTS]:
        for seed in fresh_seeds(run.seed, seeds):
            if (record.id, seed) not in done:
                points.append((record.point, seed))
                parents.append(record.id)
    run.submit(points, "confirm", parents)
    run.train_out("confirming")


def refit(run: SearchLoop) -> None:
    """Train the winner on the rows of all folds, for as long as was best on the folds.

    With folds no trial has seen all rows. What the study hands over has: it starts
    from the study's seed, follows the same schedule, and ends with the epoch that
    did best by the mean over the folds, since nothing is left to steer it.
    """
    records = run.ledger.records.values()
    if run.ledger.ranking() and not any(r.role == "refit" for r in records):
        chosen = choose(run.ledger)
        run.submit([(chosen.point, run.seed)], "refit", [chosen.id])
    run.train_out("refitting")


def refit_of(ledger: TrialRecorder, trial: int) -> int | None:
    """The number of a trial's refit whose weights are there."""
    for number in ledger.weights:
        record = ledger.records[number]
        if record.role == "refit" and record.parent == trial:
            return number
    return None


def choose(ledger: TrialRecorder) -> TrialRecord:
    """The finalist that did best on fresh seeds or folds; without any, the best trial.

    A repetition that diverged counts worse than any that did not. Folds differ, so that
    only those count that have a network on each.

    Raises:
        TrainingError: no trial ended with a finite loss.
    """
    ranking = ledger.ranking()
    if not ranking:
        states = {state: n for state, n in ledger.counts().items() if n}
        raise TrainingError(
            "a search ends with at least one trial whose loss is finite",
            received=", ".join(f"{n} {state}" for state, n in states.items()),
            hint="Lower the learning rate's range." if states.get("diverged") else None,
        )
    confirmed = [record for record in ranking if repetitions(ledger, record.id)]
    if not confirmed:
        return ranking[0]

    def rank(record: TrialRecord) -> tuple[int, float, float]:
        again = repetitions(ledger, record.id)
        good = [rank_key(r)[:2] for r in again if r.objective is not None]
        objective, loss = np.mean(good, axis=0) if good else (np.inf, np.inf)
        return len(again) - len(good), float(objective), float(loss)

    return min(confirmed, key=rank)


ENDED = ("completed", "stopped", "diverged")
"""States of repetitions that count."""


def repetitions(ledger: TrialRecorder, trial: int) -> list[TrialRecord]:
    """The ended repetitions of a trial on fresh seeds; else those on folds, if all have ended."""
    again = [
        record
        for record in ledger.of_role("confirm")
        if record.parent == trial and record.state in ENDED
    ]
    if again:
        return again
    folds = _networks(ledger, trial)
    return folds if all(record.state in ENDED for record in folds) else []


def _networks(ledger: TrialRecorder, trial: int) -> list[TrialRecord]:
    """A trial's networks on an ensemble's folds."""
    return [record for record in ledger.of_role("fold") if record.parent == trial]


def on_folds(ledger: TrialRecorder, trial: int) -> list[TrialRecord]:
    """A trial's networks on an ensemble's folds, if all have ended and none diverged."""
    found = _networks(ledger, trial)
    whole = all(r.state in ENDED and r.objective is not None for r in found)
    return found if whole else []


def model_of(
    ledger: TrialRecorder,
    lanes: Lanes,
    space: Space,
    prepared: Prepared,
    number: int,
    info: dict[str, Any],
) -> Model:
    """The model of a trial whose weights the ledger holds."""
    record = ledger.records[number]
    return Model(
        space.bind(lanes.family, record.point),
        space.bind(lanes.recipe, record.point),
        ledger.weights[number],
        prepared.preprocessing,
        info,
    )


def winner_of(
    ledger: TrialRecorder,
    lanes: Lanes,
    space: Space,
    prepared: Prepared,
    chosen: TrialRecord,
    *,
    test: bool = True,
) -> dict[str, Any]:
    """Everything that is told of the winner, as plain data.

    Args:
        ledger: the search's records.
        lanes: where its trials were trained.
        space: the search space.
        prepared: the data.
        chosen: the winner.
        test: whether the test split is scored.
    """
    every = repetitions(ledger, chosen.id)
    again = [r for r in every if r.role == "confirm" and r.objective is not None]
    folds = [r for r in every if r.role == "fold" and r.objective is not None]
    refitted = refit_of(ledger, chosen.id)
    weights = chosen.id if refitted is None else refitted
    model = model_of(ledger, lanes, space, prepared, weights, {})
    one = _scores(model, prepared.validation, lanes) if not chosen.members else {}
    told: dict[str, Any] = {
        "trial": chosen.id,
        "weights": weights,
        "hyperparams": chosen.hyperparams,
        "validation": {**one, **chosen.metrics},
        "best_epoch": chosen.best_epoch,
        "classes": list(prepared.classes),
        "positive": prepared.preprocessing.positive_class,
        "network": model.network.to_json(),
        "layers": layers_of(model),
    }
    if chosen.lineage:
        told["schedule"] = chosen.schedule
    if chosen.members:
        told["members"] = describe_members(chosen, refitted=refitted is not None)
    if again:
        told["confirmed"] = {**_spread([r.metrics for r in again]), "seeds": len(again)}
        if diverged := len(every) - len(again):
            told["confirmed"]["diverged"] = diverged
    if folds:
        told["cross_validated"] = {
            **_spread([r.metrics for r in folds]),
            "folds": len({r.members[0]["fold"] for r in folds}), "networks": len(folds),
        }  # fmt: skip
    if test and len(prepared.test):
        told["test"] = _scores(model, prepared.test, lanes)
        part = prepared.test
        told["test_by_class"] = model.score_by_class(part.x, part.y, part.weight)
        predictor = predictor_for(model.network, model.recipe, prepared.task)
        told.update(_predictions(predictor(model.params, prepared.test.x).outputs, prepared))
        if again and prepared.split.folds is None:  # a fold's model has not seen all rows
            scores = [
                _scores(model_of(ledger, lanes, space, prepared, r.id, {}), prepared.test, lanes)
                for r in again
            ]
            told["confirmed_test"] = {**_spread(scores), "seeds": len(again)}
    told["optimism"] = optimism_of(ledger, lanes.objective, told)
    return told


def describe_members(record: TrialRecord, *, refitted: bool) -> dict[str, Any]:
    """What a trial of several seeds or folds came to, and what its model is."""
    folds = {member["fold"] for member in record.members} - {None}
    return {
        "count": len(record.members),
        "repeats": len({member["seed"] for member in record.members}),
        "folds": len(folds),
        "std": record.spread,
        "model": "refit" if refitted else "best member",
    }


def _scores(model: Model, part: Examples, lanes: Lanes) -> dict[str, float]:
    """All metrics of a model over prepared examples; a compilation is told to the lanes' log."""
    predictor = predictor_for(model.network, model.recipe, model.task)
    predictor.compile(model.params, part.x, part.y, lanes.log)
    return model.score(part.x, part.y, part.weight)


def _spread(metrics: Sequence[dict[str, float]]) -> dict[str, Any]:
    """Mean and sample standard deviation of each metric."""
    ddof = 1 if len(metrics) > 1 else 0
    return {
        name: {
            "mean": float(np.mean([m[name] for m in metrics])),
            "std": float(np.std([m[name] for m in metrics], ddof=ddof)),
        }
        for name in metrics[0]
    }


def _predictions(outputs: np.ndarray, prepared: Prepared) -> dict[str, Any]:
    """The test split as the winner sees it: a confusion matrix, pictures, or a scatter."""
    if prepared.task == "segmentation":
        return _masks(outputs.argmax(axis=-1), prepared)
    if prepared.task == "multi-label":
        return {}
    if prepared.task == "classification":
        counts = np.zeros((prepared.outputs, prepared.outputs), int)
        np.add.at(counts, (prepared.test.y, outputs.argmax(axis=1)), 1)
        shown = {"messages": messages(outputs, prepared)} if prepared.kind == "text" else {}
        return {"confusion": counts.tolist(), **shown}
    part = slice(None, SCATTER_POINTS)
    true = prepared.preprocessing.invert_targets(prepared.test.y[part])
    predicted = prepared.preprocessing.invert_targets(outputs[part])
    return {"scatter": {"true": true[:, 0].tolist(), "predicted": predicted[:, 0].tolist()}}


def _masks(predicted: np.ndarray, prepared: Prepared) -> dict[str, Any]:
    """A confusion matrix of labeled pixels, and some pictures."""
    true, classes = prepared.test.y, prepared.outputs
    known = true >= 0
    pairs = true[known].astype(np.int64) * classes + predicted[known]
    counts = np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    shown = overlays(prepared.test.x, true, predicted, prepared.split.test)
    return {"confusion": counts.tolist(), "overlays": shown}


def layers_of(model: Model) -> list[dict[str, Any]]:
    """The network's layers for a drawing: name, text, inputs, shape, parameters."""
    return [
        {
            "name": row.name,
            "kind": row.kind,
            "text": row.text,
            "inputs": list(row.inputs),
            "shape": list(row.shape or ()),
            "parameters": row.parameters,
        }
        for row in rows(model.network)
    ]
