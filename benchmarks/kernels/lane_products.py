"""The row `lane-products`: products of lanes against `torch.bmm`."""

from __future__ import annotations

from typing import Any

from benchmarks.kernels.cases import PRODUCTS
from benchmarks.kernels.compare import compare


def run() -> dict[str, Any]:
    """16 to 256 lanes of 64 x (16 … 128) x (16 … 128), three directions."""
    return compare("lane-products", PRODUCTS, ["bmm"])
