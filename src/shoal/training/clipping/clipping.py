"""The protocol of clipping: what is done to gradients before the optimizer sees them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from shoal.network import Params
from shoal.registry import RECIPE_PARTS, Component, Registry


@dataclass(frozen=True, eq=False)
class Clipping(Component, ABC):
    """Cuts one network's gradients down to a size."""

    registry: ClassVar[Registry] = RECIPE_PARTS

    @abstractmethod
    def clipped(self, gradients: Params) -> Params:
        """The gradients that the optimizer is given."""
