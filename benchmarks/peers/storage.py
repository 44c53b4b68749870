"""A study of many trials written by Optuna's storages: ask, report each epoch, tell."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from benchmarks.process import serve
from benchmarks.storage_clock import StorageClock
from benchmarks.workloads import DROPOUT, LEARNING_RATE, STORAGE, WEIGHT_DECAY, WIDTH

SPACE: dict[str, BaseDistribution] = {
    "width_1": IntDistribution(*WIDTH, log=True),
    "width_2": IntDistribution(*WIDTH, log=True),
    "dropout": FloatDistribution(*DROPOUT),
    "learning_rate": FloatDistribution(*LEARNING_RATE, log=True),
    "weight_decay": FloatDistribution(*WEIGHT_DECAY, log=True),
}


def storage(kind: str, folder: Path) -> optuna.storages.BaseStorage:
    """One of Optuna's storages in a folder, as its documentation sets it up."""
    if kind == "sqlite":
        return optuna.storages.RDBStorage(f"sqlite:///{folder / 'a.db'}")
    backend = optuna.storages.journal.JournalFileBackend(str(folder / "a.log"))
    return optuna.storages.JournalStorage(backend)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Write a study up to the largest of the sizes, and say what that took."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    rng = np.random.default_rng(request["seed"])
    clock = StorageClock(request["sizes"])
    with tempfile.TemporaryDirectory() as name:
        sampler = optuna.samplers.RandomSampler(seed=request["seed"])
        study = optuna.create_study(
            storage=storage(request["storage"], Path(name)), sampler=sampler, direction="minimize"
        )
        for number in range(max(request["sizes"])):
            losses = rng.random(STORAGE.epochs).tolist()
            with clock.running():
                trial = study.ask(SPACE)
                for epoch, loss in enumerate(losses, start=1):
                    trial.report(loss, epoch)
                study.tell(trial, losses[-1])
            clock.ended(number + 1)
        size = sum(file.stat().st_size for file in Path(name).iterdir())
    return {"lines": clock.lines, "megabytes": size / 1e6}


if __name__ == "__main__":
    serve(answer)
