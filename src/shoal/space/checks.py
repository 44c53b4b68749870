"""Checks of a recipe's values: of fixed ones, and of all that a range may give."""

from __future__ import annotations

from typing import Any

from jax import Array

from shoal.errors import RecipeError
from shoal.space import Choice, Float, Int


def values_of(value: Any) -> tuple[Any, ...]:
    """What may stand in the value's place: its bounds or options if it is a range."""
    if isinstance(value, Float | Int):
        return value.low, value.high
    if isinstance(value, Choice):
        return tuple(found for option in value.options for found in values_of(option))
    return (value,)


def check_whole(value: Any, what: str, *, least: int = 1) -> None:
    """Raise RecipeError unless every value is a whole number and large enough."""
    if isinstance(value, Float):
        raise RecipeError(f"{what} is a whole number", received="a Float", hint="Use an Int.")
    for found in values_of(value):
        if isinstance(found, bool) or not isinstance(found, int) or found < least:
            raise RecipeError(
                f"{what} is a whole number", expected=f"at least {least}", received=repr(found)
            )


TOO_LARGE = 2.0**128
"""The first number that float32, in which programs compute, does not hold."""


def check_number(value: Any, what: str, *, low: float, high: float = TOO_LARGE) -> None:
    """Raise RecipeError unless every value is a number in [low, high).

    A traced value, inside a program, stands for one that was checked outside.
    """
    for found in values_of(value):
        if isinstance(found, Array):
            continue
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise RecipeError(f"{what} is a number", received=repr(found))
        if not low <= found < high:
            raise RecipeError(
                f"{what} lies in its bounds",
                expected=f"{low:g} ≤ {what} < {high:g}",
                received=found,
            )


def check_share(value: Any, what: str) -> None:
    """Raise RecipeError unless every value is a number from 0 to 1, both included."""
    for found in values_of(value):
        if isinstance(found, bool | Array) or found != 1:
            check_number(found, what, low=0.0, high=1.0)


def check_flag(value: Any, what: str) -> None:
    """Raise RecipeError unless every value is True or False."""
    for found in values_of(value):
        if not isinstance(found, bool):
            raise RecipeError(f"{what} is True or False", received=repr(found))


def check_kind(value: Any, kind: Any, what: str, example: str) -> None:
    """Raise RecipeError unless every value is an object of this class (or union of classes)."""
    for found in values_of(value):
        if not isinstance(found, kind):
            raise RecipeError(
                f"{what} is an object of its kind",
                expected=f"for example {example}",
                received=f"{type(found).__name__} {found!r}",
            )
