"""Networks of color pictures in eager PyTorch, one after another on both threads."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.training import Tensors, read_tensors, train
from benchmarks.process import serve
from benchmarks.work import normed_cnn_macs, training_flops, unet_macs
from benchmarks.workloads import CLASSES, COLORS, PICTURE_RATE, PICTURES, WEIGHT_DECAY

THREADS = 2


def _normed(before: int, width: int) -> list[nn.Module]:
    return [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]


def cnn(widths: list[int]) -> nn.Sequential:
    """3×3 convolutions with a batch norm, relu and pooling each; the mean over places; dense."""
    layers: list[nn.Module] = []
    for before, width in zip([COLORS, *widths[:-1]], widths, strict=True):
        layers += [*_normed(before, width), nn.MaxPool2d(2)]
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], CLASSES)
    )


class UNet(nn.Module):
    """Two convolutions a level on the way down, one on the way up."""

    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for before, width in zip([COLORS, *widths[:-1]], widths, strict=True):
            self.down.append(nn.Sequential(*_normed(before, width), *_normed(width, width)))
        for below, width in zip(widths[:0:-1], widths[-2::-1], strict=True):
            self.up.append(nn.Sequential(*_normed(below + width, width)))
        self.last = nn.Conv2d(widths[0], 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of shape (n, 2, height, width)."""
        seen: list[Tensor] = []
        for level, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if level else x)
            seen.append(x)
        for block, beside in zip(self.up, seen[-2::-1], strict=True):
            x = block(torch.cat([functional.interpolate(x, scale_factor=2.0), beside], 1))
        scores: Tensor = self.last(x)
        return scores


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Trains as many networks; the clock runs over all of them, validation included."""
    workload = PICTURES[request["workload"]]
    data: Tensors = read_tensors(request["data"]).channels_last()
    random = np.random.default_rng(request["seed"])
    torch.manual_seed(request["seed"])
    make, macs = (cnn, normed_cnn_macs) if workload.name == "cnn-64" else (UNet, unet_macs)
    flops = 0
    start = time.perf_counter()
    for _ in range(request["trials"]):
        widths = [int(random.integers(low, high + 1)) for low, high in workload.widths]
        rate, decay = (
            float(np.exp(random.uniform(*np.log(bounds))))
            for bounds in (PICTURE_RATE, WEIGHT_DECAY)
        )
        network: nn.Module = make(widths).to(memory_format=torch.channels_last)
        _, epochs = train(
            network, data, epochs=workload.epochs, learning_rate=rate, weight_decay=decay,
            batch_size=workload.batch_size,
        )  # fmt: skip
        flops += epochs * len(data.x) * training_flops(macs(workload.side, COLORS, widths))
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "seconds_with_compile": seconds,
        "units": request["trials"],
        "flops": flops,
    }


def main() -> None:
    torch.set_num_threads(THREADS)
    serve(answer)


if __name__ == "__main__":
    main()
