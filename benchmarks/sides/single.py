"""One network trained by shoal: the same program as a search, with one lane."""

from __future__ import annotations

import time
from typing import Any

import shoal
from benchmarks.process import serve
from benchmarks.sides.data import dataset
from benchmarks.work import large_cnn_macs, one_mlp_macs, training_flops, units_per_epoch
from benchmarks.workloads import BATCH_SIZE, CLASSES, HIDDEN_OF_ONE_MLP, SINGLES
from shoal import Conv, Dense, Flatten, MaxPool, relu


def network(kind: str) -> tuple[shoal.Sequential, list[int]]:
    """The network and its MACs by layer."""
    if kind == "mlp":
        layers = [Flatten(), Dense(HIDDEN_OF_ONE_MLP), relu, Dense(CLASSES)]
        return shoal.Sequential(*layers), one_mlp_macs()
    return shoal.Sequential(
        Conv(32, kernel_size=5, padding="same"), relu, MaxPool(2),
        Conv(64, kernel_size=5, padding="same"), relu,
        Flatten(),
        Dense(512), relu,
        Dense(CLASSES),
    ), large_cnn_macs()  # fmt: skip


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Trains once; `seconds` is the time in training, `seconds_with_compile` all of it."""
    workload = SINGLES[request["workload"]]
    layers, macs = network(workload.network)
    data = dataset(workload.data)
    validation, test = workload.validation, workload.test
    recipe = shoal.Recipe(
        loss=shoal.losses.CrossEntropy(),
        optimizer=shoal.optimizers.AdamW(learning_rate=1e-3, weight_decay=1e-4),
        batch_size=BATCH_SIZE,
        epochs=request["epochs"],
        early_stopping=None,
    )
    start = time.perf_counter()
    model = shoal.train(
        layers, recipe, data, seed=request["seed"], validation=validation, test=test, progress=False
    )
    wall = time.perf_counter() - start
    rows = len(shoal.data.split(data, seed=0, validation=validation, test=test).train)
    return {
        "seconds": model.info["seconds"]["train"],
        "seconds_with_compile": wall,
        "units": request["epochs"] * units_per_epoch(workload, rows),
        "flops": request["epochs"] * rows * training_flops(macs),
        "best": model.info["validation"]["accuracy"],
        "details": model.info["seconds"],
    }


if __name__ == "__main__":
    serve(answer)
