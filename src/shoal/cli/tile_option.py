"""The option of a segmentation's tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shoal.cli.plan import Plan, tile_told
from shoal.cli.terminal import Terminal

if TYPE_CHECKING:
    from shoal.default_masks import TileSide

WHOLE = 0
"""What stands for whole pictures, for None stands for nothing being said."""


def _side(text: str) -> int:
    if text == "none":
        return WHOLE
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) < 2**16):
        raise typer.BadParameter(f"{text!r} is neither a number of pixels nor 'none'")
    return int(text)


Tile = Annotated[
    int | None,
    typer.Option(
        "--tile",
        metavar="PIXELS|none",
        parser=_side,
        help="For a segmentation: train on square tiles of this side, drawn at random; none: on "
        "whole pictures. By default tiles of 256 where pictures are larger. Pictures to predict "
        "may be of any size in either case.",
        show_default=False,
    ),
]


def side_asked(tile: int | None) -> TileSide:
    """The side of the tiles that ``--tile`` asks for."""
    if tile is None:
        return "auto"
    return None if tile == WHOLE else tile


def tell(terminal: Terminal, plan: Plan) -> None:
    """Say on which tiles is trained, if on any."""
    told = tile_told(plan)
    if told is not None:
        terminal.remark(told)
