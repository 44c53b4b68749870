"""Writes members.npz: the layers of member ensembles, and a whole one, in PyTorch.

Run and read as make_reference.py. Members are looped over here one by one, each a network
of its own with the weights that the formula of BatchEnsemble gives it.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # PyTorch's own habit
from make_reference import draw, store, store_with_gradients, write
from torch import Tensor


def scaled(x: Tensor, own: dict[str, Tensor]) -> Tensor:
    """Each member's linear layer, its weight times the outer product of its scales."""
    outputs = []
    for m, h in enumerate(x.unbind(1)):
        weight = own["weight"] * own["scale_out"][m][None, :]
        if "scale_in" in own:
            weight = weight * own["scale_in"][m][:, None]
        outputs.append(F.linear(h, weight.T, own["bias"][m] if "bias" in own else None))
    return torch.stack(outputs, 1)


def apart(x: Tensor, own: dict[str, Tensor]) -> Tensor:
    """Each member's linear layer with weights of its own."""
    bias = own["bias"].unbind(0) if "bias" in own else [None] * x.shape[1]
    layers = zip(x.unbind(1), own["weight"].unbind(0), bias, strict=True)
    return torch.stack([F.linear(h, weight.T, b) for h, weight, b in layers], 1)


def members() -> None:
    x, scale = draw(5, 4), draw(3, 4)
    y = torch.stack([x * r for r in scale.unbind(0)], 1)
    store_with_gradients("members/0", y, {"members": 3}, x=x, scale_in=scale)


def batch_ensemble() -> None:
    for number, (k, scale_in, bias) in enumerate([(3, True, True), (1, False, True),
                                                  (4, True, False)]):  # fmt: skip
        own = {"weight": draw(4, 6), "scale_out": draw(k, 6)}
        own |= {"scale_in": draw(k, 4)} if scale_in else {}
        own |= {"bias": draw(k, 6)} if bias else {}
        x = draw(5, k, 4)
        spec = {"units": 6, "scale_in": scale_in, "bias": bias}
        store_with_gradients(f"batch_ensemble/{number}", scaled(x, own), spec, x=x, **own)


def member_dense() -> None:
    for number, (k, bias) in enumerate([(3, True), (2, False)]):
        own = {"weight": draw(k, 4, 2)} | ({"bias": draw(k, 2)} if bias else {})
        x = draw(5, k, 4)
        spec = {"units": 2, "bias": bias}
        store_with_gradients(f"member_dense/{number}", apart(x, own), spec, x=x, **own)


def member_mean() -> None:
    x = draw(5, 3, 4)
    store_with_gradients("member_mean/0", x.mean(1), {}, x=x)


def ensemble() -> None:
    """TabM and TabM-mini under cross entropy and squared error."""
    for number, (mini, task, outputs) in enumerate(
        [(False, "classification", 3), (True, "classification", 3), (False, "regression", 2)]
    ):
        k, d, units = 4, 5, 6
        params = {"members_1.scale_in": draw(k, d)}
        kind, own = ("dense", False) if mini else ("batch_ensemble", True)
        for layer, size in enumerate((d, units), start=1):
            params[f"{kind}_{layer}.weight"] = draw(size, units, scale=0.5)
            params[f"{kind}_{layer}.bias"] = draw(k, units) if own else draw(units)
            if own:
                params[f"{kind}_{layer}.scale_out"] = draw(k, units)
        if own:
            params[f"{kind}_2.scale_in"] = draw(k, units)
        params |= {"member_dense_1.weight": draw(k, units, outputs, scale=0.5)}
        params |= {"member_dense_1.bias": draw(k, outputs)}
        x = draw(7, d)
        classes = torch.tensor([0, 1, 2, 1, 0, 2, 2])
        values = draw(7, 2).detach()

        def part(name: str, params: dict[str, Tensor] = params) -> dict[str, Tensor]:
            return {k.split(".")[1]: v for k, v in params.items() if k.startswith(name + ".")}

        h = torch.stack([x * r for r in params["members_1.scale_in"].unbind(0)], 1)
        for layer in (1, 2):
            name = f"{kind}_{layer}"
            h = scaled(h, part(name)) if own else F.linear(
                h, params[f"{name}.weight"].T, params[f"{name}.bias"]
            )  # fmt: skip
            h = torch.relu(h)
        told = apart(h, part("member_dense_1"))
        if task == "classification":
            loss = torch.stack([F.cross_entropy(o, classes) for o in told.unbind(1)]).mean()
            answers, targets = torch.softmax(told, -1).mean(1), classes.numpy().astype(np.int32)
        else:
            loss = torch.stack([F.mse_loss(o, values) for o in told.unbind(1)]).mean()
            answers, targets = told.mean(1), values.numpy().astype(np.float32)
        loss.backward()
        case = f"ensemble/{number}"
        store(case, spec={"mini": mini, "task": task}, x=x, targets=targets, loss=loss)
        store(case, answers=answers, **params, **{f"d_{k}": v.grad for k, v in params.items()})


def main() -> None:
    write("members.npz", members, batch_ensemble, member_dense, member_mean, ensemble)


if __name__ == "__main__":
    main()
