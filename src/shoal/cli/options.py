"""Arguments and options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shoal.errors import SpaceError

if TYPE_CHECKING:
    from shoal.cli.plan import TrainingPlan
    from shoal.nn import Shape

DATA_HELP = (
    "digits, mnist-5k, mnist, shapes, a table (.csv, .tsv, .txt, .data, .arff, also as .gz, .zip "
    "or .zst; with shoal's extra tables .parquet, .feather, .xlsx, .h5), an .npz or .h5 with x and "
    "y, or a folder with IDX files, with images/ and masks/, or with pictures or .txt in a folder "
    "for each class, also below train/, val/ and test/; pictures also in a .zip."
)

Data = Annotated[str, typer.Argument(metavar="DATA", help=DATA_HELP, show_default=False)]
ModelFile = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL|STUDY",
        help="A model or an ensemble that shoal saved (.safetensors), or a study.",
    ),
]
Single = Annotated[
    bool,
    typer.Option(
        "--single", help="Use the winner of a study alone, one network, not its ensemble."
    ),
]
EnsembleFolds = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="K",
        help="Train networks on K folds of all rows but the test rows, each stopped by its own "
        "fold; together they are the model. 0: none.",
        show_default=False,
    ),
]
StudyPath = Annotated[
    Path, typer.Argument(metavar="STUDY", help="A study that `shoal search` wrote.")
]

Target = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="The column to predict, for tables; the last one by default. Several that hold "
        "0 and 1, with commas between: labels of which any number may apply.",
        show_default=False,
    ),
]
Weight = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="For tables, the column that says how much each row counts.",
        show_default=False,
    ),
]
Groups = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="A table's column that tells which rows belong together, such as a patient's: "
        "splits and folds keep them whole.",
        show_default=False,
    ),
]
NetworkFile = Annotated[
    Path | None,
    typer.Option(
        "--network",
        metavar="FILE",
        help="Your own network, TOML or JSON (see above); by default one that fits the data.",
        show_default=False,
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Times through the data, at most; by default by the number of rows.",
        show_default=False,
    ),
]
BatchSize = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Examples a step; by default by the number of rows.",
        show_default=False,
    ),
]
Patience = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="Stop after N epochs without improvement; 0: never. By default a quarter of the "
        "epochs, of a segmentation half of them, at least 5.",
        show_default=False,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        min=0, metavar="N", help="Number that the split, weights, batches and points follow from."
    ),
]


def share_or_file(given: object) -> float | str:
    """A share of the rows, or the name of a file; a file called 0.2 is ./0.2."""
    try:
        return float(str(given))
    except ValueError:
        return str(given)


Validation = Annotated[
    Any,
    typer.Option(
        metavar="SHARE|FILE",
        help="Share of the rows that steers training: which epoch was best, when to stop. Or data "
        "of their own, read as DATA are: then no row of DATA does.",
        parser=share_or_file,
    ),
]
Test = Annotated[
    Any,
    typer.Option(
        metavar="SHARE|FILE",
        help="Share of the rows that scores the result, once; data with test rows of their "
        "own, such as mnist, keep these. Or data of their own, read as DATA are.",
        parser=share_or_file,
    ),
]
ValidationMoved = Annotated[
    Path | None,
    typer.Option(
        "--validation",
        metavar="FILE",
        help="The data for validation, if they had a file of their own that is elsewhere now.",
        show_default=False,
    ),
]
TestMoved = Annotated[
    Path | None,
    typer.Option(
        "--test",
        metavar="FILE",
        help="The data for the test, if they had a file of their own that is elsewhere now.",
        show_default=False,
    ),
]
ObjectiveName = Annotated[
    str | None,
    typer.Option(
        metavar="METRIC",
        help="accuracy or loss; for numbers rmse, mae, r2 or loss; for masks iou, dice, "
        "pixel_accuracy or loss; for labels f1, label_accuracy, exact_accuracy or loss. "
        "The first of each by default.",
        show_default=False,
    ),
]
ModelOut = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Where to save the model; by default a new file here, such as digits-1.safetensors.",
        show_default=False,
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help="Replace files of these names that are there already.")
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object; everything else goes to standard error."),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Show no progress and no remarks, only the result.")
]


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
WarmStart = Annotated[
    list[Path] | None,
    typer.Option(
        "--warm-start",
        metavar="STUDY",
        help="An earlier study: what did well in it is tried first. May be given again.",
        show_default=False,
    ),
]


def points_by_hand(plan: TrainingPlan, texts: Sequence[str]) -> list[dict[str, Any]]:
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


InputShape = Annotated[
    str | None,
    typer.Option(
        "--input",
        metavar="SHAPE",
        help="Of a network: the shape of one example, 28x28x1 or 784, from which all others come.",
        show_default=False,
    ),
]
ForData = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="DATA",
        help="Of a network: data whose examples it would take, such as digits or a .csv.",
        show_default=False,
    ),
]


def requested_input_shape(shape: str | None, data: str | None, target: str | None) -> Shape | None:
    """The shape that was given, or that the data have once they are prepared.

    Raises:
        DataError: data that cannot be read.
    """
    if shape is not None and data is not None:
        raise typer.BadParameter("takes the place of --data", param_hint="--input")
    if shape is not None:
        return _shape(shape)
    if data is None:
        return None
    import numpy as np

    from shoal.data import Preprocessing, load

    dataset = load(data, target=target)
    return Preprocessing.fit(dataset, np.arange(len(dataset))).input_shape


def _shape(text: str) -> Shape:
    sizes = re.split("[x×, ]+", text.strip("() "))
    if not all(size.isdecimal() and int(size) >= 1 for size in sizes):
        raise typer.BadParameter(f"{text!r} is no shape such as 28x28x1", param_hint="--input")
    return tuple(map(int, sizes))
