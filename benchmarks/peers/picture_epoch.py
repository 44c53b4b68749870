"""The network of the rows of pictures in eager PyTorch, on all cores.

Either a `DataLoader` with two workers reads the files, decodes them and puts batches together,
or all pixels are bytes of one tensor in memory, from which batches are taken.
"""

from __future__ import annotations

import math
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, Subset

from benchmarks.process import serve
from benchmarks.work import picture_cnn_macs, training_flops
from benchmarks.workloads import PICTURE_BATCH, PICTURE_CLASSES, PICTURE_FILTERS

THREADS = 2
WORKERS = 2
TRAIN, VALIDATION = 0.6, 0.2
MEAN, SCALE = 0.45, 0.25
"""Of pixels from 0 to 1, about."""

Batches = Iterable[tuple[Tensor, Tensor]]


class Files(Dataset[tuple[Tensor, int]]):
    """Pictures in files, each decoded when it is asked for."""

    def __init__(self, folder: str) -> None:
        self.paths = sorted(Path(folder).glob("*/*.jpg"))
        self.labels = [int(path.parent.name.removeprefix("class-")) for path in self.paths]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, row: int) -> tuple[Tensor, int]:
        pixels = np.asarray(Image.open(self.paths[row]).convert("RGB"))
        return torch.from_numpy(pixels.copy()).permute(2, 0, 1), self.labels[row]


@lru_cache(maxsize=1)
def in_memory(folder: str) -> tuple[Tensor, Tensor]:
    """All pictures as bytes, the channel as the fastest dimension, and their classes."""
    files = Files(folder)
    pixels = torch.stack([files[row][0] for row in range(len(files))])
    return pixels.contiguous(memory_format=torch.channels_last), torch.tensor(files.labels)


def network() -> nn.Module:
    """Three 3×3 convolutions, each pooled; the mean of each map; a dense layer."""
    layers: list[nn.Module] = []
    before = 3
    for filters in PICTURE_FILTERS:
        layers += [nn.Conv2d(before, filters, 3, padding=1), nn.MaxPool2d(2), nn.ReLU()]
        before = filters
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, PICTURE_CLASSES)]
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def numbers(pixels: Tensor) -> Tensor:
    """A batch of bytes as the network takes it."""
    return ((pixels.float() / 255.0) - MEAN).div_(SCALE)


def from_memory(folder: str, rows: Tensor, *, shuffled: bool) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of the tensor's rows."""
    x, y = in_memory(folder)
    order = rows[torch.randperm(len(rows))] if shuffled else rows
    return ((x[some], y[some]) for some in order.split(PICTURE_BATCH))


def epoch(model: nn.Module, optimizer: torch.optim.Optimizer, batches: Batches) -> None:
    """All optimizer steps of an epoch."""
    model.train()
    for pixels, labels in batches:
        x = numbers(pixels).contiguous(memory_format=torch.channels_last)
        loss = functional.cross_entropy(model(x), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


def accuracy(model: nn.Module, batches: Batches) -> float:
    """The share of pictures whose class is right."""
    model.eval()
    right = count = 0
    with torch.inference_mode():
        for pixels, labels in batches:
            x = numbers(pixels).contiguous(memory_format=torch.channels_last)
            right += int((model(x).argmax(1) == labels).sum())
            count += len(labels)
    return right / count


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Trains once; the clock runs in the training loop, validation included."""
    torch.manual_seed(request["seed"])
    folder, files = request["folder"], Files(request["folder"])
    order = torch.randperm(len(files))
    cuts = [math.floor(len(files) * share) for share in (TRAIN, TRAIN + VALIDATION)]
    train, validation = order[: cuts[0]], order[cuts[0] : cuts[1]]
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-4, fused=True)
    best = 0.0
    if request["way"] == "memory":
        in_memory(folder)  # read before the clock runs, as shoal reads
        start = time.perf_counter()
        for _ in range(request["epochs"]):
            epoch(model, optimizer, from_memory(folder, train, shuffled=True))
            best = max(best, accuracy(model, from_memory(folder, validation, shuffled=False)))
    else:
        start = time.perf_counter()
        loaders = [
            DataLoader(
                Subset(files, rows.tolist()), batch_size=PICTURE_BATCH, shuffle=shuffled,
                num_workers=WORKERS, persistent_workers=True,
            )
            for rows, shuffled in ((train, True), (validation, False))
        ]  # fmt: skip
        for _ in range(request["epochs"]):
            epoch(model, optimizer, loaders[0])
            best = max(best, accuracy(model, loaders[1]))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    macs = picture_cnn_macs(request["side"])
    return {
        "seconds": seconds,
        "seconds_with_compile": seconds,
        "units": request["epochs"],
        "flops": request["epochs"] * len(train) * training_flops(macs),
        "best": best,
        "megabytes": peak / (1e6 if sys.platform == "darwin" else 1e3),
    }


def main() -> None:
    torch.set_num_threads(THREADS)
    serve(answer)


if __name__ == "__main__":
    main()
