"""The network of `examples/mnist.toml` on all of MNIST, trained by shoal."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import shoal
from benchmarks.process import ROOT, serve
from benchmarks.work import mnist_cnn_macs, training_flops
from benchmarks.workloads import MNIST_VALIDATION
from shoal.cli.network_file import read_network_file
from shoal.engine import recipe_from_json

FILE = ROOT / "examples" / "mnist.toml"


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Trains once; scores on the test digits, which nothing saw before, if asked to.

    `seconds` is the time in training and validation, `seconds_with_compile` all of it.
    """
    file = read_network_file(FILE)
    recipe = recipe_from_json(file.recipe)
    if request["epochs"] is not None:
        recipe = replace(recipe, epochs=request["epochs"])
    data = shoal.data.load(request["folder"])
    start = time.perf_counter()
    model = shoal.train(
        file.network,
        recipe,
        data,
        seed=request["seed"],
        validation=MNIST_VALIDATION,
        progress=False,
    )
    wall = time.perf_counter() - start
    parts = shoal.data.split(data, seed=request["seed"], validation=MNIST_VALIDATION)
    epochs = model.info["epochs"]
    return {
        "seconds": model.info["seconds"]["train"],
        "seconds_with_compile": wall,
        "units": epochs,
        "flops": epochs * len(parts.train) * training_flops(mnist_cnn_macs()),
        "best": model.info["validation"]["accuracy"],
        "best_epoch": model.info["best_epoch"],
        "test": model.info["test"]["accuracy"],
        "rows": {name: len(getattr(parts, name)) for name in ("train", "validation", "test")},
    }


if __name__ == "__main__":
    serve(answer)
