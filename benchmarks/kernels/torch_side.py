"""PyTorch's side: eager calls into results allocated beforehand where it can.

A convolution of lanes is tried in the two forms that PyTorch has for it: one
grouped convolution, and the lanes one after the other, each channels last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from benchmarks.kernels.cases import draw
from benchmarks.kernels.clock import seconds
from benchmarks.process import serve

Tensor = torch.Tensor
MASKS = {"input_grad": [True, False, False], "weight_grad": [False, True, False]}


def _product(case: Mapping[str, Any], direction: str) -> Callable[[], object]:
    x, weight, dy = (torch.randn(shape) for shape in draw(case).values())
    left, right = {
        "forward": (x, weight),
        "input_grad": (dy, weight.transpose(1, 2)),
        "weight_grad": (x.transpose(1, 2), dy),
    }[direction]
    result = torch.bmm(left, right)
    return lambda: torch.bmm(left, right, out=result)


def _convolve(x: Tensor, weight: Tensor, dy: Tensor, groups: int, direction: str) -> object:
    half = weight.shape[-1] // 2
    if direction == "forward":
        return torch.nn.functional.conv2d(x, weight, None, 1, half, 1, groups)
    return torch.ops.aten.convolution_backward(
        dy, x, weight, None, [1, 1], [half] * 2, [1, 1], False, [0, 0], groups, MASKS[direction]
    )


def _alone(case: Mapping[str, Any], direction: str) -> Callable[[], object]:
    last = torch.channels_last
    lanes = []
    for _ in range(case["lanes"]):
        (_, *x), (_, *w), (_, *dy) = draw(case).values()
        lanes.append(
            (
                torch.randn(x).permute(0, 3, 1, 2),
                torch.randn(w).permute(3, 2, 0, 1).contiguous(memory_format=last),
                torch.randn(dy).permute(0, 3, 1, 2),
            )
        )
    return lambda: [_convolve(*lane, 1, direction) for lane in lanes]


def _grouped(case: Mapping[str, Any], direction: str) -> Callable[[], object]:
    lanes, batch, size = case["lanes"], case["batch"], case["size"]
    channels, filters, window = case["channels"], case["filters"], case["window"]
    last = torch.channels_last
    x = torch.randn(batch, lanes * channels, size, size).contiguous(memory_format=last)
    weight = torch.randn(lanes * filters, channels, window, window).contiguous(memory_format=last)
    dy = torch.randn(batch, lanes * filters, size, size).contiguous(memory_format=last)
    return lambda: _convolve(x, weight, dy, lanes, direction)


FORMS = {"bmm": _product, "alone": _alone, "grouped": _grouped}


def main() -> None:
    """Answers with the seconds of one call."""
    torch.set_grad_enabled(False)
    calls: dict[str, Callable[[], object]] = {}

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        key = str(request)
        if key not in calls:
            calls[key] = FORMS[request["form"]](request["case"], request["direction"])
            calls[key]()
        return {"seconds": seconds(calls[key]), "threads": torch.get_num_threads()}

    serve(answer)


if __name__ == "__main__":
    main()
