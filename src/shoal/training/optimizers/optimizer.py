"""The protocol of an optimizer: how weights follow their gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import optax
from jax import Array

from shoal.network import Params
from shoal.space import Choice, Float, Int
from shoal.training.optimizers.bounds import Bounds
from shoal.training.optimizers.decays import Decays

Number = float | Float | Int | Choice


@dataclass(frozen=True, eq=False)
class Optimizer(ABC):
    """Makes an optax transformation inside the compiled step.

    Every number may be a traced value there, so that each lane has its own and
    none needs a new compilation.
    """

    kind: ClassVar[str]

    @abstractmethod
    def transformation(self, decays: Decays | bool = True) -> optax.GradientTransformation:
        """The optax transformation with this optimizer's numbers.

        Args:
            decays: which parameters the weight decay applies to.
        """

    def step(
        self,
        gradients: Params,
        memory: Any,
        params: Params,
        go: Array,
        bounds: Bounds,
        decays: Decays,
    ) -> tuple[Params, Any]:
        """Weights and memory after one step; as they were unless ``go``.

        Args:
            gradients: of the loss, by owner and name like the weights.
            memory: the transformation's state.
            params: the weights.
            go: whether the step is taken.
            bounds: what part of each weight is in use, for kernels that can skip
                the rest; there, weights and gradients are zero.
            decays: which weights the weight decay applies to.
        """
        # optax counts steps in integers and leaves it to promotion to compute with them.
        with jax.numpy_dtype_promotion("standard"):
            updates, after = self.transformation(decays).update(gradients, memory, params)
            updated = (optax.apply_updates(params, updates), after)
        stepped: tuple[Params, Any] = jax.tree.map(
            lambda new, old: jnp.where(go, new, old), updated, (params, memory)
        )
        return stepped


def number(value: Any) -> Array:
    """A number of the optimizer as the kernels take it."""
    return jnp.asarray(value, jnp.float32)
