"""Options that say how data are to be read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shoal.cli.plan import TrainingPlan, tile_message
from shoal.cli.terminal import Terminal
from shoal.errors import RecipeError
from shoal.utils.text import seconds_of

if TYPE_CHECKING:
    from shoal.cli.network_file import NetworkFile
    from shoal.cli.plan import TrainingPlan
    from shoal.data import Dataset, Tokenization
    from shoal.defaults.masks import TileSide


class TaskName(StrEnum):
    """What is predicted."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"
    SEGMENTATION = "segmentation"
    MULTI_LABEL = "multi-label"


Task = Annotated[
    TaskName | None,
    typer.Option(
        help="What is predicted. By default names are classes, numbers with fractions stay "
        "numbers, and whole numbers are classes where there are few; a note says which it was.",
        show_default=False,
    ),
]
Drop = Annotated[
    list[str] | None,
    typer.Option(
        "--drop",
        metavar="COLUMN",
        help="A table's column to leave out, such as an id; may be given several times.",
        show_default=False,
    ),
]
Categorical = Annotated[
    list[str] | None,
    typer.Option(
        "--categorical",
        metavar="COLUMN",
        help="A table's column that holds categories though they look like numbers, such as a "
        "postal code's; may be given several times.",
        show_default=False,
    ),
]
Numeric = Annotated[
    list[str] | None,
    typer.Option(
        "--numeric",
        metavar="COLUMN",
        help="A table's column that holds numbers; what is none counts as missing. May be given "
        "several times.",
        show_default=False,
    ),
]
Dates = Annotated[
    list[str] | None,
    typer.Option(
        "--dates",
        metavar="COLUMN",
        help="A table's column that holds dates or times; what is none counts as missing. May be "
        "given several times.",
        show_default=False,
    ),
]
Header = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header",
        help="Whether a table's first line names its columns; by default what stands there "
        "decides. Columns without names are called x0, x1, ….",
        show_default=False,
    ),
]
Positive = Annotated[
    str | None,
    typer.Option(
        "--positive",
        metavar="CLASS",
        help="Of two classes the one that IoU, Dice and F1 are of; by default the rarer one.",
        show_default=False,
    ),
]


Ignore = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        metavar="VALUE",
        help="A number or color, such as 255 or #e0e0c0, of pixels in masks whose class is not "
        "known: they count in no loss and no metric. May be given several times.",
        show_default=False,
    ),
]


class MasksName(StrEnum):
    """What the numbers of masks are."""

    SEMANTIC = "semantic"
    INSTANCE = "instance"


Masks = Annotated[
    MasksName | None,
    typer.Option(
        "--masks",
        help="Whether each number in a mask is a class (semantic), or an object (instance): then "
        "objects are 1 and what is around them 0. By default judged by what stands there.",
        show_default=False,
    ),
]
Images = Annotated[
    Path | None,
    typer.Option(
        "--images",
        metavar="FOLDER",
        help="Where the pictures are that a table names; by default beside the table, or in a "
        "folder there.",
        show_default=False,
    ),
]


class ScalingName(StrEnum):
    """How the numbers of a table are scaled."""

    STANDARD = "standard"
    ROBUST = "robust"
    QUANTILE = "quantile"


Scaling = Annotated[
    ScalingName | None,
    typer.Option(
        help="How a table's numbers are scaled for the network: by mean and deviation (standard, "
        "if nothing is said); by median and quartiles, what is extreme clipped smoothly (robust); "
        "or by ranks to a normal distribution (quantile).",
        show_default=False,
    ),
]


class ChannelsAt(StrEnum):
    """Which axis of an array of images the channels are."""

    FIRST = "first"
    LAST = "last"


Channels = Annotated[
    ChannelsAt | None,
    typer.Option(
        help="Whether the axis of channels of images in an .npz or in IDX files is the last or, "
        "as in PyTorch, the first; by default the shape decides.",
        show_default=False,
    ),
]


class ResizeName(StrEnum):
    """How pictures get their size."""

    FIT = "fit"
    CROP = "crop"
    PAD = "pad"


Size = Annotated[
    str | None,
    typer.Option(
        "--size",
        metavar="SIDE|HEIGHTxWIDTH",
        help="For pictures: the size that they get, such as 64 or 48x64. By default pictures of "
        "one size, up to 128 a side, stay as they are; others get the median of their sides, at "
        "most 64.",
        show_default=False,
    ),
]
Resize = Annotated[
    ResizeName | None,
    typer.Option(
        "--resize",
        help="For pictures: how they get their size. fit: stretched to it; crop: the centre is "
        "cut out, sides kept in proportion; pad: the whole picture, with black beside it. By "
        "default by the proportions of the pictures.",
        show_default=False,
    ),
]
SkipBroken = Annotated[
    bool,
    typer.Option(
        "--skip-broken",
        help="For pictures: leave out files that are none or are damaged, and list them; else "
        "the first one ends the command.",
    ),
]


def suited(
    terminal: Terminal, data: Dataset, objective: str | None, file: NetworkFile | None
) -> Dataset:
    """The data with the task that the objective or the file's loss asks for; it is told.

    Raises:
        RecipeError: the file's loss is none.
    """
    from shoal.tuning.problem import with_implied_task

    found = with_implied_task(data, objective, _loss(file))
    if found.task != data.task:
        terminal.remark(f"note: {found.notes[0]}")
    return found


def _loss(file: NetworkFile | None) -> Any:
    """The loss that a network's file names, if it does."""
    from shoal.engine import recipe_from_json

    if file is None or "loss" not in (file.recipe or {}):
        return None
    return recipe_from_json(dict(file.recipe or {}), where=f"{file.path}: recipe").loss


TextColumn = Annotated[
    str | None,
    typer.Option(
        "--text",
        metavar="COLUMN",
        help="The column of texts to read, for tables, or several with commas between: "
        "title,description. By default columns of free text are found. Texts beside other "
        "columns (--drop leaves one out) are features of a table by their frequent words.",
        show_default=False,
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="What a table or texts are written in, such as cp1252; by default UTF-8 or UTF-16, "
        "and where it is neither, what Windows writes.",
        show_default=False,
    ),
]
Vocabulary = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="For texts: different tokens at most; by default 5000, of many texts up to 20,000.",
        show_default=False,
    ),
]
TextLength = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="For texts: tokens that are read of each; by default all of nearly every one, 256 "
        "at most.",
        show_default=False,
    ),
]
Lowercase = Annotated[
    bool | None,
    typer.Option(
        "--lowercase/--no-lowercase",
        help="For texts: whether capitals are read as small letters, as they are by default.",
        show_default=False,
    ),
]


def requested_tokenization(
    vocabulary: int | None, length: int | None, lowercase: bool | None
) -> Tokenization | None:
    """What was asked of tokens; None if nothing was.

    Raises:
        DataError: numbers that make no sense.
    """
    from shoal.data import Tokenization

    if vocabulary is None and length is None and lowercase is None:
        return None
    usual = Tokenization()
    small = usual.lowercase if lowercase is None else lowercase
    return Tokenization(vocabulary or usual.vocabulary, length, small)


def tell(terminal: Terminal, plan: TrainingPlan) -> None:
    """Say that texts are read by their words' character n-grams too, if they are."""
    from shoal.tuning.token_checks import ngrams_of

    ngrams = ngrams_of(plan.network) if plan.data.tokenization is not None else None
    if ngrams is not None:
        terminal.remark(
            "note: of each text the network reads its tokens and its words' character n-grams "
            f"({ngrams.min_n} to {ngrams.max_n} characters)"
        )


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


def requested_tile_side(tile: int | None) -> TileSide:
    """The side of the tiles that ``--tile`` asks for."""
    if tile is None:
        return "auto"
    return None if tile == WHOLE else tile


def print_tile(terminal: Terminal, plan: TrainingPlan) -> None:
    """Say on which tiles is trained, if on any."""
    told = tile_message(plan)
    if told is not None:
        terminal.remark(told)


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
