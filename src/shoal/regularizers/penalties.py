"""Regularizers of weights: what keeps them small."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.errors import RecipeError
from shoal.nn import Network, Params
from shoal.optimizers.optimizer import Decays
from shoal.registry import RECIPE_PARTS, Component, Registry
from shoal.space import Choice, Float, Int, static, traced
from shoal.space.checks import check_flag, check_number, values_of

Layers = Sequence[str] | Choice | None


@dataclass(frozen=True, eq=False)
class Regularizer(Component, ABC):
    """Keeps weights small, all of the network's or those of some layers.

    A part of the recipe and not of a layer, so that one network can be trained
    with and without it. Several stand side by side, each for its own layers::

        Recipe(regularizers=(L2(1e-4), L1(Float(1e-6, 1e-3, log=True), layers=("dense_1",))))

    Biases, and scales and shifts of norms, are left alone unless asked for.

    Args:
        strength: λ.
        layers: names of layers; None: every layer.
        biases: also what is no weight.

    Raises:
        RecipeError: a negative strength, layers that are no names.
    """

    registry: ClassVar[Registry] = RECIPE_PARTS

    strength: float | Float | Int | Choice = traced()
    layers: Layers = static(None)
    biases: bool | Choice = static(False)

    def __post_init__(self) -> None:
        check_number(self.strength, "strength", low=0.0)
        check_flag(self.biases, "biases")
        for layers in values_of(self.layers):
            _check_names(layers)

    def penalty(self, params: Params, decays: Decays) -> Array:
        """What is added to the loss, a scalar.

        Args:
            params: what is trained.
            decays: which of it is a weight.
        """
        return jnp.zeros((), jnp.float32)

    def shrunk(self, params: Params, decays: Decays, learning_rate: Array) -> Params:
        """The parameters as they are before the optimizer's step.

        Args:
            params: what is trained.
            decays: which of it is a weight.
            learning_rate: the optimizer's at this step; 0 if the step is not taken.
        """
        return params

    def meant(self, owner: str, name: str, decays: Decays) -> bool:
        """Whether it applies to this parameter."""
        layers: Any = self.layers
        return (layers is None or owner in layers) and (bool(self.biases) or decays[owner][name])

    def check(self, network: Network) -> None:
        """Raise RecipeError unless the network has the layers that are named, with weights."""
        owners = network.trained_specs()
        layers: Any = self.layers
        for name in layers or ():
            if name not in owners:
                raise RecipeError(
                    "a regularizer names layers that have weights",
                    where=f"recipe.regularizers: {self.kind}",
                    expected=", ".join(owners),
                    received=repr(name),
                )


def _check_names(layers: Any) -> None:
    listed = isinstance(layers, list | tuple) and len(layers) > 0
    if layers is not None and not (listed and all(isinstance(name, str) for name in layers)):
        raise RecipeError(
            "layers are given by their names", expected='for example ("dense_1",)',
            received=repr(layers),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class L1(Regularizer):
    r"""Adds :math:`\lambda \sum_i |w_i|` to the loss: many weights end near zero.

    The derivative at 0 is taken as 0.

    Args:
        strength: λ.
        layers: names of layers; None: every layer.
        biases: also biases, and scales and shifts of norms.

    Raises:
        RecipeError: a negative strength, layers that are no names.

    Source: Tibshirani, "Regression shrinkage and selection via the lasso", JRSS B
    58 (1996).
    """

    kind: ClassVar[str] = "l1"

    def penalty(self, params: Params, decays: Decays) -> Array:
        total = jnp.zeros((), jnp.float32)
        for owner, own in params.items():
            for name, value in own.items():
                if self.meant(owner, name, decays):
                    # jax has 1 for the derivative of |w| at 0: masked weights would move.
                    sign = jax.lax.stop_gradient(jnp.sign(value))
                    total = total + jnp.sum(value * sign)
        return jnp.asarray(self.strength, jnp.float32) * total


@dataclass(frozen=True, eq=False)
class L2(Regularizer):
    r"""Adds :math:`\frac{\lambda}{2} \sum_i w_i^2` to the loss, λw to its gradient.

    Under plain gradient descent that is weight decay; under an optimizer that
    rescales gradients, such as Adam, it is not (see `WeightDecay`).

    Args:
        strength: λ.
        layers: names of layers; None: every layer.
        biases: also biases, and scales and shifts of norms.

    Raises:
        RecipeError: a negative strength, layers that are no names.

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 7.1.1.
    """

    kind: ClassVar[str] = "l2"

    def penalty(self, params: Params, decays: Decays) -> Array:
        total = jnp.zeros((), jnp.float32)
        for owner, own in params.items():
            for name, value in own.items():
                if self.meant(owner, name, decays):
                    total = total + jnp.sum(jnp.square(value))
        return jnp.asarray(self.strength, jnp.float32) * 0.5 * total


@dataclass(frozen=True, eq=False)
class WeightDecay(Regularizer):
    r"""Shrinks weights before each step: :math:`w \leftarrow (1 - \eta\lambda) w`.

    Decoupled: it is no part of the loss, and no optimizer rescales it. η is the
    optimizer's learning rate at that step. With `Adam` this is `AdamW`, which does
    the same to the whole network in one pass and is faster; this one is for some
    layers, for several strengths, and for every other optimizer.

    Args:
        strength: λ.
        layers: names of layers; None: every layer.
        biases: also biases, and scales and shifts of norms.

    Raises:
        RecipeError: a negative strength, layers that are no names.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019.
    """

    kind: ClassVar[str] = "weight_decay"

    def shrunk(self, params: Params, decays: Decays, learning_rate: Array) -> Params:
        kept = 1.0 - learning_rate * jnp.asarray(self.strength, jnp.float32)
        return {
            owner: {
                name: value * kept if self.meant(owner, name, decays) else value
                for name, value in own.items()
            }
            for owner, own in params.items()
        }
