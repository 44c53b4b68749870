"""The row `lane-convolutions`: convolutions of lanes against PyTorch's (oneDNN)."""

from __future__ import annotations

from typing import Any

from benchmarks.kernels.cases import CONVOLUTIONS
from benchmarks.kernels.compare import compare


def run() -> dict[str, Any]:
    """3x3 and 5x5, 1 to 64 channels, 7x7 to 32x32 maps, 1 to 64 lanes, three directions."""
    return compare("lane-convolutions", CONVOLUTIONS, ["alone", "grouped"])
