"""Checks before anything is trained."""

from __future__ import annotations

from typing import Any

from shoal.data import Prepared
from shoal.errors import NetworkError, RecipeError
from shoal.network import Network
from shoal.samplers import Random
from shoal.space import Space
from shoal.training import Recipe
from shoal.training.losses import Loss


def check_whole(value: Any, what: str, *, least: int) -> None:
    """Raise RecipeError unless the value is a whole number and large enough."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise RecipeError(f"{what} is a whole number", expected=f"at least {least}", received=value)


def check_recipe(family: Network, recipe: Recipe, space: Space, prepared: Prepared) -> None:
    """Raise unless some member of the family can be trained on these data.

    Members that cannot be built are left for the search to record; what is
    wrong with every one of them is told at once.
    """
    sampler = Random()
    points, _ = sampler.ask(space, sampler.start(space, 0), 8 if len(space) else 1)
    errors: list[NetworkError] = []
    for point in points:
        network, bound = space.bind(family, point), space.bind(recipe, point)
        try:
            shape = network.output_shape
        except NetworkError as error:
            errors.append(error)
            continue
        assert isinstance(bound.loss, Loss)
        bound.loss.check(prepared.task, prepared.outputs, shape)
    if len(errors) == len(points):
        raise errors[0]
