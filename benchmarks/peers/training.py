"""A PyTorch training loop without avoidable costs.

The data are tensors in memory and no `DataLoader` stands in between; one
gather shuffles an epoch, whose batches are views; AdamW is the fused one (the
fastest of the three here); validation is one forward pass an epoch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.workloads import BATCH_SIZE


@dataclass(frozen=True)
class Tensors:
    """The training and validation splits; images as `(rows, channel, height, width)`."""

    x: Tensor
    y: Tensor
    x_validation: Tensor
    y_validation: Tensor

    def channels_last(self) -> Tensors:
        """The same images with the channel as the fastest dimension in memory."""
        layout = torch.channels_last
        return Tensors(
            self.x.contiguous(memory_format=layout),
            self.y,
            self.x_validation.contiguous(memory_format=layout),
            self.y_validation,
        )


def read_tensors(path: str | Path) -> Tensors:
    """Reads the splits that the harness wrote, with channels moved forward."""
    return Tensors(*_read(path, "train"), *_read(path, "validation"))


def read_test(path: str | Path) -> tuple[Tensor, Tensor]:
    """Images and labels of the test split."""
    return _read(path, "test")


def _read(path: str | Path, part: str) -> tuple[Tensor, Tensor]:
    with np.load(path, allow_pickle=False) as arrays:
        images = torch.tensor(arrays[f"x_{part}"]).permute(0, 3, 1, 2).contiguous()
        return images, torch.tensor(arrays[f"y_{part}"].astype(np.int64))


def train(
    network: nn.Module,
    data: Tensors,
    *,
    epochs: int,
    learning_rate: float,
    weight_decay: float,
    batch_size: int = BATCH_SIZE,
    go_on: Callable[[int, float], bool] = lambda epoch, accuracy: True,
) -> tuple[float, int]:
    """Trains in place; returns the best validation accuracy and the epochs done.

    A network whose validation loss is no longer finite stops there; so does one of
    which ``restore_opt_state``, told of each epoch's accuracy, says no.
    """
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=learning_rate, weight_decay=weight_decay, fused=True
    )
    best = 0.0
    for epoch in range(1, epochs + 1):
        network.train()
        order = torch.randperm(len(data.x))
        x, y = data.x[order], data.y[order]
        for x_batch, y_batch in zip(x.split(batch_size), y.split(batch_size), strict=True):
            loss = functional.cross_entropy(network(x_batch), y_batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        loss_now, accuracy = evaluate(network, data)
        best = max(best, accuracy)
        if not math.isfinite(loss_now) or not go_on(epoch, accuracy):
            return best, epoch
    return best, epochs


def evaluate(network: nn.Module, data: Tensors) -> tuple[float, float]:
    """Validation loss and accuracy."""
    network.eval()
    with torch.inference_mode():
        outputs = network(data.x_validation)
        loss = functional.cross_entropy(outputs, data.y_validation).item()
        correct = (outputs.argmax(1) == data.y_validation).float().mean().item()
    return loss, correct
