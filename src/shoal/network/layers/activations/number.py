"""Numbers of activations: checked where they are written, traced where they are used."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
from jax import Array

from shoal.errors import NetworkError
from shoal.space import Choice, Float, Int

Number = float | Float | Int | Choice


def check_number(value: Any, what: str) -> None:
    """Raise NetworkError unless every value is a finite number of at least 0.

    A traced value, inside a program, stands for one that was checked outside.
    """
    if isinstance(value, Float | Int):
        check_number(value.low, what)
    elif isinstance(value, Choice):
        for option in value.options:
            check_number(option, what)
    elif not isinstance(value, Array):
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if not plain or not value >= 0 or not math.isfinite(value):
            raise NetworkError(f"{what} is a number of at least 0", received=repr(value))


def like(value: Any, x: Array) -> Array:
    """The number with the type of x."""
    return jnp.asarray(value, x.dtype)
