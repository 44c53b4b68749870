"""Optuna's TPE and median pruner over PyTorch, in two worker processes on one study.

The workers share their trials through Optuna's journal in a file, the storage
it recommends for several processes; each has one thread. TPE takes the trials
that the other worker is at for bad ones (`constant_liar`), as its manual advises
where trials run side by side.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import optuna
import torch
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from benchmarks.peers.networks import mlp, small_cnn
from benchmarks.peers.search import draw_network
from benchmarks.peers.training import Tensors, read_tensors, train
from benchmarks.peers.workers import Workers, take
from benchmarks.process import serve
from benchmarks.workloads import LEARNING_RATE, SEARCHES, WEIGHT_DECAY, SearchWorkload

Curve = list[tuple[float, float]]
"""Seconds since the start, and the best validation accuracy so far, where it rose."""

STUDY = "quality"


def run_trial(
    workload: SearchWorkload, trial: optuna.Trial, data: Tensors, start: float, curve: Curve
) -> float:
    """Best validation accuracy of one trial, which a median pruner may end early.

    Raises:
        optuna.TrialPruned: it was.
    """
    pruned = False

    def go_on(epoch: int, accuracy: float) -> bool:
        nonlocal pruned
        if not curve or accuracy > curve[-1][1]:
            curve.append((time.time() - start, accuracy))
        trial.report(accuracy, epoch)
        pruned = trial.should_prune()
        return not pruned

    network, _ = draw_network(workload.network, trial, data)
    best, _ = train(
        network,
        data,
        epochs=workload.epochs,
        learning_rate=trial.suggest_float("learning_rate", *LEARNING_RATE, log=True),
        weight_decay=trial.suggest_float("weight_decay", *WEIGHT_DECAY, log=True),
        go_on=go_on,
    )
    if pruned:
        raise optuna.TrialPruned
    return best


def work(connection: Connection, left: Synchronized[int]) -> None:
    """A worker: waits for a search, runs its share of the trials, tells what it found when."""
    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    while (request := connection.recv()) is not None:
        workload = SEARCHES[request["search"]]
        data = read_tensors(request["data"])
        _warm_up(workload, data)
        torch.manual_seed(request["seed"])
        study = optuna.create_study(
            study_name=STUDY,
            storage=JournalStorage(JournalFileBackend(request["journal"])),
            direction="maximize",
            sampler=optuna.samplers.TPESampler(seed=request["seed"], constant_liar=True),
            pruner=optuna.pruners.MedianPruner(),
            load_if_exists=True,
        )
        connection.send("ready")
        start = connection.recv()
        curve: Curve = []
        while take(left):
            trial = study.ask()
            try:
                study.tell(trial, run_trial(workload, trial, data, start, curve))
            except optuna.TrialPruned:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        pruned = len(study.get_trials(states=[optuna.trial.TrialState.PRUNED]))
        connection.send({"curve": curve, "pruned": pruned})


def _warm_up(workload: SearchWorkload, data: Tensors) -> None:
    network = (
        mlp(data.x[0].numel(), [8, 8], 0.0) if workload.network == "mlp" else small_cnn([4, 4])
    )
    train(network, data, epochs=1, learning_rate=1e-3, weight_decay=0.0)


def merged(curves: list[Curve]) -> Curve:
    """The best of several workers by time."""
    best: Curve = []
    for seconds, accuracy in sorted(point for curve in curves for point in curve):
        if not best or accuracy > best[-1][1]:
            best.append((seconds, accuracy))
    return best


def main() -> None:
    with Workers(work) as workers:

        def answer(request: dict[str, Any]) -> dict[str, Any]:
            with tempfile.TemporaryDirectory() as folder:
                journal = str(Path(folder) / "journal.log")
                results, seconds = workers.run({**request, "journal": journal})
            pruned = max(result["pruned"] for result in results)
            curve = merged([result["curve"] for result in results])
            return {"curve": curve, "seconds": seconds, "pruned": pruned}

        serve(answer)


if __name__ == "__main__":
    main()
