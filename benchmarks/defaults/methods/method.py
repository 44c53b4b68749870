"""What fitting a method gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.defaults.problem import Array


@dataclass(frozen=True)
class Fitted:
    """A fitted method.

    Attributes:
        function: from examples to classes, those of masks for each pixel.
        told: what is worth telling of it, as plain data.
    """

    function: Callable[[Array], Array]
    told: Mapping[str, Any] = field(default_factory=dict)
