"""Makes losses.npz: PyTorch's values and gradients of losses. Run it where PyTorch is installed.

python tests/reference/make_losses.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

rng = np.random.default_rng(7)


def tensor(values, **kwargs):
    return torch.tensor(np.asarray(values), **kwargs)


OUTPUTS = 2 * rng.normal(size=(6, 4))
VALUES = rng.normal(size=(6, 4))
COUNTS = rng.integers(0, 6, (6, 4)).astype(np.float64)
SHARES = rng.dirichlet(np.ones(4), 6)
SHARES[0] = [1.0, 0.0, 0.0, 0.0]
CLASSES = rng.integers(0, 4, 6)
LABELS = rng.integers(0, 2, (6, 4)).astype(np.float64)
PIXELS = 2 * rng.normal(size=(3, 4, 5, 3))
MASKS = rng.integers(-1, 3, (3, 4, 5))
WEIGHTS = np.array([0.5, 2.0, 1.0, 3.0])
SINGLE = 2 * rng.normal(size=(6, 1))


def pixel_means(losses):
    """The mean over an image's labeled pixels."""
    present = tensor(MASKS >= 0).double()
    return (losses * present).sum(dim=(1, 2)) / present.sum(dim=(1, 2))


def channels_first(outputs):
    return outputs.permute(0, 3, 1, 2)


# By name: the loss as a recipe writes it, outputs, targets, and the same in PyTorch.
CASES = {
    "squared_error": (
        {},
        OUTPUTS,
        VALUES,
        lambda o: functional.mse_loss(o, tensor(VALUES), reduction="none").mean(1),
    ),
    "absolute_error": (
        {},
        OUTPUTS,
        VALUES,
        lambda o: functional.l1_loss(o, tensor(VALUES), reduction="none").mean(1),
    ),
    "huber": (
        {"delta": 0.7},
        OUTPUTS,
        VALUES,
        lambda o: functional.huber_loss(o, tensor(VALUES), reduction="none", delta=0.7).mean(1),
    ),
    "poisson": (
        {},
        OUTPUTS,
        COUNTS,
        lambda o: functional.poisson_nll_loss(o, tensor(COUNTS), reduction="none").mean(1),
    ),
    "gaussian_nll": (
        {},
        OUTPUTS,
        VALUES[:, :2],
        lambda o: functional.gaussian_nll_loss(
            o[:, :2], tensor(VALUES[:, :2]), torch.exp(o[:, 2:]), reduction="none", eps=1e-12
        ).mean(1),
    ),
    "kl_divergence": (
        {},
        OUTPUTS,
        SHARES,
        lambda o: functional.kl_div(
            functional.log_softmax(o, 1), tensor(SHARES), reduction="none"
        ).sum(1),
    ),
    "cross_entropy": (
        {},
        OUTPUTS,
        CLASSES,
        lambda o: functional.cross_entropy(o, tensor(CLASSES), reduction="none"),
    ),
    "cross_entropy_smoothed": (
        {"kind": "cross_entropy", "label_smoothing": 0.2, "class_weights": list(WEIGHTS)},
        OUTPUTS,
        CLASSES,
        lambda o: functional.cross_entropy(
            o, tensor(CLASSES), weight=tensor(WEIGHTS), reduction="none", label_smoothing=0.2
        ),
    ),
    "cross_entropy_shares": (
        {"kind": "cross_entropy", "class_weights": list(WEIGHTS)},
        OUTPUTS,
        SHARES,
        lambda o: functional.cross_entropy(
            o, tensor(SHARES), weight=tensor(WEIGHTS), reduction="none"
        ),
    ),
    "cross_entropy_single": (
        {"kind": "cross_entropy"},
        SINGLE,
        CLASSES % 2,
        lambda o: functional.binary_cross_entropy_with_logits(
            o[:, 0], tensor(CLASSES % 2).double(), reduction="none"
        ),
    ),
    "cross_entropy_pixels": (
        {"kind": "cross_entropy", "class_weights": list(WEIGHTS[:3])},
        PIXELS,
        MASKS,
        lambda o: pixel_means(
            functional.cross_entropy(
                channels_first(o),
                tensor(MASKS),
                weight=tensor(WEIGHTS[:3]),
                reduction="none",
                ignore_index=-1,
            )
        ),
    ),
    "negative_log_likelihood": (
        {"class_weights": list(WEIGHTS)},
        OUTPUTS,
        CLASSES,
        lambda o: functional.nll_loss(o, tensor(CLASSES), weight=tensor(WEIGHTS), reduction="none"),
    ),
    "binary_cross_entropy": (
        {"class_weights": list(WEIGHTS), "positive_weight": 2.5},
        OUTPUTS,
        LABELS,
        lambda o: functional.binary_cross_entropy_with_logits(
            o,
            tensor(LABELS),
            weight=tensor(WEIGHTS),
            pos_weight=tensor([2.5] * 4),
            reduction="none",
        ).mean(1),
    ),
    "hinge": (
        {},
        SINGLE,
        CLASSES % 2,
        lambda o: functional.hinge_embedding_loss(
            o[:, 0] * tensor(2.0 * (CLASSES % 2) - 1),
            -torch.ones(6),
            reduction="none",
        ),
    ),
    "squared_hinge": (
        {},
        OUTPUTS,
        CLASSES,
        lambda o: (
            torch.relu(1 - (2 * functional.one_hot(tensor(CLASSES), 4) - 1) * o).square().mean(1)
        ),
    ),
}


def main() -> None:
    found = {}
    for name, (spec, outputs, targets, loss) in CASES.items():
        o = tensor(outputs, requires_grad=True)
        losses = loss(o)
        losses.sum().backward()
        found |= {
            f"loss/{name}/spec": json.dumps({"kind": name, **spec}),
            f"loss/{name}/outputs": outputs,
            f"loss/{name}/targets": targets,
            f"loss/{name}/losses": losses.detach().numpy(),
            f"loss/{name}/gradient": o.grad.numpy(),
        }
    np.savez_compressed(Path(__file__).with_name("losses.npz"), **found)


if __name__ == "__main__":
    main()
