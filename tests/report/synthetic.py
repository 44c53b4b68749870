"""Studies as a search writes them, made of formulas: no training, and every case at will."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from shoal.store import STUDY_VERSION, EpochRecord, StudyFile, StudyHeader, TrialRecord

LANES = 12

SPACE = {
    "hyperparameters": [
        {"name": "conv_1.filters", "range": {"kind": "int", "low": 4, "high": 16, "log": False}},
        {"name": "conv_2.filters", "range": {"kind": "int", "low": 8, "high": 32, "log": True}},
        {"name": "dense_1.units", "range": {"kind": "int", "low": 16, "high": 256, "log": True}},
        {"name": "activation", "range": {"kind": "choice", "options": ["relu", "tanh", "sigmoid"]}},
        {
            "name": "dropout_1.rate",
            "range": {"kind": "float", "low": 0.0, "high": 0.6, "log": False},
            "condition": [["activation", 0]],
        },
        {
            "name": "optimizer.learning_rate",
            "range": {"kind": "float", "low": 1e-4, "high": 0.1, "log": True},
        },
        {
            "name": "optimizer.weight_decay",
            "range": {"kind": "float", "low": 1e-6, "high": 0.01, "log": True},
        },
    ]
}

HEADER = StudyHeader(
    version=STUDY_VERSION,
    created="2026-03-14T15:09:26+00:00",
    seed=0,
    trials=50,
    objective={"metric": "accuracy", "direction": "maximize"},
    space=SPACE,
    network={"nodes": [{"name": "dense_1", "layer": {"kind": "dense"}, "inputs": ["input"]}]},
    recipe={"epochs": 20, "batch_size": 64, "loss": {"kind": "cross_entropy"}},
    dataset={
        "name": "mnist-5k",
        "kind": "image",
        "task": "classification",
        "rows": {"train": 3000, "validation": 1000, "test": 1000},
        "classes": [str(i) for i in range(10)],
        "input_shape": [28, 28, 1],
    },
    preprocessing={},
    split=b"",
)


def layers(filters: tuple[int, int], units: int, outputs: int = 10) -> list[dict[str, Any]]:
    """The rows of a small convolutional network, as the winner's result has them."""
    a, b = filters
    rows = [
        ("input", "input", "Input", [], (28, 28, 1), 0),
        ("conv_1", "conv", f"Conv({a}, 5×5)", ["input"], (24, 24, a), 26 * a),
        ("relu_1", "relu", "relu", ["conv_1"], (24, 24, a), 0),
        ("max_pool_1", "max_pool", "MaxPool(2)", ["relu_1"], (12, 12, a), 0),
        ("conv_2", "conv", f"Conv({b}, 3×3)", ["max_pool_1"], (10, 10, b), (9 * a + 1) * b),
        ("relu_2", "relu", "relu", ["conv_2"], (10, 10, b), 0),
        ("max_pool_2", "max_pool", "MaxPool(2)", ["relu_2"], (5, 5, b), 0),
        ("flatten_1", "flatten", "Flatten", ["max_pool_2"], (25 * b,), 0),
        ("dense_1", "dense", f"Dense({units})", ["flatten_1"], (units,), (25 * b + 1) * units),
        ("relu_3", "relu", "relu", ["dense_1"], (units,), 0),
        ("dropout_1", "dropout", "Dropout(0.21)", ["relu_3"], (units,), 0),
        ("dense_2", "dense", f"Dense({outputs})", ["dropout_1"], (outputs,),
         (units + 1) * outputs),
    ]  # fmt: skip
    keys = ("name", "kind", "text", "inputs", "shape", "parameters")
    return [dict(zip(keys, row, strict=True)) for row in rows]


def sample(rng: np.random.Generator) -> dict[str, Any]:
    """A point of `SPACE`."""
    point: dict[str, Any] = {
        "conv_1.filters": int(rng.integers(4, 17)),
        "conv_2.filters": round(2 ** rng.uniform(3, 5)),
        "dense_1.units": round(2 ** rng.uniform(4, 8)),
        "activation": ["relu", "tanh", "sigmoid"][rng.integers(3)],
        "optimizer.learning_rate": 10 ** rng.uniform(-4, -1),
        "optimizer.weight_decay": 10 ** rng.uniform(-6, -2),
    }
    if point["activation"] == "relu":
        point["dropout_1.rate"] = float(rng.uniform(0, 0.6))
    return point


def as_point(hyperparams: dict[str, Any]) -> dict[str, Any]:
    """As samplers propose it: an option by its number."""
    numbers = {"activation": ["relu", "tanh", "sigmoid"].index(hyperparams["activation"])}
    return {**hyperparams, **numbers}


def learn(rng: np.random.Generator, id_: int, point: dict[str, Any], **values: Any) -> tuple[
    TrialRecord, list[EpochRecord]
]:  # fmt: skip
    """Train a trial by formula: a loss that falls, overfits, is stopped, or diverges."""
    rate = math.log10(point["optimizer.learning_rate"])
    floor = 0.09 + 0.12 * (rate + 2.6) ** 2 + 0.5 / point["dense_1.units"]
    floor += {"relu": 0.0, "tanh": 0.03, "sigmoid": 0.12}[point["activation"]]
    diverges = rate > -1.25 and point["activation"] == "relu"
    speed = 0.25 + 0.25 * (rate + 4)
    best, epochs, losses = 1, [], []
    for epoch in range(1, 21):
        loss = floor + 2.2 * math.exp(-speed * epoch) + 0.004 * max(0, epoch - 9) * speed
        loss += 0.012 * float(rng.standard_normal())
        loss = max(loss, 0.03) if not diverges or epoch < 4 else 2.3 * 10 ** (epoch - 3)
        if diverges and epoch == 6:
            loss = math.nan
        accuracy = 0.1 if not math.isfinite(loss) else max(0.1, 1 - 0.25 * loss)
        train = loss * (0.9 - 0.02 * epoch)
        losses.append(loss)
        epochs.append(EpochRecord(id_, epoch, train, {"loss": loss, "accuracy": accuracy}, 0.0))
        if not math.isfinite(loss):
            break
        if loss < losses[best - 1]:
            best = epoch
        if epoch - best >= 4 and not diverges:
            break
    state = "diverged" if diverges else "stopped" if len(epochs) < 20 else "completed"
    metrics = epochs[best - 1].metrics
    record = TrialRecord(
        id=id_, state=state, hyperparams=point, point=as_point(point), seed=0, metrics=metrics,
        objective=None if diverges else -metrics["accuracy"], best_epoch=best, epochs=len(epochs),
        first_bad_step=260 if diverges else None,
        parameters=sum(row["parameters"] for row in layers(
            (point["conv_1.filters"], point["conv_2.filters"]), point["dense_1.units"])),
    )  # fmt: skip
    return replace(record, **values), epochs


def schedule(
    trained: list[tuple[TrialRecord, list[EpochRecord]]], lanes: int, begin: float
) -> tuple[list[tuple[TrialRecord, list[EpochRecord]]], list[list[float]]]:
    """Give trials to lanes as these get free, an epoch taking 0.31 s; the rounds' log too."""
    step = 0.31
    free = [0] * lanes
    timed, ends = [], []
    for record, epochs in trained:
        lane = free.index(min(free))
        start = free[lane]
        free[lane] += len(epochs)
        ends.append((start, free[lane]))
        moved = [replace(e, seconds=begin + step * (start + e.epoch)) for e in epochs]
        times = {"started": begin + step * start, "ended": begin + step * free[lane]}
        timed.append((replace(record, **times), moved))
    log = [
        [begin + step * (r + 1), sum(a <= r < b for a, b in ends), lanes] for r in range(max(free))
    ]
    return timed, log


def write_study(
    path: Path, *, trials: int = 50, header: StudyHeader = HEADER, confirm: int = 3
) -> Path:
    """Write a finished classification study."""
    rng = np.random.default_rng(3)
    trained = [learn(rng, i, sample(rng)) for i in range(trials)]
    timed, log = schedule(trained, LANES, begin=9.4)
    good = sorted((t for t, _ in timed if t.objective is not None), key=lambda t: t.objective)
    last = max((t.ended for t, _ in timed), default=0.0)
    repeats = [
        learn(rng, trials + 5 * i + k, parent.hyperparams, seed=1000 + k, role="confirm",
              parent=parent.id)
        for i, parent in enumerate(good[:confirm]) for k in range(5)
    ]  # fmt: skip
    again, more = schedule(repeats, LANES, begin=last) if repeats else ([], [])
    with StudyFile.create(path, header) as study:
        everything = timed + again
        study.add_trials([record for record, _ in everything])
        study.write_round(
            epochs=[epoch for _, epochs in everything for epoch in epochs],
            trials=[], weights={}, drop_weights=[], sampler_state={"asked": trials},
        )  # fmt: skip
        if good:
            study.write_result("winner", winner_result(rng, good[0], again, header))
        study.write_result("cost", cost_result(log + more))
    return path


def winner_result(
    rng: np.random.Generator,
    winner: TrialRecord,
    again: list[tuple[TrialRecord, list[EpochRecord]]],
    header: StudyHeader,
) -> dict[str, Any]:
    """What a search writes about its winner."""
    point = winner.hyperparams
    scores = [t.metrics["accuracy"] for t, _ in again if t.parent == winner.id] or [0.97]
    classes = header.dataset["classes"]
    confusion = np.diag(np.full(len(classes), 100))
    for _ in range(28):
        i, j = rng.integers(len(classes), size=2)
        confusion[i, i] -= 1
        confusion[i, j] += 1
    spread = {"mean": float(np.mean(scores)), "std": float(np.std(scores)) or 0.001}
    return {
        "trial": winner.id,
        "hyperparams": point,
        "validation": winner.metrics,
        "test": {"loss": 0.0912, "accuracy": float(np.trace(confusion) / confusion.sum())},
        "confirmed": {"accuracy": spread, "seeds": 5},
        "confirmed_test": {"accuracy": {"mean": 0.9714, "std": 0.0032}, "seeds": 5},
        "confusion": confusion.tolist(),
        "classes": classes,
        "layers": layers(
            (point["conv_1.filters"], point["conv_2.filters"]), point["dense_1.units"], len(classes)
        ),
    }


def cost_result(log: list[list[float]]) -> dict[str, Any]:
    """What a search writes about its cost."""
    busy = sum(entry[1] for entry in log)
    return {
        "seconds": {"compile": 9.4, "train": 31.7, "total": 44.2},
        "compilations": 3,
        "lanes": LANES,
        "occupancy": busy / sum(entry[2] for entry in log) if log else 0.0,
        "rounds": len(log),
        "groups": 3,
        "backend": "native",
        "rounds_log": log,
        "interrupted": False,
    }


def write_unfinished(path: Path, state: str = "running") -> Path:
    """A study in which no trial has a score yet."""
    rng = np.random.default_rng(0)
    with StudyFile.create(path, HEADER) as study:
        study.add_trials([
            TrialRecord(id=i, state=state, hyperparams=(p := sample(rng)), point=as_point(p),  # type: ignore[arg-type]  # a state
                        seed=0, epochs=1 if state == "diverged" else 0, started=0.5 * i,
                        ended=1.0 + i if state == "diverged" else None)
            for i in range(6)
        ])  # fmt: skip
    return path


def write_running(path: Path) -> Path:
    """A study in the middle: some trials ended, some run, some wait; no winner, no cost."""
    rng = np.random.default_rng(1)
    timed, _ = schedule([learn(rng, i, sample(rng)) for i in range(24)], 8, begin=2.0)
    with StudyFile.create(path, HEADER) as study:
        for record, epochs in timed:
            if record.id >= 18:
                waits = record.id >= 21
                record = replace(
                    record, state="waiting" if waits else "running", objective=None, metrics={},
                    best_epoch=None, ended=None, started=None if waits else record.started,
                )  # fmt: skip
                epochs = [] if waits else epochs[:3]
            study.write_round(
                add=[record], epochs=epochs, trials=[], weights={}, drop_weights=[],
                sampler_state=None,
            )  # fmt: skip
    return path


def write_regression(path: Path) -> Path:
    """A study of a table: squared error, a scatter, no confusion matrix, a branching network."""
    rng = np.random.default_rng(5)
    dataset = {"name": "houses.csv", "kind": "table", "task": "regression", "classes": [],
               "rows": {"train": 300, "validation": 100, "test": 120},
               "input_shape": [13]}  # fmt: skip
    space = {"hyperparameters": [entry for entry in SPACE["hyperparameters"]
                                 if not entry["name"].startswith("conv")]}  # fmt: skip
    header = replace(
        HEADER, objective={"metric": "rmse", "direction": "minimize"}, dataset=dataset, space=space
    )
    trained = []
    for i in range(30):
        record, epochs = learn(rng, i, sample(rng))
        epochs = [
            replace(e, metrics={"loss": e.metrics["loss"], "rmse": 4 * e.metrics["loss"] ** 0.5})
            for e in epochs
        ]
        metrics = epochs[(record.best_epoch or 1) - 1].metrics
        objective = None if record.objective is None else metrics["rmse"]
        hyperparams = {k: v for k, v in record.hyperparams.items() if not k.startswith("conv")}
        trained.append(
            (replace(record, metrics=metrics, objective=objective, hyperparams=hyperparams), epochs)
        )
    timed, log = schedule(trained, 8, begin=1.2)
    best = min((t for t, _ in timed if t.objective is not None), key=lambda t: t.objective)
    true = rng.normal(22, 9, size=120)
    predicted = true + rng.normal(0, 2.4, size=120)
    with StudyFile.create(path, header) as study:
        study.add_trials([record for record, _ in timed])
        study.write_round(epochs=[e for _, epochs in timed for e in epochs], trials=[], weights={},
                          drop_weights=[], sampler_state=None)  # fmt: skip
        study.write_result("winner", {
            "trial": best.id, "hyperparams": best.hyperparams, "validation": best.metrics,
            "test": {"loss": 5.7, "rmse": 2.387},
            "scatter": {"true": true.tolist(), "predicted": predicted.tolist()},
            "layers": branching_layers(),
        })  # fmt: skip
        study.write_result("cost", cost_result(log))
    return path


def branching_layers() -> list[dict[str, Any]]:
    """A network with a branch, a sum, and an edge that passes two layers by."""
    rows = [
        ("input", "input", "Input", [], [13], 0),
        ("dense_1", "dense", "Dense(64)", ["input"], [64], 896),
        ("relu_1", "relu", "relu", ["dense_1"], [64], 0),
        ("dense_2", "dense", "Dense(64)", ["relu_1"], [64], 4160),
        ("tanh_1", "tanh", "tanh", ["dense_2"], [64], 0),
        ("dense_3", "dense", "Dense(64)", ["input"], [64], 896),
        ("add_1", "add", "Add", ["tanh_1", "relu_1", "dense_3"], [64], 0),
        ("dense_4", "dense", "Dense(1)", ["add_1"], [1], 65),
    ]
    keys = ("name", "kind", "text", "inputs", "shape", "parameters")
    return [dict(zip(keys, row, strict=True)) for row in rows]


HOSTILE = "<script>alert('x')</script>\"'&\x00\x1b\u202e]]>"


def write_hostile(path: Path) -> Path:
    """A study in which every name is an attack."""
    rng = np.random.default_rng(2)
    options = [HOSTILE, "</style><img src=x onerror=alert(1)>", "{{plain}}"]
    space = {"hyperparameters": [
        {"name": HOSTILE, "range": {"kind": "choice", "options": options}},
        {"name": "width" * 60, "range": {"kind": "int", "low": 0, "high": 12, "log": False}},
    ]}  # fmt: skip
    dataset = {"name": HOSTILE, "classes": [HOSTILE, "b" * 300, "c"], "rows": {HOSTILE: 3},
               "input_shape": [1]}  # fmt: skip
    header = replace(HEADER, space=space, dataset=dataset,
                     recipe={HOSTILE: HOSTILE, "epochs": "all"}, network={"nodes": {"a": 1}},
                     objective={"metric": HOSTILE, "direction": "minimize"})  # fmt: skip
    trials = [
        TrialRecord(
            id=i, state="completed", seed=0, point={}, message=HOSTILE, best_epoch=99, epochs=2,
            hyperparams={HOSTILE: options[i % 3], "width" * 60: i},
            metrics={HOSTILE: float(rng.normal()), "loss": math.nan},
            started=float(i), ended=i + 1.0,
        )
        for i in range(12)
    ]  # fmt: skip
    with StudyFile.create(path, header) as study:
        study.add_trials(trials)
        study.write_round(
            epochs=[EpochRecord(i, e, math.nan, {"loss": 1e300 * e, HOSTILE: 1.0}, 0.0)
                    for i in range(12) for e in (1, 2)],
            trials=[], weights={}, drop_weights=[], sampler_state=None,
        )  # fmt: skip
        study.write_result("winner", {
            "trial": 3, "hyperparams": {HOSTILE: HOSTILE}, "validation": {HOSTILE: "nan"},
            "confirmed": {HOSTILE: {"mean": "nan", "std": "inf"}, "seeds": 5},
            "confusion": [[3, 1, 0], [0, 2, 0], [1, 0, 4]],
            "layers": [{"name": HOSTILE, "text": HOSTILE, "inputs": [HOSTILE, "ghost"],
                        "shape": []}, {"name": "b" * 200, "inputs": [HOSTILE]}],
        })  # fmt: skip
        study.write_result("cost", {**cost_result([[1.0, 1, 1]]), "backend": HOSTILE})
    return path
