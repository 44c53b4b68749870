"""Checks of the arguments of a search, before anything is read or trained."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.data import Dataset
from shoal.engine import Lanes, Recipe
from shoal.errors import DataError, NetworkError, RecipeError, ShoalError
from shoal.nn import Network
from shoal.samplers import Random, Sampler, first_points
from shoal.samplers import __all__ as sampler_names
from shoal.space import Point, Space

if TYPE_CHECKING:
    from shoal.tuning.run_search import SearchPlan


def check_whole(value: Any, what: str, *, least: int) -> None:
    """Raise RecipeError unless the value is a whole number and large enough."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise RecipeError(f"{what} is a whole number", expected=f"at least {least}", received=value)


def check_seed(seed: Any) -> None:
    """Raise RecipeError unless the seed is a whole number that a study can store."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**63:
        raise RecipeError(
            "a seed is a whole number from 0", expected="below 2^63", received=repr(seed)
        )


def check_arguments(family: Any, recipe: Any, data: Any, sampler: Any) -> None:
    """Raise unless each argument is of its kind."""
    if isinstance(family, str) or (hasattr(family, "columns") and recipe is None):
        _check_data(family)  # meant as the data, which may stand alone
    if data is None or (isinstance(family, Network) and isinstance(recipe, Recipe)):
        _check_data(data)
    if not isinstance(family, Network):
        raise NetworkError(
            "what is trained is a network",
            expected="for example shoal.Sequential(shoal.Dense(10))",
            received=type(family).__name__,
        )
    if not isinstance(recipe, Recipe):
        raise RecipeError(
            "how to train is a Recipe",
            expected="for example shoal.Recipe(epochs=20)",
            received=type(recipe).__name__,
        )
    if isinstance(sampler, type) or not isinstance(sampler, Sampler):
        raise RecipeError(
            "points come from a sampler",
            expected="for example shoal.samplers.Random()",
            received=repr(sampler),
            hint=_as_sampler(sampler),
        )


def _as_sampler(sampler: Any) -> str | None:
    """The sampler that a name or a class stands for."""
    name = sampler.__name__ if isinstance(sampler, type) else str(sampler)
    spelled = {one.lower(): one for one in sampler_names}.get(name.lower())
    return f"Did you mean shoal.samplers.{spelled}()?" if spelled else None


def _check_data(data: Any) -> None:
    if not isinstance(data, Dataset):
        raise DataError(
            "what to train on is a Dataset",
            received="nothing" if data is None else _kind(data),
            hint=_as_dataset(data),
        )


def _kind(data: Any) -> str:
    """What something is, as an error tells it."""
    if isinstance(data, str):
        return f"the text {data!r}"
    return type(data).__name__


def _as_dataset(data: Any) -> str:
    """How what was given becomes a Dataset."""
    if isinstance(data, str | os.PathLike):
        return f"Use shoal.data.load({os.fspath(data)!r})."
    if hasattr(data, "columns"):
        return "Use shoal.data.Dataset.from_arrays(frame.drop(columns=target), frame[target])."
    if isinstance(data, tuple | list) and len(data) == 2:
        return "Use shoal.data.Dataset.from_arrays(x, y)."
    return "Use shoal.data.load(name or path) or shoal.data.Dataset.from_arrays(x, y)."


def check_no_range(network: Network, recipe: Recipe, what: str) -> None:
    """Raise RecipeError if a number is left open."""
    open_names = Space(network, recipe).names()
    if open_names:
        raise RecipeError(
            f"{what} takes a network without ranges",
            received=f"ranges for {', '.join(open_names)}",
            hint="Use shoal.search, or bind them to numbers.",
        )


def check_no_folds(data: Dataset, folds: int | None) -> None:
    """Raise RecipeError where trials are to be steered by folds and by rows of their own."""
    if folds is not None and "validation" in data.part_sources:
        raise RecipeError(
            "trials are steered by folds or by validation rows of their own",
            received=f"folds={folds} and {data.part_sources['validation']}",
            hint="Leave one of them out.",
        )


def check_family(lanes: Lanes, plan: SearchPlan) -> None:
    """Raise unless some member of the family can be trained on these data.

    Members that cannot be trained are left for the search to record; what is
    wrong with every one of them is told before anything is written.

    Raises:
        NetworkError: the graph is impossible.
        RecipeError: the loss fits neither the data nor the network.
    """
    first: ShoalError | None = None
    for point in _candidates(lanes.space, plan):
        try:
            lanes.trial(0, point, plan.seed)
        except (NetworkError, RecipeError) as error:
            first = first or error
        else:
            return
    if first:
        raise first


_TRIED = 1000
"""Points among which one is looked for that can be trained, at most."""


def _candidates(space: Space, plan: SearchPlan) -> list[Point]:
    """The points that will be tried, or as good as them if they depend on results."""
    if len(space) == 0:
        return [{}]
    source = Random() if plan.sampler.adaptive else plan.sampler
    start = source.start(space, plan.seed)
    return first_points.ask(plan.first, source, space, start, 0, min(plan.trials, _TRIED))[0]
