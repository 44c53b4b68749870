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
        defaults: whether the point of the defaults comes before them; the defaults of the other
            options of a choice come behind, as far as there are trials for them.

    Raises:
        SpaceError: a point that is none of the space.
        RecipeError: more points than trials.
    """
    given = [FirstPoint(point, "hand") for point in _by_hand(space, by_hand)]
    points = [FirstPoint(space.default_point(), "defaults")] if defaults else []
    # Points by hand come before what nobody asked for.
    others = _other_branches(space)[: max(trials - len(points) - len(given), 0)] if defaults else []
    points += [*given, *(FirstPoint(point, "defaults") for point in others)]
    first = list(distinct(points))
    if len(first) > trials and by_hand:
        what = "the defaults and the points given by hand" if defaults else "points given by hand"
        raise RecipeError(
            f"a search has a trial for {what}", expected=f"at least {len(first)}", received=trials,
            where="trials",
        )  # fmt: skip
    return first


def _other_branches(space: Space) -> list[Point]:
    """The defaults of the other options of every choice among layers, but for activations.

    Such an option is a network by itself, and its defaults are the best that is known of it;
    a sampler would hardly come upon them.
    """
    usual = space.default_point()
    points = []
    for entry in space:
        if entry.name in usual and isinstance(entry.range, Choice) and _of_layers(entry.range):
            options = range(len(entry.range.options))
            points += [space.filled({entry.name: i}) for i in options if i != usual[entry.name]]
    return points


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
