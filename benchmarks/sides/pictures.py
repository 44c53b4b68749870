"""Networks of color pictures by shoal, in lanes."""

from __future__ import annotations

import time
from typing import Any

import shoal
from benchmarks.process import serve
from benchmarks.sides.data import dataset
from benchmarks.sides.search import peak_megabytes
from benchmarks.work import normed_cnn_macs, training_flops, unet_macs
from benchmarks.workloads import (
    CLASSES,
    COLORS,
    PICTURE_RATE,
    PICTURES,
    WEIGHT_DECAY,
    PictureWorkload,
)
from shoal import (
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Float,
    GlobalAvgPool,
    Input,
    Int,
    MaxPool,
    Network,
    UpSample,
    relu,
)


def family(workload: PictureWorkload) -> Network:
    """The networks; names of the ranges are the same as the peer's."""
    widths = [Int(*width, name=f"width_{i}") for i, width in enumerate(workload.widths)]
    x = Input((workload.side, workload.side, COLORS))
    return _cnn(x, widths) if workload.name == "cnn-64" else _unet(x, widths)


def _normed(h: Any, width: Any) -> Any:
    return relu(BatchNorm()(Conv(width, kernel_size=3, padding="same")(h)))


def _cnn(h: Any, widths: list[Int]) -> Network:
    for width in widths:
        h = MaxPool(2)(_normed(h, width))
    return Network(Dense(CLASSES)(GlobalAvgPool()(h)))


def _unet(h: Any, widths: list[Int]) -> Network:
    seen = []
    for level, width in enumerate(widths):
        h = _normed(_normed(MaxPool(2)(h) if level else h, width), width)
        seen.append(h)
    for width, beside in zip(widths[-2::-1], seen[-2::-1], strict=True):
        h = _normed(Concat()(UpSample(2)(h), beside), width)
    return Network(Conv(2, kernel_size=1)(h))


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Trains all once; `seconds` leaves compilation out, `seconds_with_compile` does not."""
    workload = PICTURES[request["workload"]]
    data = dataset(workload.data)
    recipe = shoal.Recipe(
        loss=shoal.losses.CrossEntropy(),
        optimizer=shoal.optimizers.AdamW(
            learning_rate=Float(*PICTURE_RATE, log=True),
            weight_decay=Float(*WEIGHT_DECAY, log=True),
        ),
        batch_size=workload.batch_size,
        epochs=workload.epochs,
        early_stopping=None,
    )
    start = time.perf_counter()
    study = shoal.search(
        family(workload), recipe, data, trials=request["trials"], seed=request["seed"],
        lanes=request.get("lanes", "auto"), sampler=shoal.samplers.Random(), confirm_seeds=0,
        progress=False,
    )  # fmt: skip
    wall = time.perf_counter() - start
    cost = {key: value for key, value in study.cost.items() if key != "rounds_log"}
    examples = len(shoal.data.split(data, seed=0).train)
    macs = normed_cnn_macs if workload.name == "cnn-64" else unet_macs
    flops = sum(
        trial.epochs * examples * training_flops(macs(workload.side, COLORS, _widths(trial)))
        for trial in study.trials
    )
    return {
        "seconds": wall - cost["seconds"]["compile"],
        "seconds_with_compile": wall,
        "units": request["trials"],
        "flops": flops,
        "details": {**cost, "peak_megabytes": peak_megabytes()},
    }


def _widths(trial: Any) -> list[int]:
    drawn = trial.hyperparams
    return [drawn[name] for name in sorted(drawn) if name.startswith("width_")]


if __name__ == "__main__":
    serve(answer)
