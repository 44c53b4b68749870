"""What is measured: shapes of products and convolutions of lanes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

BATCH = 64
DIRECTIONS = ("forward", "input_grad", "weight_grad")

PRODUCTS: list[dict[str, Any]] = [
    {"lanes": lanes, "batch": BATCH, "inputs": inputs, "outputs": outputs}
    for lanes in (16, 64, 256)
    for inputs, outputs in ((16, 16), (32, 32), (64, 64), (128, 128), (16, 128), (128, 16))
]


def _convolution(
    lanes: int, size: int, channels: int, filters: int, window: int, batch: int = BATCH
) -> dict[str, Any]:
    return {
        "lanes": lanes,
        "batch": batch,
        "size": size,
        "channels": channels,
        "filters": filters,
        "window": window,
    }


CONVOLUTIONS: list[dict[str, Any]] = [
    _convolution(1, 28, 1, 32, 5),
    _convolution(1, 14, 32, 64, 5),
    _convolution(1, 14, 64, 64, 3),
    _convolution(1, 32, 16, 32, 3, batch=16),
    _convolution(1, 7, 64, 64, 3),
    _convolution(16, 28, 1, 8, 3),
    _convolution(16, 14, 8, 8, 3),
    _convolution(16, 14, 8, 16, 5),
    _convolution(16, 14, 16, 16, 3),
    _convolution(16, 7, 16, 32, 3),
    _convolution(64, 28, 1, 8, 5),
    _convolution(64, 14, 4, 8, 3),
    _convolution(64, 14, 8, 16, 3),
    _convolution(64, 7, 32, 32, 3),
    _convolution(8, 32, 16, 16, 3, batch=16),
]


def directions(case: Mapping[str, Any]) -> tuple[str, ...]:
    """The directions that training asks for: a gray image needs no gradient."""
    return DIRECTIONS if case.get("channels") != 1 else ("forward", "weight_grad")


def flops(case: Mapping[str, Any]) -> float:
    """Useful operations of one direction: two a multiply-add."""
    if "inputs" in case:
        return 2.0 * case["lanes"] * case["batch"] * case["inputs"] * case["outputs"]
    taps = _inside(case["size"], case["window"]) ** 2
    return 2.0 * case["lanes"] * case["batch"] * taps * case["channels"] * case["filters"]


def _inside(size: int, window: int) -> int:
    """Pairs of output and tap along one axis that do not meet the zero border."""
    half = window // 2
    return sum(min(size, place + half + 1) - max(0, place - half) for place in range(size))


def name(case: Mapping[str, Any]) -> str:
    """A case in a word."""
    if "inputs" in case:
        return f"{case['lanes']} x {case['batch']}x{case['inputs']}x{case['outputs']}"
    return (
        f"{case['lanes']} x {case['batch']}x{case['size']}x{case['size']}x{case['channels']}"
        f" to {case['filters']}, {case['window']}x{case['window']}"
    )


def draw(case: Mapping[str, Any]) -> dict[str, Sequence[int]]:
    """The shapes of x, weight and dy, lanes first."""
    lanes, batch = case["lanes"], case["batch"]
    if "inputs" in case:
        inputs, outputs = case["inputs"], case["outputs"]
        return {
            "x": (lanes, batch, inputs),
            "weight": (lanes, inputs, outputs),
            "dy": (lanes, batch, outputs),
        }
    image = (lanes, batch, case["size"], case["size"])
    window = case["window"]
    return {
        "x": (*image, case["channels"]),
        "weight": (lanes, window, window, case["channels"], case["filters"]),
        "dy": (*image, case["filters"]),
    }
