"""The shape of one input, as the command line says it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shoal.network import Shape

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


def input_shape_asked(shape: str | None, data: str | None, target: str | None) -> Shape | None:
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
