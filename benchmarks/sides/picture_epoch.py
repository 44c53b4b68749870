"""The network of the rows of pictures, trained by shoal: one, or several in lanes."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

import shoal
from benchmarks.process import serve
from benchmarks.sides.search import peak_megabytes
from benchmarks.work import picture_cnn_macs, training_flops
from benchmarks.workloads import PICTURE_BATCH, PICTURE_CLASSES, PICTURE_FILTERS
from shoal import Conv, Dense, Float, GlobalAvgPool, MaxPool, relu


def network() -> shoal.Sequential:
    """Three 3×3 convolutions, each pooled; the mean of each map; a dense layer."""
    layers: list[Any] = []
    for filters in PICTURE_FILTERS:
        layers += [Conv(filters, kernel_size=3, padding="same"), relu, MaxPool(2)]
    return shoal.Sequential(*layers, GlobalAvgPool(), Dense(PICTURE_CLASSES))


@lru_cache(maxsize=1)
def read(folder: str, side: int) -> tuple[shoal.data.Dataset, float]:
    """The pictures as they are, and the seconds that reading them took."""
    start = time.perf_counter()
    data = shoal.data.load(folder, size=(side, side))
    seconds = time.perf_counter() - start
    assert data.x.shape[1:] == (side, side, 3)
    return data, seconds


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Trains once; several networks differ in their learning rates.

    `seconds` is the time in training and validation, `units` networks times epochs.
    """
    data, reading = read(request["folder"], request["side"])
    lanes, epochs = request["lanes"], request["epochs"]
    rate = 1e-3 if lanes == 1 else Float(5e-4, 2e-3, log=True)
    recipe = shoal.Recipe(
        loss=shoal.losses.CrossEntropy(),
        optimizer=shoal.optimizers.AdamW(learning_rate=rate, weight_decay=1e-4),
        batch_size=PICTURE_BATCH,
        epochs=epochs,
        early_stopping=None,
    )
    start = time.perf_counter()
    study = shoal.search(
        network(), recipe, data, trials=lanes, lanes=lanes, seed=request["seed"],
        sampler=shoal.samplers.Random(), confirm_seeds=0, progress=False,
    )  # fmt: skip
    wall = time.perf_counter() - start
    rows = len(shoal.data.split(data, seed=request["seed"]).train)
    return {
        "seconds": study.cost["seconds"]["train"],
        "seconds_with_compile": wall,
        "units": lanes * epochs,
        "lanes": lanes,
        "flops": lanes * epochs * rows * training_flops(picture_cnn_macs(request["side"])),
        "best": study.winner["validation"]["accuracy"],
        "reading": reading,
        "megabytes": peak_megabytes(),
    }


if __name__ == "__main__":
    serve(answer)
