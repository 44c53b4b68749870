"""Checks before anything is trained."""

from __future__ import annotations

from typing import Any

from shoal.errors import NetworkError, RecipeError, ShoalError
from shoal.samplers import Random, Sampler
from shoal.space import Point, Space
from shoal.training import Lanes


def check_whole(value: Any, what: str, *, least: int) -> None:
    """Raise RecipeError unless the value is a whole number and large enough."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise RecipeError(f"{what} is a whole number", expected=f"at least {least}", received=value)


def check_family(lanes: Lanes, sampler: Sampler, seed: int, trials: int) -> None:
    """Raise unless some member of the family can be trained on these data.

    Members that cannot be trained are left for the search to record; what is
    wrong with every one of them is told before anything is written.

    Raises:
        NetworkError: the graph is impossible.
        RecipeError: the loss fits neither the data nor the network.
    """
    first: ShoalError | None = None
    for point in _candidates(lanes.space, sampler, seed, trials):
        try:
            lanes.trial(0, point, seed)
        except (NetworkError, RecipeError) as error:
            first = first or error
        else:
            return
    if first:
        raise first


def _candidates(space: Space, sampler: Sampler, seed: int, trials: int) -> list[Point]:
    """The points that will be tried, or as good as them if they depend on results."""
    if len(space) == 0:
        return [{}]
    source = Random() if sampler.adaptive else sampler
    return source.ask(space, source.start(space, seed), trials)[0]
