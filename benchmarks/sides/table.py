"""A table read from a file, a network trained on it, and its rows predicted, step by step."""

from __future__ import annotations

import time
import warnings
from typing import Any

import shoal
from benchmarks.process import serve
from benchmarks.sides.search import peak_megabytes
from shoal import Dense, relu
from shoal.errors import ShoalWarning

STEPS = ("read", "train", "predict")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Seconds of each step, without what programs take to compile, and the most memory."""
    seconds = {}
    start = time.perf_counter()
    data = shoal.data.load(request["path"], progress=False)
    seconds["read"] = time.perf_counter() - start
    start = time.perf_counter()
    study = shoal.search(
        shoal.Sequential(Dense(64), relu, Dense(64), relu, Dense(1)),
        shoal.Recipe(
            loss=shoal.losses.SquaredError(),
            epochs=request["epochs"],
            batch_size=256,
            early_stopping=None,
        ),
        data,
        trials=1,
        lanes=1,
        confirm_seeds=0,
        progress=False,
    )
    seconds["train"] = time.perf_counter() - start - study.cost["seconds"]["compile"]
    model = study.best_model
    del data
    start = time.perf_counter()
    rows = shoal.data.load(
        request["path"], need_target=False, like=model.preprocessing, progress=False
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ShoalWarning)  # of categories that training did not see
        predicted = model.predict(rows)
    seconds["predict"] = time.perf_counter() - start
    return {
        "seconds": seconds,
        "predictions": len(predicted),
        "r2": study.winner["test"]["r2"],
        "peak_megabytes": peak_megabytes(),
    }


if __name__ == "__main__":
    serve(answer)
