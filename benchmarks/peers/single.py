"""One network in eager PyTorch on all cores: whole epochs, or a long run of steps."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import nn

from benchmarks.peers.networks import large_cnn, one_mlp
from benchmarks.peers.training import Tensors, read_tensors, train
from benchmarks.process import serve
from benchmarks.work import large_cnn_macs, one_mlp_macs, training_flops, units_per_epoch
from benchmarks.workloads import SINGLES

THREADS = 2


def build(kind: str, data: Tensors) -> tuple[nn.Module, Tensors, list[int]]:
    """The network, the data in the layout that is fastest for it, its MACs by layer."""
    if kind == "mlp":
        return one_mlp(), data, one_mlp_macs()
    network = large_cnn().to(memory_format=torch.channels_last)
    return network, data.channels_last(), large_cnn_macs()


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Trains for the epochs asked for; the clock runs in the training loop only."""
    workload = SINGLES[request["workload"]]
    torch.manual_seed(request["seed"])
    network, data, macs = build(workload.network, read_tensors(request["data"]))
    start = time.perf_counter()
    accuracy, epochs = train(
        network, data, epochs=request["epochs"], learning_rate=1e-3, weight_decay=1e-4
    )
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "seconds_with_compile": seconds,
        "units": epochs * units_per_epoch(workload, len(data.x)),
        "flops": epochs * len(data.x) * training_flops(macs),
        "best": accuracy,
    }


def main() -> None:
    torch.set_num_threads(THREADS)
    serve(answer)


if __name__ == "__main__":
    main()
