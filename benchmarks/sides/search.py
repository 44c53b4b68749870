"""A random search by shoal, in lanes."""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

import shoal
from benchmarks.process import serve
from benchmarks.sides.data import dataset
from benchmarks.work import mlp_macs, small_cnn_macs, training_flops
from benchmarks.workloads import (
    BATCH_SIZE,
    CLASSES,
    DROPOUT,
    FILTERS,
    LEARNING_RATE,
    SEARCHES,
    WEIGHT_DECAY,
    WIDTH,
)
from shoal import Conv, Dense, Dropout, Flatten, Float, Int, MaxPool, relu


def family(kind: str) -> shoal.Sequential:
    """The searched networks; names of the ranges are the same as the peer's."""
    if kind == "mlp":
        dropout = Float(*DROPOUT, name="dropout")
        widths = [Int(*WIDTH, log=True, name=f"width_{i}") for i in (1, 2)]
        return shoal.Sequential(
            Flatten(),
            Dense(widths[0]), relu, Dropout(dropout),
            Dense(widths[1]), relu, Dropout(dropout),
            Dense(CLASSES),
        )  # fmt: skip
    filters = [Int(*FILTERS, name=f"filters_{i}") for i in (1, 2)]
    return shoal.Sequential(
        Conv(filters[0], kernel_size=3, padding="same"), relu, MaxPool(2),
        Conv(filters[1], kernel_size=3, padding="same"), relu, MaxPool(2),
        Flatten(),
        Dense(CLASSES),
    )  # fmt: skip


def recipe(epochs: int) -> shoal.Recipe:
    """AdamW with a learning rate and a weight decay to be found; no early stopping."""
    return shoal.Recipe(
        loss=shoal.losses.CrossEntropy(),
        optimizer=shoal.optimizers.AdamW(
            learning_rate=Float(*LEARNING_RATE, log=True),
            weight_decay=Float(*WEIGHT_DECAY, log=True),
        ),
        batch_size=BATCH_SIZE,
        epochs=epochs,
        early_stopping=None,
    )


def useful_flops(kind: str, study: shoal.Study, examples: int, pixels: int) -> int:
    """Operations that the search's trials could not do without, by their drawn widths."""
    total = 0
    for trial in study.trials:
        drawn = trial.hyperparams
        if kind == "mlp":
            macs = mlp_macs(pixels, [drawn["width_1"], drawn["width_2"]])
        else:
            macs = small_cnn_macs([drawn["filters_1"], drawn["filters_2"]])
        total += trial.epochs * examples * training_flops(macs)
    return total


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Searches once; `seconds` leaves compilation out, `seconds_with_compile` does not."""
    workload = SEARCHES[request["workload"]]
    data = dataset(workload.data)
    start = time.perf_counter()
    study = shoal.search(
        family(workload.network),
        recipe(request.get("epochs", workload.epochs)),
        data,
        trials=request["trials"],
        lanes=request.get("lanes", "auto"),
        seed=request["seed"],
        sampler=shoal.samplers.Random(),
        confirm_seeds=0,  # the peer has no fresh seeds for its winner either
        progress=False,
    )
    wall = time.perf_counter() - start
    cost = {key: value for key, value in study.cost.items() if key != "rounds_log"}
    examples = len(shoal.data.split(data, seed=0).train)
    pixels = int(data.x[0].size)
    return {
        "seconds": wall - cost["seconds"]["compile"],
        "seconds_with_compile": wall,
        "units": request["trials"],
        "flops": useful_flops(workload.network, study, examples, pixels),
        "best": study.winner["validation"]["accuracy"],
        "details": {**cost, "peak_megabytes": peak_megabytes()},
    }


def peak_megabytes() -> float:
    """The most memory this process has held, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    serve(answer)
