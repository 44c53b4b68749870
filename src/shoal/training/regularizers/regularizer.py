"""The protocol of a regularizer of weights: which weights, and what is done to them."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.errors import RecipeError
from shoal.network import Network, Params
from shoal.registry import RECIPE_PARTS, Component, Registry
from shoal.space import Choice, Float, Int, static, traced
from shoal.training.optimizers.decays import Decays
from shoal.training.validity import check_flag, check_number, values_of

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
