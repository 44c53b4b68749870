"""Every partial derivative cut to a size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp

from shoal.network import Params
from shoal.space import Choice, Float, Int, traced
from shoal.training.clipping.clipping import Clipping
from shoal.training.validity import check_number


@dataclass(frozen=True, eq=False)
class ByValue(Clipping):
    r"""Cuts every number of the gradient: :math:`g_i \leftarrow \min(c, \max(-c, g_i))`.

    It may turn the gradient; `ByNorm` does not.

    Args:
        limit: c.

    Raises:
        RecipeError: a negative limit.

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 10.11.1.
    """

    kind: ClassVar[str] = "by_value"

    limit: float | Float | Int | Choice = traced(1.0)

    def __post_init__(self) -> None:
        check_number(self.limit, "limit", low=0.0)

    def clipped(self, gradients: Params) -> Params:
        limit = jnp.asarray(self.limit, jnp.float32)
        cut: Params = jax.tree.map(lambda g: jnp.clip(g, -limit, limit), gradients)
        return cut
