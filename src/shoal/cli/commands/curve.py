"""`shoal curve`: what more data would be worth."""

from __future__ import annotations

import os
import secrets
from math import isfinite
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from shoal.cli import options
from shoal.cli.files import Claims, check_different
from shoal.cli.finish import file_lines
from shoal.cli.terminal import INTERRUPTED, Terminal, command_help, watching
from shoal.cli.training_options import TrainingOptions, with_training_options
from shoal.cli.winner import WIDTH, rows_table
from shoal.errors import DataError
from shoal.utils.default_values import CURVE_SEEDS
from shoal.utils.text import duration_text, number_text

if TYPE_CHECKING:
    from shoal.analysis.learning_curve import LearningCurve

PICTURES = (".png", ".svg", ".pdf")

HELP = command_help(
    "Learning curve: train one network on more and more of the data, and tell what twice as "
    "much would be worth.",
    "Nested parts of the training rows times seeds train side by side, all for the same number "
    "of steps; a power law is fitted to their errors on the test split.",
    examples=(
        "shoal curve digits --figure digits-curve.svg",
        "shoal curve house-prices.csv --target price --seeds 10",
        "shoal curve mnist-5k --fractions 0.1,0.2,0.4,0.7,1 --network my-network.toml",
    ),
    network=True,
)

Fractions = Annotated[
    str | None,
    typer.Option(
        metavar="A,B,…",
        help="Shares of the training rows, at least three; by default 1/32, 1/16, … 1.",
        show_default=False,
    ),
]
Seeds = Annotated[int, typer.Option(min=2, metavar="N", help="Trainings of each part.")]
FigureOut = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Draw the curve (.png, .svg or .pdf).", show_default=False),
]


@with_training_options
def curve(
    training: TrainingOptions,
    fractions: Fractions = None,
    seeds: Seeds = CURVE_SEEDS,
    figure: FigureOut = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Tell what more data would be worth."""
    from shoal.tuning.learning_curve import FRACTIONS, learning_curve

    terminal = Terminal(as_json, quiet)
    shares = FRACTIONS if fractions is None else _shares(fractions)
    check_different({**training.files(), "--figure": figure})
    with Claims() as claims:
        if figure is not None:
            _check_figure(figure)
            claims.take(figure, "--figure", DataError, force=force)
        plan, drawn = training.plan(terminal, ranges=False)
        with watching(terminal, f"shoal curve {training.data}") as watch:
            found = learning_curve(
                plan.network, plan.recipe, plan.data,
                fractions=shares, seeds=seeds, seed=training.seed,
                objective=training.objective,
                callbacks=watch, **drawn,
            )  # fmt: skip
        if figure is not None:
            _save(found, figure)
    _tell(terminal, found, figure)


def _shares(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no list of numbers such as 0.1,0.3,1", param_hint="--fractions"
        ) from None


def _save(found: LearningCurve, path: Path) -> None:
    """Draw beside the file, then rename: it is there whole or not at all."""
    draft = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    try:
        found.draw().savefig(draft)
        os.replace(draft, path)
    except OSError as error:
        raise DataError(
            "a figure can be written", where=str(path), received=error.strerror or str(error)
        ) from None
    finally:
        draft.unlink(missing_ok=True)


def _check_figure(path: Path) -> None:
    if path.suffix.lower() not in PICTURES:
        raise DataError(
            "the end of a figure's name tells its format",
            expected=", ".join(PICTURES),
            received=repr(path.suffix),
            where=str(path),
        )


def _tell(terminal: Terminal, found: LearningCurve, figure: Path | None) -> None:
    low, high = found.interval()
    rows = [
        [int(size), *_told(float(mean), float(a), float(b))]
        for size, mean, a, b in zip(found.sizes, found.means, low, high, strict=True)
    ]
    result = found.to_json()
    if figure is not None:
        result["figure"] = str(figure)
    cost = found.cost
    terminal.result(
        result,
        "",
        rows_table(("training rows", f"test {found.error_name}", "95 % interval"), rows),
        "",
        *_law(found),
        *map(Text, wrap(found.sentence(), WIDTH)),
        Text(
            f"{duration_text(cost['seconds'])} for {found.scores.size} trainings "
            f"in {cost['lanes']} lanes"
        ),
        *file_lines({"figure": figure}),
    )
    if found.interrupted:
        raise typer.Exit(INTERRUPTED)


def _told(mean: float, low: float, high: float) -> list[Any]:
    """A mean and its interval, as far as there are any."""
    if not isfinite(mean):
        return ["–", "–"]
    between = f"{number_text(low, zeros=True)} to {number_text(high, zeros=True)}"
    return [mean, between if isfinite(low) else "–"]


def _law(found: LearningCurve) -> list[RenderableType]:
    if not found.enough:
        return []
    law = found.law
    return [Text(f"power law {law}")]
