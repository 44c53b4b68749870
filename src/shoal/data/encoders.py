"""From raw inputs to a network's inputs: images, plain arrays, named columns, texts.

An encoder is fitted on training rows only, is a frozen dataclass of plain
values, and goes to JSON. There are four (images in `image_encoder.py`, texts in
`text_encoder.py`); the registry is closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.data.arrays import check_finite, check_shape, is_frame, numeric_array
from shoal.data.columns import Column, column_from_json, column_to_json, fit_column
from shoal.data.image_encoder import ImageEncoder
from shoal.data.json_values import finite, positive
from shoal.data.scaling import mean_and_scale
from shoal.data.text_encoder import TextEncoder
from shoal.data.tokenization import Tokenization
from shoal.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]
Inputs = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ArrayEncoder:
    """(x − mean) / scale for each column of a table without names."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]

    @classmethod
    def fit(cls, x: Array) -> ArrayEncoder:
        """Fit on an array of shape (n, columns)."""
        mean, scale = mean_and_scale(x)
        return cls(tuple(mean.tolist()), tuple(scale.tolist()))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return (len(self.mean),)

    def encode(self, x: Any, where: str) -> Inputs:
        """An array of shape (n, columns), or a table of as many numeric columns, in order."""
        if is_frame(x) and all(kind.kind in "biuf" for kind in x.dtypes):
            x = x.to_numpy(np.float64)
        array = numeric_array(x, where=where)
        check_shape(array, self.shape, where)
        check_finite(array, where=where)
        scaled: Inputs = ((array - np.array(self.mean)) / np.array(self.scale)).astype(np.float32)
        return scaled


@dataclass(frozen=True)
class TableEncoder:
    """The features of each named column, side by side."""

    columns: tuple[Column, ...]

    @classmethod
    def fit(cls, x: pd.DataFrame) -> TableEncoder:
        """Fit on a table with named columns."""
        from shoal.data.frames import column_values

        held = ((str(name), column_values(x[name], where="table")) for name in x.columns)
        return cls(tuple(fit_column(name, *held_by) for name, held_by in held))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return (sum(len(column.features) for column in self.columns),)

    def encode(self, x: Any, where: str) -> Inputs:
        """A table with these columns in any order (others are ignored), or an array of them."""
        from shoal.data.frames import column_values

        frame = x if is_frame(x) else self._name_columns(x, where)
        parts = []
        for column in self.columns:
            if column.name not in frame.columns:
                names = ", ".join(repr(str(name)) for name in frame.columns[:30])
                raise DataError(
                    "a table has all columns the model was trained on",
                    expected=f"column {column.name!r}",
                    received=f"columns {names}",
                    where=where,
                )
            values = frame[column.name]
            if values.ndim != 1:
                raise DataError(
                    "the names of the columns differ",
                    received=f"{column.name!r} twice",
                    where=where,
                )
            place = f"{where}, column {column.name!r}"
            parts.append(column.encode(*column_values(values, where=where), place))
        return np.concatenate(parts, axis=1).astype(np.float32)

    def _name_columns(self, x: Any, where: str) -> pd.DataFrame:
        """An array's columns are taken in the order of training, if its type fits them all."""
        import pandas as pd

        array = x if isinstance(x, np.ndarray) else np.asarray(x, object)
        texts = [column.name for column in self.columns if column.kind == "categorical"]
        if texts and array.dtype != object:
            raise DataError(
                "a model with text columns predicts from a table",
                expected=f"a DataFrame with text in column {texts[0]!r}",
                received=f"an array of {array.dtype}",
                where=where,
            )
        check_shape(array, (len(self.columns),), where)
        frame = pd.DataFrame(array, columns=[column.name for column in self.columns])
        return frame.infer_objects()


Encoder = ImageEncoder | ArrayEncoder | TableEncoder | TextEncoder


def fit_encoder(
    x: Any, text: str | None = None, tokenization: Tokenization | None = None
) -> Encoder:
    """The encoder for a data set's inputs, fitted on these rows of them.

    Args:
        x: the rows.
        text: the name of a column of texts.
        tokenization: what is asked of tokens; None where there are no texts.
    """
    if tokenization is not None:
        return TextEncoder.fit(x.tolist(), text, tokenization)
    if is_frame(x):
        return TableEncoder.fit(x)
    return ImageEncoder.fit(x) if x.ndim == 4 else ArrayEncoder.fit(x)


def encoder_to_json(encoder: Encoder) -> dict[str, Any]:
    """The encoder as plain data."""
    if isinstance(encoder, ImageEncoder):
        return {
            "kind": "image",
            "shape": list(encoder.shape),
            "maximum": encoder.maximum,
            "mean": encoder.mean,
            "scale": encoder.scale,
        }
    if isinstance(encoder, TextEncoder):
        return encoder.to_json()
    if isinstance(encoder, ArrayEncoder):
        return {"kind": "array", "mean": list(encoder.mean), "scale": list(encoder.scale)}
    return {"kind": "table", "columns": [column_to_json(column) for column in encoder.columns]}


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
        return ImageEncoder(
            shape, positive(data["maximum"]), finite(data["mean"]), positive(data["scale"])
        )
    if kind == "array":
        mean = tuple(finite(value) for value in data["mean"])
        scale = tuple(positive(value) for value in data["scale"])
        if len(mean) != len(scale) or not mean:
            raise ValueError("a mean and a scale for each column")
        return ArrayEncoder(mean, scale)
    if kind == "table":
        encoder = TableEncoder(tuple(column_from_json(column) for column in data["columns"]))
        if encoder.shape == (0,):
            raise ValueError("columns")
        if len({column.name for column in encoder.columns}) != len(encoder.columns):
            raise ValueError("columns of different names")
        return encoder
    if kind == "text":
        return TextEncoder.from_json(data)
    raise ValueError(f"an encoder of kind image, array, table or text, not {kind!r}")
