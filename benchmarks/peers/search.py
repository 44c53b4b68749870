"""Optuna's random sampler and PyTorch in two worker processes of one thread each.

Each worker has its own in-memory Optuna study (the fastest storage; random
sampling needs nothing of the other's trials) and takes the next trial when it
is free, so that neither waits for the other but at the very end.
"""

from __future__ import annotations

from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from typing import Any

import optuna
import torch
from torch import nn

from benchmarks.peers.networks import mlp, small_cnn
from benchmarks.peers.training import Tensors, read_tensors, train
from benchmarks.peers.workers import Workers, take
from benchmarks.process import serve
from benchmarks.work import mlp_macs, small_cnn_macs, training_flops
from benchmarks.workloads import (
    DROPOUT,
    FILTERS,
    LEARNING_RATE,
    SEARCHES,
    WEIGHT_DECAY,
    WIDTH,
    SearchWorkload,
)


def draw_network(kind: str, trial: optuna.Trial, data: Tensors) -> tuple[nn.Module, list[int]]:
    """The trial's network and its MACs by layer."""
    if kind == "mlp":
        inputs = data.x[0].numel()
        widths = [trial.suggest_int(f"width_{i}", *WIDTH, log=True) for i in (1, 2)]
        dropout = trial.suggest_float("dropout", *DROPOUT)
        return mlp(inputs, widths, dropout), mlp_macs(inputs, widths)
    filters = [trial.suggest_int(f"filters_{i}", *FILTERS) for i in (1, 2)]
    return small_cnn(filters), small_cnn_macs(filters)


def run_trial(workload: SearchWorkload, trial: optuna.Trial, data: Tensors) -> tuple[float, int]:
    """Best validation accuracy of one trial, and the useful operations it took."""
    network, macs = draw_network(workload.network, trial, data)
    accuracy, epochs = train(
        network,
        data,
        epochs=workload.epochs,
        learning_rate=trial.suggest_float("learning_rate", *LEARNING_RATE, log=True),
        weight_decay=trial.suggest_float("weight_decay", *WEIGHT_DECAY, log=True),
    )
    return accuracy, epochs * len(data.x) * training_flops(macs)


def work(connection: Connection, left: Synchronized[int]) -> None:
    """A worker: waits for a search, runs its share of the trials, tells what it did."""
    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    while (request := connection.recv()) is not None:
        workload = SEARCHES[request["workload"]]
        data = read_tensors(request["data"])
        torch.manual_seed(request["seed"])
        sampler = optuna.samplers.RandomSampler(seed=request["seed"])
        study = optuna.create_study(direction="maximize", sampler=sampler)
        connection.send("ready")
        connection.recv()
        done = 0
        while take(left):
            trial = study.ask()
            accuracy, flops = run_trial(workload, trial, data)
            study.tell(trial, accuracy)
            done += flops
        connection.send({"flops": done, "best": study.best_value if study.trials else 0.0})


def main() -> None:
    with Workers(work) as workers:

        def answer(request: dict[str, Any]) -> dict[str, Any]:
            results, seconds = workers.run(request)
            return {
                "seconds": seconds,
                "seconds_with_compile": seconds,
                "units": request["trials"],
                "flops": sum(result["flops"] for result in results),
                "best": max(result["best"] for result in results),
            }

        serve(answer)


if __name__ == "__main__":
    main()
