"""Writes norms.npz: PyTorch's normalizations, embeddings and shared weights.

Run and read as make_reference.py.
"""

from __future__ import annotations

import numpy as np
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


def embedding() -> None:
    """Tokens met several times, once and never, with padding and without."""
    tokens = torch.tensor([[3, 1, 0, 0], [5, 3, 3, 2], [0, 6, 1, 3]])
    for number, padding in enumerate([0, None, 3]):
        weight = draw(7, 5)
        kept = weight if padding is None else weight * (torch.arange(7) != padding)[:, None]
        y = F.embedding(tokens, kept, padding_idx=padding)
        store_with_gradients(
            f"embedding/{number}", y, {"vocabulary": 7, "features": 5, "padding": padding},
            weight=weight,
        )  # fmt: skip
        store(f"embedding/{number}", tokens=tokens.numpy().astype(np.int32))


def sharing() -> None:
    """One embedding, one dense layer and one batch norm, each at two places of a network."""
    tokens, classes = torch.tensor([[1, 2, 0], [3, 1, 2], [2, 2, 4]]), torch.tensor([0, 1, 1])
    table, first, first_bias = draw(5, 4), draw(12, 6, scale=0.5), draw(6, scale=0.2)
    weight, bias, scale, shift = draw(6, 6, scale=0.5), draw(6, scale=0.2), draw(6), draw(6)
    last, last_bias = draw(18, 2, scale=0.5), draw(2)
    running = torch.zeros(6, dtype=torch.float64), torch.ones(6, dtype=torch.float64)

    def norm(x: Tensor) -> Tensor:
        return F.batch_norm(x, *running, scale, shift, True, 0.2, 1e-3)

    once = norm(torch.tanh((table[tokens].flatten(1) @ first + first_bias) @ weight + bias))
    twice = norm(torch.tanh(once @ weight + bias))
    outputs = torch.cat([twice, table[tokens].flatten(1)], 1) @ last + last_bias
    loss = F.cross_entropy(outputs, classes)
    loss.backward()
    params = {
        "embedding_1.weight": table, "dense_1.weight": first, "dense_1.bias": first_bias,
        "dense_2.weight": weight, "dense_2.bias": bias,
        "batch_norm_1.scale": scale, "batch_norm_1.shift": shift,
        "dense_3.weight": last, "dense_3.bias": last_bias,
    }  # fmt: skip
    store(
        "sharing/0", tokens=tokens.numpy().astype(np.int32), outputs=outputs, loss=loss,
        targets=classes.numpy().astype(np.int32), mean=running[0], variance=running[1],
        **params, **{f"d_{k}": v.grad for k, v in params.items()},
    )  # fmt: skip


def main() -> None:
    write("norms.npz", batch_norm, layer_norm, embedding, sharing)


if __name__ == "__main__":
    main()
