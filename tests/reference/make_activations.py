"""Writes activations.npz: what PyTorch computes for the activations of shoal.

Run by hand when an activation is added; the tests read the file and need no PyTorch::

    pip install torch==2.13.0 numpy
    python tests/reference/make_activations.py

Everything is computed in float64 from inputs that are exact in float32, and
rounded once when it is stored.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # PyTorch's own habit

RNG = np.random.default_rng(20240301)
FUNCTIONS = {
    # PyTorch's own has no gradient, not even zero.
    "heaviside": lambda x: torch.heaviside(x.detach(), torch.ones((), dtype=x.dtype)) + 0.0 * x,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "silu": F.silu,
    "mish": F.mish,
    "softplus": lambda x: F.softplus(x, threshold=1e6),
    "softsign": F.softsign,
    "hard_sigmoid": F.hardsigmoid,
    "log_softmax": lambda x: F.log_softmax(x, -1),
}
NUMBERS = {
    ("leaky_relu", "slope"): lambda x: F.leaky_relu(x, 0.3),
    ("elu", "alpha"): lambda x: F.elu(x, 0.3),
}
KINKS = np.array([[-3.0, -0.0, 0.0, 3.0], [-1e-3, 1e-3, -20.0, 20.0]])


def main() -> None:
    found: dict[str, np.ndarray] = {}
    cases = {(kind, None): function for kind, function in FUNCTIONS.items()} | NUMBERS
    for (kind, field), function in cases.items():
        inputs = [RNG.normal(0, 3, (6, 5)), RNG.normal(0, 30, (2, 3, 2, 4)), KINKS]
        for number, values in enumerate(inputs):
            x = torch.tensor(values.astype(np.float32).astype(np.float64), requires_grad=True)
            cotangent = RNG.normal(size=values.shape).astype(np.float32)
            y = function(x)
            (y * torch.tensor(cotangent)).sum().backward()
            case = f"activation/{kind}{'' if field is None else f'-{field}'}-{number}"
            spec = {"kind": kind, "fields": {} if field is None else {field: 0.3}}
            found[f"{case}/spec"] = np.asarray(json.dumps(spec))
            for name, value in (("x", x), ("y", y), ("d_x", x.grad)):
                found[f"{case}/{name}"] = value.detach().numpy().astype(np.float32)
            found[f"{case}/cotangent"] = cotangent
    path = Path(__file__).with_name("activations.npz")
    np.savez_compressed(path, **found)
    print(f"{path.name}: {len(found)} arrays, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
