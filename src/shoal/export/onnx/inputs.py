"""The preprocessing: from raw columns, arrays, pixels and tokens to a network's input."""

from __future__ import annotations

from functools import singledispatch
from itertools import product
from typing import Any

import numpy as np

from shoal.data import Preprocessing
from shoal.data.columns.categories import CategoricalColumn
from shoal.data.columns.cell_format import BOOLEANS, MISSING, CellFormat
from shoal.data.columns.number_scaling import CLIP, Scaling, varies
from shoal.data.columns.numbers import BooleanColumn, DateColumn, NumericColumn
from shoal.data.columns.texts import TfidfColumn
from shoal.data.encode.encoders import ArrayEncoder, TableEncoder
from shoal.data.encode.image import ImageEncoder
from shoal.data.encode.pixels import BYTE, WORD
from shoal.data.encode.tokens import TextEncoder
from shoal.errors import ModelError
from shoal.export.onnx.dates import date_features
from shoal.export.onnx.graph import DOUBLE, FLOAT, INT32, INT64, Graph, Value
from shoal.export.onnx.ranks import normal_scores

ML = "ai.onnx.ml"
"""The domain of the operators on texts."""

FURTHEST = 1e100
"""Beyond it the clipped number is the limit, and its square would be infinite."""


def network_input(graph: Graph, preprocessing: Preprocessing) -> Value:
    """The inputs of the graph, and what the network gets of them.

    Raises:
        ModelError: a column that ONNX cannot read.
    """
    encoder = preprocessing.encoder
    graph.prefix = "input/"
    if isinstance(encoder, TableEncoder):
        made = _table(graph, encoder)
    elif isinstance(encoder, ArrayEncoder):
        made = _array(graph, encoder)
    elif isinstance(encoder, ImageEncoder):
        made = _pictures(graph, preprocessing, encoder)
    else:
        made = _tokens(graph, encoder)
    graph.prefix = ""
    return made


# --- arrays, pictures, tokens ---------------------------------------------------------


def _array(graph: Graph, encoder: ArrayEncoder) -> Value:
    """Numbers without names: NaN is the mean, a column that never varied is 0."""
    x = graph.input("x", FLOAT, encoder.shape)
    wide = graph.cast(x, DOUBLE)
    mean = graph.constant(encoder.mean, DOUBLE, name="mean")
    filled = graph.add("Where", graph.add("IsNaN", wide), mean, wide)
    if encoder.scaling == "quantile":
        columns = [
            normal_scores(graph, graph.slice(filled, i, i + 1), quantiles)
            for i, quantiles in enumerate(encoder.quantiles)
        ]
        scaled = graph.concat(columns)
    else:
        scaled = _scaled(graph, filled, encoder.mean, encoder.scale, encoder.scaling)
    used = np.asarray(varies(np.array(encoder.low), np.array(encoder.high)))
    if not used.all():
        kept = graph.constant(used[np.newaxis], name="varies")
        scaled = graph.add("Where", kept, scaled, graph.number(0.0, DOUBLE))
    return Value(encoder.shape, graph.cast(scaled, FLOAT))


def _scaled(graph: Graph, x: str, center: Any, scale: Any, scaling: Scaling) -> str:
    """(x − center) / scale in 64-bit numbers, robust ones smoothly clipped."""
    centered = graph.add("Sub", x, graph.constant(center, DOUBLE, name="center"))
    z = graph.add("Div", centered, graph.constant(scale, DOUBLE, name="scale"))
    if scaling != "robust":
        return z
    low, high = graph.number(-FURTHEST, DOUBLE), graph.number(FURTHEST, DOUBLE)
    z = graph.add("Min", graph.add("Max", z, low), high)
    share = graph.add("Div", z, graph.number(CLIP, DOUBLE))
    square = graph.add("Add", graph.add("Mul", share, share), graph.number(1.0, DOUBLE))
    return graph.add("Div", z, graph.add("Sqrt", square))


def _pictures(graph: Graph, preprocessing: Preprocessing, encoder: ImageEncoder) -> Value:
    """Pixels as they are counted in files; (x / maximum − mean) / scale."""
    kind: Any = {BYTE: np.uint8, WORD: np.uint16}.get(encoder.maximum, FLOAT)
    shape = preprocessing.input_shape
    tensor = graph.input("x", kind, shape)
    if kind is not FLOAT:
        tensor = graph.cast(tensor, FLOAT)
    steps = (("Div", encoder.maximum), ("Sub", encoder.mean), ("Div", encoder.scale))
    for operator, number in steps:
        tensor = graph.add(operator, tensor, graph.number(number))
    size = f"{shape[0]}×{shape[1]}"
    if preprocessing.tile is not None:
        graph.notes.append(
            f"x holds tiles of {size} pixels: larger pictures are cut into tiles beforehand, "
            "and their scores put together"
        )
    elif encoder.resizing is not None:
        graph.notes.append(f"x holds pictures of {size} pixels: others are resized beforehand")
    return Value(shape, tensor)


def _tokens(graph: Graph, encoder: TextEncoder) -> Value:
    """The numbers of tokens, 0 where a text is shorter."""
    shape = encoder.shape
    graph.notes.append(
        f"tokens holds the first {encoder.length} numbers of each text's tokens plus 1, and 0 "
        "behind them: the tokenizer is a file beside the graph"
    )
    if encoder.ngrams is not None:
        graph.notes.append(
            f"behind them stand {shape[0] - encoder.length} hashes of its character n-grams, "
            "which model.preprocessing.transform(texts) gives"
        )
    return Value(shape, graph.input("tokens", INT32, shape))


# --- tables ---------------------------------------------------------------------------


def _table(graph: Graph, encoder: TableEncoder) -> Value:
    """One input a column, of shape (batch, 1); features in the order of the network."""
    made = [features(column, graph) for column in encoder.columns]
    wide = graph.concat([tensor for tensor in made if tensor is not None], axis=1)
    places = np.concatenate(encoder.places)
    if (places == np.arange(len(places))).all():
        return Value(encoder.shape, wide)
    order = graph.constant(np.argsort(places), INT64, name="order")
    return Value(encoder.shape, graph.add("Gather", wide, order, axis=1))


@singledispatch
def features(column: Any, graph: Graph) -> str | None:
    """The features of a column as float32 of shape (batch, features); None: it has none."""
    raise ModelError(
        f"columns of the kind {column.kind} have no translation to ONNX",
        where=f"column {column.name!r}",
    )


@features.register
def _(column: TfidfColumn, graph: Graph) -> str | None:
    raise ModelError(
        "a column of texts in a table is read word by word, which ONNX cannot do",
        where=f"column {column.name!r}",
        hint="Leave the column out (--drop), or train on texts alone (--text): their tokens "
        "are the input of the graph.",
    )


@features.register
def _(column: NumericColumn, graph: Graph) -> str | None:
    """The scaled number; NaN is the median, and told by an indicator if training had NaN."""
    wide = graph.cast(graph.input(column.name, FLOAT, (1,)), DOUBLE)
    missing = graph.add("IsNaN", wide)
    filled = graph.add("Where", missing, graph.number(column.median, DOUBLE), wide)
    if not column.varies:
        scaled = graph.add("Mul", graph.cast(missing, DOUBLE), graph.number(0.0, DOUBLE))
    elif column.scaling == "quantile":
        scaled = normal_scores(graph, filled, column.quantiles)
    else:
        scaled = _scaled(graph, filled, column.mean, column.scale, column.scaling)
    return _with_indicator(graph, graph.cast(scaled, FLOAT), missing, column.indicator)


@features.register
def _(column: BooleanColumn, graph: Graph) -> str | None:
    """Texts such as true and False; what is neither is missing."""
    known = {**BOOLEANS, "1": 1.0, "0": 0.0}
    table = {each: value for text, value in known.items() for each in _in_any_case(text)}
    given = graph.input(column.name, str, (1,))
    number = graph.add(
        "LabelEncoder", given, domain=ML, keys_strings=list(table),
        values_floats=list(table.values()), default_float=-1.0,
    )  # fmt: skip
    missing = graph.add("Less", number, graph.number(0.0))
    stead = graph.number(column.share if column.varies else 0.0)
    if column.varies:
        filled = graph.add("Where", missing, stead, number)
    else:
        filled = graph.add("Mul", number, stead)
    return _with_indicator(graph, filled, missing, column.indicator)


@features.register
def _(column: CategoricalColumn, graph: Graph) -> str | None:
    """One-hot; unknown categories are zeros or the last but one, blank ones their own."""
    given = graph.input(column.name, str, (1,))
    width = len(column.features)
    table = {category: place for place, category in enumerate(column.categories)}
    blank = width - 1 if column.indicator else -1
    for text in blanks(column.written):
        table.setdefault(text, blank)
    place = graph.add(
        "LabelEncoder", given, domain=ML, keys_strings=list(table),
        values_int64s=list(table.values()),
        default_int64=len(column.categories) if column.other else -1,
    )  # fmt: skip
    if not width:
        return None
    if not column.varies:
        place = graph.add("Min", place, graph.number(-1, INT64))
    every = graph.constant(np.arange(width)[np.newaxis], INT64, name="places")
    return graph.cast(graph.add("Equal", place, every), FLOAT)


@features.register
def _(column: DateColumn, graph: Graph) -> str | None:
    """Seconds since the first of January 1970; what NumPy calls NaT is missing."""
    given = graph.input(column.name, INT64, (1,))
    graph.notes.append(
        f"column {column.name!r} holds seconds since 1970-01-01, as "
        'frame[column].to_numpy("datetime64[s]").astype("int64") gives them, blanks too'
    )
    made, missing = date_features(graph, given, column)
    if column.indicator:
        made.append(graph.cast(missing, FLOAT))
    return graph.concat(made, axis=1) if made else None


def _with_indicator(graph: Graph, number: str, missing: str, indicator: bool) -> str:
    """The number, and behind it whether it was missing."""
    if not indicator:
        return number
    return graph.concat([number, graph.cast(missing, FLOAT)], axis=1)


def blanks(written: CellFormat) -> list[str]:
    """What stands for a missing value, in any case of letters."""
    every = [each for text in sorted(MISSING) for each in _in_any_case(text)]
    return [text for text in every if written.is_missing(text)]


def _in_any_case(text: str) -> list[str]:
    cases = ({letter, letter.upper()} for letter in text)
    return ["".join(letters) for letters in product(*map(sorted, cases))]
