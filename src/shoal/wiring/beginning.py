"""How a search begins: the defaults, points by hand, what did well in earlier studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shoal.errors import RecipeError, SpaceError
from shoal.samplers import FirstPoint
from shoal.samplers.first_points import distinct
from shoal.space import Point, Space, point_by_hand

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
    points = [FirstPoint(space.default_point(), "defaults")] if defaults else []
    points += [FirstPoint(point, "hand") for point in _by_hand(space, by_hand)]
    first = list(distinct(points))
    if len(first) > trials and by_hand:
        what = "the defaults and the points given by hand" if defaults else "points given by hand"
        raise RecipeError(
            f"a search has a trial for {what}", expected=f"at least {len(first)}", received=trials,
            where="trials",
        )  # fmt: skip
    return first


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
