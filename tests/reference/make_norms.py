"""Writes norms.npz: PyTorch's normalizations, embeddings and shared weights.

Run and read as make_reference.py.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  # PyTorch's own habit
from make_reference import draw, store, store_with_gradients, write
from torch import Tensor

BATCHES = (4, 4, 3, 1)
"""Examples of each batch; the last ones do not fill it up."""


def channels_first(x: Tensor) -> Tensor:
    return x.movedim(-1, 1)


def channels_last(x: Tensor) -> Tensor:
    return x.movedim(1, -1)


def batch_norm() -> None:
    """Four batches in training, the running statistics after each, then a prediction."""
    cases = [((5,), 0.1, 1e-5), ((3, 2, 4), 0.3, 1e-2), ((4,), 1.0, 1e-3)]
    for number, (shape, momentum, epsilon) in enumerate(cases):
        size = shape[-1]
        scale, shift = draw(size), draw(size)
        running = torch.zeros(size, dtype=torch.float64), torch.ones(size, dtype=torch.float64)
        whole, cotangent = draw(len(BATCHES), 4, *shape, scale=2.0), draw(4, *shape).detach()
        for at, rows in enumerate(BATCHES):
            if rows == 1 and len(shape) == 1:
                continue  # PyTorch refuses what has no variance.
            x = whole[at, :rows].detach().requires_grad_()
            scale.grad = shift.grad = None
            y = channels_last(
                F.batch_norm(channels_first(x), *running, scale, shift, True, momentum, epsilon)
            )
            (y * cotangent[:rows]).sum().backward()
            store(
                f"batch_norm/{number}", **{f"y{at}": y, f"d_x{at}": x.grad},
                **{f"d_scale{at}": scale.grad, f"d_shift{at}": shift.grad},
                **{f"mean{at}": running[0].clone(), f"variance{at}": running[1].clone()},
            )  # fmt: skip
        x = whole[0].detach().requires_grad_()
        scale.grad = shift.grad = None
        y = channels_last(
            F.batch_norm(channels_first(x), *running, scale, shift, False, momentum, epsilon)
        )
        (y * cotangent).sum().backward()
        store(
            f"batch_norm/{number}", spec={"momentum": momentum, "epsilon": epsilon},
            whole=whole, cotangent=cotangent, scale=scale, shift=shift, y=y, d_x=x.grad,
            d_scale=scale.grad, d_shift=shift.grad,
        )  # fmt: skip


def layer_norm() -> None:
    for number, (shape, epsilon) in enumerate([((6,), 1e-5), ((3, 2, 4), 1e-2), ((5, 2), 1e-3)]):
        x, scale, shift = draw(4, *shape, scale=2.0), draw(shape[-1]), draw(shape[-1])
        y = F.layer_norm(x, shape[-1:], scale, shift, epsilon)
        store_with_gradients(
            f"layer_norm/{number}", y, {"epsilon": epsilon}, x=x, scale=scale, shift=shift
        )


def main() -> None:
    write("norms.npz", batch_norm, layer_norm)


if __name__ == "__main__":
    main()
