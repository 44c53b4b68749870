"""The option of how much time one is ready to spend."""

from __future__ import annotations

from typing import Annotated

import typer

from shoal.durations import seconds_of
from shoal.errors import RecipeError


def _seconds(text: str) -> float:
    try:
        return seconds_of(text, "--time")
    except RecipeError as error:
        raise typer.BadParameter(str(error)) from None


Time = Annotated[
    float | None,
    typer.Option(
        "--time",
        metavar="DURATION",
        parser=_seconds,
        help="How much time to spend in all, such as 90s, 10m or 1h30m; with the best of it when "
        "it ends.",
        show_default=False,
    ),
]
