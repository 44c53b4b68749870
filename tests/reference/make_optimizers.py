"""Writes optimizers.npz: optimizers, schedules and clipping as PyTorch has them.

Run by hand when one is added; the tests read the file and need no PyTorch::

    pip install torch==2.13.0 numpy
    python tests/reference/make_optimizers.py

Everything is computed in float64 from numbers that are exact in float32, and
rounded once when it is stored. SGD and AdamW are in make_reference.py.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.optim import lr_scheduler as lr

RNG = np.random.default_rng(20240302)
FOUND: dict[str, np.ndarray] = {}
STEPS = 20


def draw(*shape: int) -> Tensor:
    return torch.tensor(RNG.standard_normal(shape).astype(np.float32).astype(np.float64))


def store(case: str, spec: dict, **arrays: Tensor | np.ndarray) -> None:
    FOUND[f"{case}/spec"] = np.asarray(json.dumps(spec))
    for name, value in arrays.items():
        FOUND[f"{case}/{name}"] = np.asarray(value, np.float32)


def made(spec: dict, params: list[Tensor]) -> torch.optim.Optimizer:
    """PyTorch's optimizer for a specification in shoal's words."""
    kind, rate = spec["kind"], spec["learning_rate"]
    betas = (spec.get("beta1", 0.9), spec.get("beta2", 0.999))
    if kind == "adam":
        return torch.optim.Adam(params, rate, betas, spec.get("epsilon", 1e-8))
    if kind == "nadam":
        decay = spec.get("weight_decay", 0.0)
        groups = [{"params": [p], "weight_decay": decay if p.ndim > 1 else 0.0} for p in params]
        # So large that PyTorch's growing beta1 is constant from the first step.
        return torch.optim.NAdam(
            groups, rate, betas, spec.get("epsilon", 1e-8),
            momentum_decay=1e9, decoupled_weight_decay=True,
        )  # fmt: skip
    if kind == "rmsprop":
        return torch.optim.RMSprop(
            params, rate, spec.get("decay", 0.99), spec.get("epsilon", 1e-8),
            momentum=spec.get("momentum", 0.0), centered=spec.get("centered", False),
        )  # fmt: skip
    return torch.optim.Adagrad(params, rate, eps=spec.get("epsilon", 1e-10))


def optimizers() -> None:
    specs = [
        {"kind": "adam", "learning_rate": 0.05},
        {"kind": "adam", "learning_rate": 0.05, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-2},
        {"kind": "nadam", "learning_rate": 0.05},
        {"kind": "nadam", "learning_rate": 0.02, "beta1": 0.7, "beta2": 0.95, "weight_decay": 0.2},
        {"kind": "rmsprop", "learning_rate": 0.01},
        {"kind": "rmsprop", "learning_rate": 0.01, "decay": 0.9, "momentum": 0.8, "epsilon": 1e-3},
        {"kind": "rmsprop", "learning_rate": 0.01, "decay": 0.9, "centered": True},
        {"kind": "adagrad", "learning_rate": 0.1},
    ]
    for number, spec in enumerate(specs):
        weight, bias = draw(3, 4).requires_grad_(), draw(4).requires_grad_()
        start = weight.detach().clone(), bias.detach().clone()
        d_weight, d_bias = draw(STEPS, 3, 4), draw(STEPS, 4)
        optimizer = made(spec, [weight, bias])
        weights, biases = [], []
        for step in range(STEPS):
            weight.grad, bias.grad = d_weight[step].clone(), d_bias[step].clone()
            optimizer.step()
            weights.append(weight.detach().clone())
            biases.append(bias.detach().clone())
        store(
            f"optimizer/{spec['kind']}-{number}", spec, weight=start[0], bias=start[1],
            d_weight=d_weight, d_bias=d_bias, weights=torch.stack(weights),
            biases=torch.stack(biases),
        )  # fmt: skip


def schedules() -> None:
    """The learning rate of each of 40 steps, five of them an epoch."""

    def cosine(o: torch.optim.Optimizer, length: int, least: float) -> lr.LRScheduler:
        return lr.CosineAnnealingLR(o, length, least)

    def coslog(step: int, cycles: int) -> float:
        return 0.5 * (1 - math.cos(2 * math.pi * math.log2(1 + (2**cycles - 1) * step / 40)))

    plain = {"kind": "cosine", "peak": 0.4, "end": 0.1}
    steps = {"unit": "steps"}
    cases = [
        ({"kind": "step", "peak": 0.4, "every": 3.0, "factor": 0.5},
         lambda o: lr.StepLR(o, 15, 0.5)),
        ({"kind": "step", "peak": 0.4, "every": 7.0, "factor": 0.1, **steps},
         lambda o: lr.StepLR(o, 7, 0.1)),
        ({"kind": "exponential", "peak": 0.4, "factor": 0.9, **steps},
         lambda o: lr.ExponentialLR(o, 0.9)),
        ({"kind": "exponential", "peak": 0.4, "factor": 0.5},
         lambda o: lr.ExponentialLR(o, 0.5**0.2)),
        (plain, lambda o: cosine(o, 40, 0.04)),
        ({"kind": "warm_up", "length": 2.0, "start": 0.25, "then": 0.4},
         lambda o: lr.LinearLR(o, 0.25, 1.0, 10)),
        ({"kind": "warm_up", "length": 8.0, "start": 0.5, "then": plain, **steps},
         lambda o: lr.SequentialLR(o, [lr.LinearLR(o, 0.5, 1.0, 8), cosine(o, 32, 0.04)], [8])),
        ({"kind": "one_cycle", "peak": 0.4},
         lambda o: lr.OneCycleLR(o, 0.4, total_steps=40)),
        ({"kind": "one_cycle", "peak": 0.4, "warm_up": 0.5, "start": 0.1, "end": 0.001},
         lambda o: lr.OneCycleLR(o, 0.4, total_steps=40, pct_start=0.5, div_factor=10,
                                 final_div_factor=100)),
        ({"kind": "flat_cosine", "peak": 0.4},
         lambda o: lr.SequentialLR(o, [lr.ConstantLR(o, 1.0), cosine(o, 20, 0.0)], [20])),
        ({"kind": "flat_cosine", "peak": 0.4, "flat": 0.25, "end": 0.1},
         lambda o: lr.SequentialLR(o, [lr.ConstantLR(o, 1.0), cosine(o, 30, 0.04)], [10])),
        ({"kind": "multi_cycle", "peak": 0.4}, lambda o: lr.LambdaLR(o, lambda t: coslog(t, 4))),
        ({"kind": "multi_cycle", "peak": 0.4, "cycles": 2},
         lambda o: lr.LambdaLR(o, lambda t: coslog(t, 2))),
    ]  # fmt: skip
    for number, (spec, make) in enumerate(cases):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.4)
        scheduler = make(optimizer)
        rates = []
        for _ in range(40):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        store(f"schedule/{spec['kind']}-{number}", spec, rates=np.array(rates))


def clipping() -> None:
    cases = [("by_value", 0.5), ("by_norm", 0.7), ("by_norm", 100.0), ("by_norm", 3.0)]
    for number, (kind, limit) in enumerate(cases):
        weight, bias = draw(3, 4).requires_grad_(), draw(4).requires_grad_()
        weight.grad, bias.grad = draw(3, 4), draw(4)
        before = weight.grad.clone(), bias.grad.clone()
        if kind == "by_value":
            torch.nn.utils.clip_grad_value_([weight, bias], limit)
        else:
            torch.nn.utils.clip_grad_norm_([weight, bias], limit)
        store(
            f"clipping/{kind}-{number}", {"kind": kind, "limit": limit}, weight=before[0],
            bias=before[1], weight_after=weight.grad, bias_after=bias.grad,
        )  # fmt: skip


def main() -> None:
    for part in (optimizers, schedules, clipping):
        part()
    path = Path(__file__).with_name("optimizers.npz")
    np.savez_compressed(path, **FOUND)
    print(f"{path.name}: {len(FOUND)} arrays, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
