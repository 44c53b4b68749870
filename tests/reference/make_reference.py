"""Writes reference.npz: what PyTorch computes for the layers, losses and optimizers of shoal.

Run by hand when a layer is added; the tests read the file and need no PyTorch::

    pip install torch==2.13.0 numpy
    python tests/reference/make_reference.py

Everything is computed in float64 from inputs that are exact in float32, and
rounded once when it is stored. Arrays are in shoal's order: maps are (batch,
height, width, channels), filters (height, width, in, out), Dense weights (in, out).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # PyTorch's own habit
from torch import Tensor

RNG = np.random.default_rng(20240229)
FOUND: dict[str, np.ndarray] = {}


def draw(*shape: int, scale: float = 1.0) -> Tensor:
    values = (RNG.standard_normal(shape) * scale).astype(np.float32)
    return torch.tensor(values.astype(np.float64), requires_grad=True)


def store(case: str, **arrays: Tensor | np.ndarray | dict) -> None:
    for name, value in arrays.items():
        if isinstance(value, dict):
            array = np.asarray(json.dumps(value))
        elif isinstance(value, Tensor):
            array = value.detach().numpy()
        else:
            array = value
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        FOUND[f"{case}/{name}"] = np.array(array, order="C")


def store_with_gradients(case: str, y: Tensor, spec: dict, **inputs: Tensor) -> None:
    """The value y, and the gradients of sum(y * cotangent) for every input."""
    cotangent = draw(*y.shape)
    (y * cotangent.detach()).sum().backward()
    gradients = {f"d_{name}": value.grad for name, value in inputs.items()}
    store(case, spec=spec, y=y, cotangent=cotangent, **inputs, **gradients)


def same(size: int, window: int, stride: int) -> tuple[int, int]:
    """Padding before and after as TensorFlow defines SAME."""
    excess = size % stride or stride
    total = max(window - excess, 0)
    return total // 2, total - total // 2


def padded(x: Tensor, spec: dict, window: list[int], value: float) -> Tensor:
    """Maps with the padding that the specification asks for, channels first."""
    maps = x.permute(0, 3, 1, 2)
    if spec["padding"] == "valid":
        return maps
    if spec["padding"] == "same":
        sides = [
            same(size, k, s)
            for size, k, s in zip(maps.shape[2:], window, spec["stride"], strict=True)
        ]
    else:
        sides = [(spec["padding"],) * 2] * 2
    (top, bottom), (left, right) = sides
    return F.pad(maps, (left, right, top, bottom), value=value)


def dense() -> None:
    x, weight, bias = draw(5, 7), draw(7, 4), draw(4)
    y = F.linear(x, weight.T, bias)
    store_with_gradients("dense/0", y, {"units": 4}, x=x, weight=weight, bias=bias)


def conv() -> None:
    specs = [
        {"kernel_size": [3, 3], "stride": [1, 1], "padding": "same"},
        {"kernel_size": [3, 3], "stride": [1, 1], "padding": "valid"},
        {"kernel_size": [3, 3], "stride": [2, 2], "padding": "same"},
        {"kernel_size": [2, 4], "stride": [1, 1], "padding": "same"},
        {"kernel_size": [5, 3], "stride": [2, 3], "padding": 2},
        {"kernel_size": [2, 2], "stride": [3, 3], "padding": "same"},
        {"kernel_size": [1, 1], "stride": [1, 1], "padding": 0},
        {"kernel_size": [3, 3], "stride": [1, 2], "padding": 4},
    ]
    for number, spec in enumerate(specs):
        x, bias = draw(2, 7, 6, 3), draw(4)
        weight = draw(*spec["kernel_size"], 3, 4)
        maps = padded(x, spec, spec["kernel_size"], 0.0)
        y = F.conv2d(maps, weight.permute(3, 2, 0, 1), bias, stride=tuple(spec["stride"]))
        y = y.permute(0, 2, 3, 1)
        store_with_gradients(
            f"conv/{number}", y, {"channels": 4, **spec}, x=x, weight=weight, bias=bias
        )


def max_pool() -> None:
    specs = [
        {"pool_size": [2, 2], "stride": [2, 2], "padding": "valid"},
        {"pool_size": [3, 3], "stride": [2, 2], "padding": "valid"},
        {"pool_size": [3, 3], "stride": [1, 1], "padding": "same"},
        {"pool_size": [3, 2], "stride": [2, 1], "padding": 1},
        {"pool_size": [2, 3], "stride": [3, 3], "padding": "same"},
    ]
    for number, spec in enumerate(specs):
        x = draw(2, 7, 6, 3)
        maps = padded(x, spec, spec["pool_size"], float("-inf"))
        y = F.max_pool2d(maps, tuple(spec["pool_size"]), tuple(spec["stride"])).permute(0, 2, 3, 1)
        store_with_gradients(f"max_pool/{number}", y, spec, x=x)


def activations() -> None:
    functions = {
        "identity": lambda x: x * 1.0,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "softmax": lambda x: torch.softmax(x, -1),
    }
    for kind, function in functions.items():
        x = draw(6, 5, scale=3.0)
        store_with_gradients(f"{kind}/0", function(x), {}, x=x)
        x = draw(2, 3, 2, 4, scale=30.0)
        store_with_gradients(f"{kind}/1", function(x), {}, x=x)
    x = draw(2, 3, 4, 5)
    store_with_gradients("flatten/0", x.reshape(2, -1), {}, x=x)


def losses() -> None:
    for number, (smoothing, scale) in enumerate([(0.0, 1.0), (0.1, 1.0), (0.0, 50.0), (0.3, 50.0)]):
        outputs, classes = draw(6, 5, scale=scale), torch.tensor([0, 4, 2, 2, 1, 3])
        y = F.cross_entropy(outputs, classes, reduction="none", label_smoothing=smoothing)
        store_with_gradients(
            f"cross_entropy/{number}", y, {"label_smoothing": smoothing}, outputs=outputs
        )
        store(f"cross_entropy/{number}", targets=classes.numpy().astype(np.int32))
    outputs, targets = draw(6, 3), draw(6, 3).detach()
    y = F.mse_loss(outputs, targets, reduction="none").mean(-1)
    store_with_gradients("squared_error/0", y, {}, outputs=outputs)
    store("squared_error/0", targets=targets)


STEPS = 20


def optimizers() -> None:
    """Twenty steps along given gradients; biases do not decay."""
    cases: list[tuple[str, dict]] = [
        ("sgd", {"learning_rate": 0.1}),
        ("sgd", {"learning_rate": 0.1, "momentum": 0.9}),
        ("sgd", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
        ("sgd", {"learning_rate": 0.1, "weight_decay": 0.05}),
        (
            "sgd",
            {"learning_rate": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.05},
        ),
        ("adamw", {"learning_rate": 0.01}),
        ("adamw", {"learning_rate": 0.01, "weight_decay": 0.3}),
        (
            "adamw",
            {
                "learning_rate": 0.05,
                "weight_decay": 0.1,
                "beta1": 0.7,
                "beta2": 0.95,
                "epsilon": 1e-3,
            },
        ),
    ]
    for number, (kind, spec) in enumerate(cases):
        weight, bias = draw(3, 4), draw(4)
        start = weight.detach().clone(), bias.detach().clone()
        d_weight, d_bias = draw(STEPS, 3, 4).detach(), draw(STEPS, 4).detach()
        made = make_optimizer(kind, spec, weight, bias)
        weights, biases = [], []
        for step in range(STEPS):
            weight.grad, bias.grad = d_weight[step].clone(), d_bias[step].clone()
            made.step()
            weights.append(weight.detach().clone())
            biases.append(bias.detach().clone())
        store(
            f"optimizer/{number}", spec={"kind": kind, **spec}, weight=start[0], bias=start[1],
            d_weight=d_weight, d_bias=d_bias, weights=torch.stack(weights),
            biases=torch.stack(biases),
        )  # fmt: skip


def make_optimizer(kind: str, spec: dict, weight: Tensor, bias: Tensor) -> torch.optim.Optimizer:
    decay = spec.get("weight_decay", 0.0 if kind == "sgd" else 1e-4)
    groups = [
        {"params": [weight], "weight_decay": decay},
        {"params": [bias], "weight_decay": 0.0},
    ]
    if kind == "sgd":
        return torch.optim.SGD(
            groups,
            lr=spec["learning_rate"],
            momentum=spec.get("momentum", 0.0),
            nesterov=spec.get("nesterov", False),
        )
    return torch.optim.AdamW(
        groups,
        lr=spec["learning_rate"],
        betas=(spec.get("beta1", 0.9), spec.get("beta2", 0.999)),
        eps=spec.get("epsilon", 1e-8),
    )


def network() -> None:
    """A small convolutional network under cross entropy: one layer used twice, two paths added."""
    x, classes = draw(4, 6, 6, 2), torch.tensor([0, 1, 2, 1])
    first, first_bias = draw(3, 3, 2, 4, scale=0.3), draw(4, scale=0.1)
    shared, shared_bias = draw(36, 36, scale=0.2), draw(36, scale=0.1)
    last, last_bias = draw(36, 3, scale=0.3), draw(3, scale=0.1)
    maps = F.conv2d(padded(x, {"padding": "same", "stride": [1, 1]}, [3, 3], 0.0),
                    first.permute(3, 2, 0, 1), first_bias)  # fmt: skip
    pooled = F.max_pool2d(torch.relu(maps), 2).permute(0, 2, 3, 1).reshape(4, -1)
    once = torch.tanh(pooled @ shared + shared_bias)
    twice = torch.tanh(once @ shared + shared_bias)
    outputs = (once + twice) @ last + last_bias
    loss = F.cross_entropy(outputs, classes)
    loss.backward()
    params = {
        "conv_1.weight": first, "conv_1.bias": first_bias, "dense_1.weight": shared,
        "dense_1.bias": shared_bias, "dense_2.weight": last, "dense_2.bias": last_bias,
    }  # fmt: skip
    store("network/0", x=x, targets=classes.numpy().astype(np.int32), outputs=outputs, loss=loss)
    store("network/0", d_x=x.grad, **params, **{f"d_{k}": v.grad for k, v in params.items()})


def write(file: str, *parts: Callable[[], None]) -> None:
    """Compute the cases of each part, in this order, and store them."""
    for part in parts:
        part()
    path = Path(__file__).with_name(file)
    np.savez_compressed(path, **FOUND)
    print(f"{path.name}: {len(FOUND)} arrays, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    write("reference.npz", dense, conv, max_pool, activations, losses, optimizers, network)
