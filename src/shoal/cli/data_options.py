"""Options that say how data are to be read: what is predicted, what is left out."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shoal.cli.terminal import Terminal

if TYPE_CHECKING:
    from shoal.cli.network_file import NetworkFile
    from shoal.data import Dataset


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
    from shoal.wiring.implied_task import with_implied_task

    found = with_implied_task(data, objective, _loss(file))
    if found.task != data.task:
        terminal.remark(f"note: {found.notes[0]}")
    return found


def _loss(file: NetworkFile | None) -> Any:
    """The loss that a network's file names, if it does."""
    from shoal.training import recipe_from_json

    if file is None or "loss" not in (file.recipe or {}):
        return None
    return recipe_from_json(dict(file.recipe or {}), where=f"{file.path}: recipe").loss
