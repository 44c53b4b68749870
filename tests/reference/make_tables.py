"""Writes tables.npz: what networks on tables are made of, in PyTorch.

Run and read as make_reference.py.
"""

from __future__ import annotations

from math import pi

import torch
import torch.nn.functional as F  # noqa: N812  # PyTorch's own habit
from make_reference import draw, store_with_gradients, write
from torch import Tensor


def linear(waves: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """For each feature a linear layer of its own."""
    layers = zip(waves.unbind(1), weight.unbind(0), bias.unbind(0), strict=True)
    return torch.stack([w @ matrix + b for w, matrix, b in layers], 1)


def periodic_embedding() -> None:
    for number, (size, numeric, waves, features) in enumerate([(4, 4, 5, 3), (5, 2, 16, 4)]):
        x, frequency = draw(6, size, scale=2.0), draw(numeric, waves, scale=0.5)
        weight, bias = draw(numeric, 2 * waves, features), draw(numeric, features)
        angle = 2 * pi * x[:, :numeric, None] * frequency
        h = torch.relu(linear(torch.cat([angle.cos(), angle.sin()], -1), weight, bias))
        y = torch.cat([h.flatten(1), x[:, numeric:]], 1)
        spec = {"frequencies": waves, "features": features, "numeric": numeric}
        store_with_gradients(
            f"periodic_embedding/{number}", y, spec,
            x=x, frequency=frequency, weight=weight, bias=bias,
        )  # fmt: skip


def pbld_embedding() -> None:
    for number, (size, numeric, waves, features) in enumerate([(4, 4, 5, 3), (5, 2, 16, 4)]):
        x, frequency = draw(6, size, scale=2.0), draw(numeric, waves, scale=0.5)
        phase, weight = draw(numeric, waves), draw(numeric, waves, features - 1)
        bias = draw(numeric, features - 1)
        wave = torch.cos(2 * pi * (x[:, :numeric, None] * frequency + phase))
        y = torch.cat([linear(wave, weight, bias).flatten(1), x], 1)
        spec = {"frequencies": waves, "features": features, "numeric": numeric}
        store_with_gradients(
            f"pbld_embedding/{number}", y, spec,
            x=x, frequency=frequency, phase=phase, weight=weight, bias=bias,
        )  # fmt: skip


def feature_scale() -> None:
    for number, shape in enumerate([(5,), (3, 2, 4)]):
        x, scale = draw(4, *shape), draw(shape[-1])
        store_with_gradients(f"feature_scale/{number}", x * scale, {}, x=x, scale=scale)


def parametric() -> None:
    """PyTorch's own PReLU by its slope, others by their formula."""
    functions = {"selu": F.selu, "mish": F.mish, "sigmoid": torch.sigmoid}
    for number, (kind, shape) in enumerate(
        [("relu", (6,)), ("relu", (3, 2, 4)), ("selu", (6,)), ("mish", (3, 2)), ("sigmoid", (4,))]
    ):
        x, alpha = draw(5, *shape, scale=2.0), draw(shape[-1])
        if kind == "relu":
            y = F.prelu(x.movedim(-1, 1), 1 - alpha).movedim(1, -1)
        else:
            y = (1 - alpha) * x + alpha * functions[kind](x)
        store_with_gradients(f"parametric/{number}", y, {"activation": kind}, x=x, alpha=alpha)


def main() -> None:
    write("tables.npz", periodic_embedding, pbld_embedding, feature_scale, parametric)


if __name__ == "__main__":
    main()
