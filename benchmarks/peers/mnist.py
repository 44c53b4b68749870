"""The network of `examples/mnist.toml` on all of MNIST in eager PyTorch.

The same layers from the same distributions, batches, loss, optimizer, schedule, epochs
and moves of the digits as there. A batch is moved as a whole, by one map and one lookup
for all four moves, which is the quickest way that PyTorch has.
"""

from __future__ import annotations

import copy
import math
import time
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.training import Tensors, read_tensors, read_test
from benchmarks.process import serve
from benchmarks.work import mnist_cnn_macs, training_flops
from benchmarks.workloads import BATCH_SIZE, CLASSES

THREADS = 2
EPOCHS = 16
PEAK, WEIGHT_DECAY, SMOOTHING, DROPOUT = 3e-3, 1e-2, 0.05, 0.4
SHIFT, DEGREES, SCALE, SHEAR = 0.1, 10.0, 0.1, 0.1


def network() -> nn.Sequential:
    """Three 3×3 convolutions of 32, 64, 128 filters, each pooled and normed; dense 128, 10."""
    layers: list[nn.Module] = []
    for before, filters in ((1, 32), (32, 64), (64, 128)):
        layers += [nn.Conv2d(before, filters, 3, padding=1), nn.MaxPool2d(2), nn.ReLU()]
        layers.append(nn.BatchNorm2d(filters))
    layers += [nn.Flatten(), nn.Dropout(DROPOUT), nn.Linear(3 * 3 * 128, 128), nn.ReLU()]
    whole = nn.Sequential(*layers, nn.Linear(128, CLASSES))
    for layer in whole:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return whole


def moved(x: Tensor) -> Tensor:
    """Each image shifted, turned, scaled and sheared by chance; the border goes on outside."""
    u = 2 * torch.rand(5, len(x)) - 1
    angle, size = u[2] * math.radians(DEGREES), (1 + SCALE) ** -u[3]
    cosine, sine, slant = size * angle.cos(), size * angle.sin(), -u[4] * SHEAR
    maps = torch.stack(
        [
            torch.stack([cosine, cosine * slant + sine, -2 * SHIFT * u[0]], 1),
            torch.stack([-sine, cosine - sine * slant, -2 * SHIFT * u[1]], 1),
        ],
        1,
    )
    grid = functional.affine_grid(maps, list(x.shape), align_corners=False)
    return functional.grid_sample(
        x, grid, mode="bilinear", padding_mode="border", align_corners=False
    )


def train(model: nn.Module, data: Tensors, epochs: int) -> tuple[float, int]:
    """Trains in place and puts the best epoch's weights back; its accuracy and number."""
    weights = [p for p in model.parameters() if p.ndim > 1]
    biases = [p for p in model.parameters() if p.ndim == 1]
    optimizer = torch.optim.AdamW(
        [{"params": weights}, {"params": biases, "weight_decay": 0.0}],
        lr=PEAK, weight_decay=WEIGHT_DECAY, fused=True,
    )  # fmt: skip
    steps = epochs * -(-len(data.x) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK, steps, cycle_momentum=False)
    best: tuple[float, float] = (-1.0, 0.0)
    kept, kept_epoch = copy.deepcopy(model.state_dict()), 0
    for epoch in range(1, epochs + 1):
        model.train()
        order = torch.randperm(len(data.x))
        for rows in order.split(BATCH_SIZE):
            outputs = model(moved(data.x[rows]))
            loss = functional.cross_entropy(outputs, data.y[rows], label_smoothing=SMOOTHING)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
        loss_now, accuracy = scored(model, data.x_validation, data.y_validation)
        if (accuracy, -loss_now) > best:
            best, kept_epoch = (accuracy, -loss_now), epoch
            kept = copy.deepcopy(model.state_dict())
    model.load_state_dict(kept)
    return best[0], kept_epoch


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Trains once; the clock runs in the training loop, validation included."""
    torch.manual_seed(request["seed"])
    data = read_tensors(request["data"])
    model = network().to(memory_format=torch.channels_last)
    epochs = EPOCHS if request["epochs"] is None else request["epochs"]
    start = time.perf_counter()
    accuracy, best_epoch = train(model, data, epochs)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "seconds_with_compile": seconds,
        "units": epochs,
        "flops": epochs * len(data.x) * training_flops(mnist_cnn_macs()),
        "best": accuracy,
        "best_epoch": best_epoch,
        "test": scored(model, *read_test(request["data"]))[1],
    }


def scored(model: nn.Module, x: Tensor, y: Tensor) -> tuple[float, float]:
    """Loss and accuracy, a thousand images at a time."""
    model.eval()
    loss, correct = 0.0, 0
    with torch.inference_mode():
        for images, labels in zip(x.split(1000), y.split(1000), strict=True):
            outputs = model(images)
            loss += functional.cross_entropy(
                outputs, labels, reduction="sum", label_smoothing=SMOOTHING
            ).item()
            correct += int((outputs.argmax(1) == labels).sum())
    return loss / len(x), correct / len(x)


def main() -> None:
    torch.set_num_threads(THREADS)
    serve(answer)


if __name__ == "__main__":
    main()
