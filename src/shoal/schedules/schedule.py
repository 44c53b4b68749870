"""The protocol of a schedule: a number that changes while training goes on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp
from jax import Array

from shoal.errors import RecipeError
from shoal.registry import RECIPE_PARTS, Component, Registry
from shoal.space import Choice, Float, Int
from shoal.space.checks import values_of

Real = float | Float | Int | Choice

UNITS = ("epochs", "steps")
"""What lengths are counted in."""


class Moment(NamedTuple):
    """Where a trial stands, float32 scalars.

    All are inputs of the compiled program, a lane's own: trials of different
    lengths share a program.

    Attributes:
        step: steps taken so far; 0 at the first.
        steps: steps of the whole training, if nothing stops it early.
        epoch: steps of one epoch.
    """

    step: Array
    steps: Array
    epoch: Array

    def in_steps(self, length: Any, unit: str) -> Array:
        """A length in epochs or steps, in steps; at least a little, to be divided by."""
        scale = self.epoch if unit == "epochs" else jnp.float32(1.0)
        return jnp.maximum(real(length) * scale, 1e-6)


@dataclass(frozen=True, eq=False)
class Schedule(Component, ABC):
    """Stands where a number of an optimizer would, and goes from 0 to its peak at most.

    Its own numbers may be ranges; all of them are inputs of the compiled
    program, and so is the length of the training.
    """

    registry: ClassVar[Registry] = RECIPE_PARTS

    @abstractmethod
    def at(self, moment: Moment) -> Array:
        """The number with which the next step is taken, a float32 scalar."""

    @abstractmethod
    def peaks(self) -> tuple[Any, ...]:
        """The largest numbers that it can come to, for each range its bounds."""


def real(value: Any) -> Array:
    """A number of a schedule inside the program."""
    return jnp.asarray(value, jnp.float32)


def check_unit(unit: Any) -> None:
    """Raise RecipeError unless it is a unit of length."""
    for found in values_of(unit):
        if found not in UNITS:
            raise RecipeError(
                "lengths are in epochs or in steps", expected=" or ".join(UNITS), received=found
            )
