"""The encoder of any kind of inputs: fitted, written to a file, and read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shoal.data.columns.cell_format import CellFormat
from shoal.data.columns.fit import (
    column_from_json,
    column_to_json,
)
from shoal.data.columns.number_scaling import (
    Scaling,
    quantiles_from_json,
    scaling_from_json,
)
from shoal.data.columns.texts import columns_named
from shoal.data.encode.character_ngrams import CharacterNGrams
from shoal.data.encode.encoders import BY_NATURE, ArrayEncoder, TableEncoder
from shoal.data.encode.image import ImageEncoder
from shoal.data.encode.resizing import Resizing
from shoal.data.encode.tokens import TextEncoder, Tokenization
from shoal.data.io.arrays import is_frame
from shoal.utils.schema import finite, positive, typed

Encoder = ImageEncoder | ArrayEncoder | TableEncoder | TextEncoder


def fit_encoder(
    x: Any,
    text: str | None = None,
    tokenization: Tokenization | None = None,
    written: Mapping[str, CellFormat] | None = None,
    scaling: Scaling = "standard",
    ngrams: CharacterNGrams | None = None,
) -> Encoder:
    """The encoder for a data set's inputs, fitted on these rows of them.

    Args:
        x: the rows.
        text: the names of columns of texts, with commas between.
        tokenization: what is asked of tokens; None where there are no texts.
        written: how the cells of a table's columns are written.
        scaling: how a table's numbers are scaled.
        ngrams: the character n-grams that are read of texts; None: none are.
    """
    if tokenization is not None:
        return TextEncoder.fit(x.tolist(), text, tokenization, ngrams)
    if is_frame(x):
        texts = columns_named(text, list(map(str, x.columns))) if text else ()
        return TableEncoder.fit(x, written, scaling, texts)
    return ImageEncoder.fit(x) if x.ndim == 4 else ArrayEncoder.fit(x, scaling)


def encoder_to_json(encoder: Encoder) -> dict[str, Any]:
    """The encoder as plain data."""
    if isinstance(encoder, ImageEncoder):
        return {
            "kind": "image",
            "shape": list(encoder.shape),
            "maximum": encoder.maximum,
            "mean": encoder.mean,
            "scale": encoder.scale,
            **({} if encoder.resizing is None else {"resizing": encoder.resizing.to_json()}),
        }
    if isinstance(encoder, TextEncoder):
        return encoder.to_json()
    if isinstance(encoder, ArrayEncoder):
        names = ("mean", "scale", "low", "high")
        told = {"kind": "array", **{name: list(getattr(encoder, name)) for name in names}}
        if encoder.scaling == "standard":
            return told
        quantiles = [list(column) for column in encoder.quantiles]
        return {**told, "scaling": encoder.scaling, "quantiles": quantiles}
    kind = BY_NATURE if encoder.by_nature else "table"
    return {"kind": kind, "columns": [column_to_json(column) for column in encoder.columns]}


def encoder_from_json(data: dict[str, Any]) -> Encoder:
    """The encoder that ``encoder_to_json`` wrote.

    Raises:
        KeyError, TypeError, ValueError: if it is nothing of the kind.
    """
    kind = data["kind"]
    if kind == "image":
        shape = tuple(data["shape"])
        if len(shape) != 3 or not all(type(size) is int and size > 0 for size in shape):
            raise ValueError(f"a shape (height, width, channels), not {shape}")
        resizing = Resizing.from_json(data["resizing"]) if "resizing" in data else None
        if resizing is not None and resizing.sides != shape[:2]:
            raise ValueError(f"pictures resized to {shape[:2]}, not {resizing}")
        return ImageEncoder(
            shape, positive(data["maximum"]), finite(data["mean"]), positive(data["scale"]),
            resizing,
        )  # fmt: skip
    if kind == "array":
        mean = tuple(finite(value) for value in data["mean"])
        scale = tuple(positive(value) for value in data["scale"])
        low, high = (tuple(finite(value) for value in data[name]) for name in ("low", "high"))
        if len({len(mean), len(scale), len(low), len(high)}) > 1 or not mean:
            raise ValueError("a mean, a scale and a range for each column")
        if any(a > b for a, b in zip(low, high, strict=True)):
            raise ValueError("ranges from low to high")
        scaling = scaling_from_json(data.get("scaling", "standard"))
        quantiles = tuple(
            quantiles_from_json(one, scaling) for one in typed(data.get("quantiles", []), list)
        )
        if len(quantiles) != (len(mean) if scaling == "quantile" else 0):
            raise ValueError("quantiles of each column, where they are the scaling")
        return ArrayEncoder(mean, scale, low, high, scaling, quantiles)
    if kind in ("table", BY_NATURE):
        columns = tuple(column_from_json(column) for column in data["columns"])
        encoder = TableEncoder(columns, kind == BY_NATURE)
        if encoder.shape == (0,):
            raise ValueError("columns")
        if len({column.name for column in encoder.columns}) != len(encoder.columns):
            raise ValueError("columns of different names")
        return encoder
    if kind == "text":
        return TextEncoder.from_json(data)
    raise ValueError(f"an encoder of kind image, array, table or text, not {kind!r}")
