"""What tutorials of PyTorch write first: a plain CNN for classes, a U-shaped network for masks.

Pixels divided by the largest, Adam with 1e-3, cross entropy, no augmentation and no schedule;
the weights of the epoch that did best on the validation rows are kept, as nearly everybody
does. The U-shaped network is of the size of shoal's default for such pictures.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.defaults.methods.method import Fitted
from benchmarks.defaults.problem import Array, Problem

RATE = 1e-3
FILTERS = (32, 64, 128)
HIDDEN, DROPOUT = 128, 0.5
WIDTHS = (8, 12, 16, 24)
"""Channels of the U-shaped network at each size."""

LARGE = 128
"""Pictures from this side on are halved by the first convolution, as in shoal's default."""

SMALLEST_MAP = 6
MANY, FEW = 20_000, 1_000
"""Rows from which on fewer, and up to which more, epochs are trained."""


def fit(method: str, problem: Problem, seed: int) -> Fitted:
    """The network's predictions, after training."""
    torch.manual_seed(seed)
    train, validation = problem.steering
    unit = float(problem.x[train].max()) or 1.0

    def pictures(x: Array) -> Tensor:
        moved = torch.from_numpy(np.ascontiguousarray(x)).permute(0, 3, 1, 2)
        return (moved.float() / unit).contiguous(memory_format=torch.channels_last)

    height, width, channels = problem.x.shape[1:]
    network: nn.Module
    if method == "cnn":
        network = plain_cnn(min(height, width), height, width, channels, problem.classes)
    else:
        network = UNet(min(height, width), channels, problem.classes)
    network = network.to(memory_format=torch.channels_last)
    told = _train(
        network,
        (pictures(problem.x[train]), torch.from_numpy(problem.y[train].astype(np.int64))),
        (pictures(problem.x[validation]), torch.from_numpy(problem.y[validation].astype(np.int64))),
        batch=_batch(method, len(train)),
        epochs=_epochs(method, len(train)),
    )
    weights = sum(p.numel() for p in network.parameters())
    return Fitted(
        lambda x: _answers(network, pictures(x)).argmax(1).numpy(), {**told, "weights": weights}
    )


def plain_cnn(side: int, height: int, width: int, channels: int, classes: int) -> nn.Module:
    """3×3 convolutions with relu, halved after each, as often as the pictures allow; two dense."""
    blocks: list[nn.Module] = []
    before = channels
    for filters in FILTERS:
        if side < 4:
            break
        blocks += [nn.Conv2d(before, filters, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        before, side, height, width = filters, side // 2, height // 2, width // 2
    flat = before * height * width
    blocks += [nn.Flatten(), nn.Linear(flat, HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT)]
    return nn.Sequential(*blocks, nn.Linear(HIDDEN, classes))


class UNet(nn.Module):
    """Two convolutions a size on the way down, one on the way up, a batch norm after each."""

    def __init__(self, side: int, channels: int, classes: int) -> None:
        super().__init__()
        self.large = side >= LARGE
        levels = 1
        while levels < len(WIDTHS) and side // (1 << (levels + self.large)) >= SMALLEST_MAP:
            levels += 1
        widths = WIDTHS[:levels]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        before = channels
        for level, filters in enumerate(widths):
            stride = 2 if level == 0 and self.large else 1
            self.down.append(
                nn.Sequential(*_convolved(before, filters, stride), *_convolved(filters, filters))
            )
            before = filters
        for filters in reversed(widths[:-1]):
            self.up.append(nn.Sequential(*_convolved(before + filters, filters)))
            before = filters
        self.last = nn.Conv2d(before, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes at each pixel, of shape (n, classes, height, width)."""
        height, width = x.shape[2:]
        step = 1 << (len(self.down) - 1 + self.large)
        h = functional.pad(x, (0, -width % step, 0, -height % step), mode="replicate")
        seen = []
        for level, block in enumerate(self.down):
            h = block(functional.max_pool2d(h, 2) if level else h)
            seen.append(h)
        for block, beside in zip(self.up, reversed(seen[:-1]), strict=True):
            h = block(torch.cat([functional.interpolate(h, scale_factor=2), beside], 1))
        h = self.last(h)
        if self.large:
            h = functional.interpolate(h, scale_factor=2, mode="bilinear")
        return h[:, :, :height, :width]


def _convolved(before: int, filters: int, stride: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(before, filters, 3, stride=stride, padding=1), nn.BatchNorm2d(filters), nn.ReLU()
    ]  # fmt: skip


def _batch(method: str, rows: int) -> int:
    if method == "unet":
        return 8
    return 64 if rows > FEW else 32


def _epochs(method: str, rows: int) -> int:
    if method == "unet":
        return 40
    return 10 if rows > MANY else 20 if rows > FEW else 60


def _train(
    network: nn.Module,
    train: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor],
    *,
    batch: int,
    epochs: int,
) -> dict[str, Any]:
    """Trains in place and puts the best epoch's weights back."""
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    best, kept, number = float("inf"), copy.deepcopy(network.state_dict()), 0
    for epoch in range(1, epochs + 1):
        network.train()
        for rows in torch.randperm(len(train[0])).split(batch):
            loss = functional.cross_entropy(network(train[0][rows]), train[1][rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        answers = _answers(network, validation[0])
        wrong = float((answers.argmax(1) != validation[1]).float().mean())
        if wrong <= best:
            best, kept, number = wrong, copy.deepcopy(network.state_dict()), epoch
    network.load_state_dict(kept)
    return {"epochs": epochs, "best_epoch": number, "batch": batch, "validation": 1.0 - best}


def _answers(network: nn.Module, x: Tensor) -> Tensor:
    network.eval()
    with torch.inference_mode():
        return torch.cat([network(part) for part in x.split(64)])
