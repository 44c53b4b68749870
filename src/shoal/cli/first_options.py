"""What a search tries first: points by hand, and what did well in earlier studies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shoal.errors import SpaceError

if TYPE_CHECKING:
    from shoal.cli.plan import Plan

Try = Annotated[
    list[str] | None,
    typer.Option(
        "--try",
        metavar="NAME=VALUE,…",
        help="A point to try first, such as learning_rate=0.01,dropout_1.rate=0.2; may be given "
        "again. Names as `shoal show` prints them, or their end; the rest has its default.",
        show_default=False,
    ),
]
Prior = Annotated[
    list[Path] | None,
    typer.Option(
        "--prior",
        metavar="STUDY",
        help="An earlier study: what did well in it is tried first. May be given again.",
        show_default=False,
    ),
]


def points_by_hand(plan: Plan, texts: Sequence[str]) -> list[dict[str, Any]]:
    """The points of ``--try``.

    Raises:
        SpaceError: a point that is none of the family's.
    """
    from shoal.space import Space, point_by_hand, read_by_hand

    if not texts:
        return []
    space = Space(plan.network, plan.recipe)
    points = []
    for text in texts:
        try:
            points.append(read_by_hand(space, text))
            point_by_hand(space, points[-1])
        except SpaceError as error:
            raise error.at(f"--try {error.where}" if error.where else "--try") from None
    return points
