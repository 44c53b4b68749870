"""What all kinds of fitted columns have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

import numpy as np
import numpy.typing as npt

from shoal.data.columns.cell_format import CellFormat
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.io.frames import Holding  # imports pandas, which images do without

Array = npt.NDArray[Any]
Features = npt.NDArray[np.float64]
Nature = Literal["number", "flag", "category"]
"""What a feature is: a quantity, a yes or no, or one of the categories of its column."""

Place = Callable[[int], str]
"""Names a row, for messages: file, column and line."""

SHOWN = 3
"""Values that a remark names."""


class Column(Protocol):
    """A fitted column: reads values as those of training were, and gives features for them."""

    kind: ClassVar[str]

    @property
    def name(self) -> str:
        """The column's name."""

    @property
    def written(self) -> CellFormat:
        """How its cells are written."""

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features it gives."""

    @property
    def natures(self) -> tuple[Nature, ...]:
        """What each of them is."""

    def read(self, holding: Holding, values: Array, place: Place) -> Array:
        """The values in the one form that this column has, whatever stands beside them.

        Args:
            holding: what ``frames.column_values`` found.
            values: the same; text may be cells as they are written.
            place: names a row.

        Raises:
            DataError: a value that is none of this column's, with its row.
        """

    def encode(self, values: Array) -> Features:
        """The features of what `read` gave, of shape (n, len(features))."""

    def remarks(self, values: Array) -> list[str]:
        """What the user should know of these values beside those of training."""


def refuse(rule: str, place: str, received: object, hint: str | None = None) -> DataError:
    """The error for a value that is none of a column's."""
    return DataError(rule, received=received, where=place, hint=hint)


def number_place(place: Place, wrong: Array) -> str:
    """The first row that is wrong."""
    return place(int(np.argmax(wrong)))


def some(values: Sequence[Any]) -> str:
    """The first few of different values."""
    shown = ", ".join(map(str, values[:SHOWN]))
    return shown + (", …" if len(values) > SHOWN else "")


def rows(count: int) -> str:
    """A number of rows."""
    return f"{count:,} row{'' if count == 1 else 's'}"


def blank_remark(name: str, count: int, stead: str) -> str:
    """A remark on missing values where training had none."""
    return f"column {name!r} is blank in {rows(count)}, as it never was in training: {stead}"


def fixed_remark(name: str, count: int, example: str) -> str:
    """A remark on changes where training had none."""
    return (
        f"column {name!r} never varied in training and has no effect: it differs in "
        f"{rows(count)}, such as {example}"
    )
