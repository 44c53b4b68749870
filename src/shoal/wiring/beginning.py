"""How a search begins: the defaults, points by hand, what did well in earlier studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shoal.errors import RecipeError, SpaceError
from shoal.network import Layer, Network
from shoal.network.layers.activations import Activation
from shoal.samplers import FirstPoint
from shoal.samplers.first_points import distinct
from shoal.space import Choice, Point, Space, point_by_hand

ByHand = Sequence[Mapping[str, Any]]
"""Points as a caller writes them: names and values."""


def beginning(space: Space, by_hand: ByHand, trials: int, *, defaults: bool) -> list[FirstPoint]:
    """The first points that do not depend on other studies, all different.

    Args:
        space: the search space.
        by_hand: points given by hand; what they leave out has its default.
        trials: number of points of the search.
        defaults: whether the point of the defaults comes before them.

    Raises:
        SpaceError: a point that is none of the space.
        RecipeError: more points than trials.
    """
    given = [FirstPoint(point, "hand") for point in _by_hand(space, by_hand)]
    points = [FirstPoint(space.default_point(), "defaults")] if defaults else []
    first = list(distinct([*points, *given]))
    if len(first) > trials and by_hand:
        what = "the defaults and the points given by hand" if defaults else "points given by hand"
        raise RecipeError(
            f"a search has a trial for {what}", expected=f"at least {len(first)}", received=trials,
            where="trials",
        )  # fmt: skip
    return first


def other_branches(space: Space) -> list[FirstPoint]:
    """The defaults of the other options of every choice among layers, but for activations.

    Such an option is a network by itself, and its defaults are the best that is known of it;
    a sampler would hardly come upon them. They come behind what was asked for, by hand or
    with earlier studies. How many are tried depends on the number of trials, what they are
    does not, so that a search can go on with more.
    """
    usual = space.default_point()
    points = []
    for entry in space:
        if entry.name in usual and isinstance(entry.range, Choice) and _of_layers(entry.range):
            options = range(len(entry.range.options))
            points += [space.filled({entry.name: i}) for i in options if i != usual[entry.name]]
    return [FirstPoint(point, "defaults") for point in points]


def _of_layers(choice: Choice) -> bool:
    layers = [isinstance(option, Layer | Network) for option in choice.options]
    return all(layers) and not all(isinstance(option, Activation) for option in choice.options)


def _by_hand(space: Space, given: Any) -> list[Point]:
    if isinstance(given, Mapping) or not isinstance(given, Sequence):
        raise RecipeError(
            "first is a list of points",
            expected='for example [{"learning_rate": 0.01}]',
            received=repr(given),
        )
    points = []
    for place, values in enumerate(given):
        try:
            points.append(point_by_hand(space, values))
        except SpaceError as error:
            where = f"first[{place}]"
            raise error.at(f"{where}: {error.where}" if error.where else where) from None
    return points
