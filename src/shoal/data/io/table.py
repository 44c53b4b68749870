"""A table's file as a sheet, whatever its format is; columns by name or place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from shoal.data.columns.texts import columns_named
from shoal.data.io.files import ARROW, EXCEL, HDF5, JSON, table_suffix
from shoal.data.io.sheet import Sheet, read_sheet, unnamed_columns
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.preprocessing import Preprocessing


def read_table_file(
    path: Path,
    encoding: str | None = None,
    *,
    header: bool | None = None,
    unnamed: bool = False,
) -> Sheet:
    """The columns of a table's file; the end of its name tells the format.

    Args:
        path: the file.
        encoding: what text is written in; see `read_sheet`.
        header: whether the first line of text or of an Excel sheet names the columns.
        unnamed: whether there is no header where nothing tells.

    Raises:
        DataError: it cannot be read as what it is, or its format leaves no choice of an encoding
            or a header that was named.
    """
    suffix = table_suffix(path)
    if encoding is not None and suffix in {*ARROW, *HDF5, *EXCEL}:
        raise DataError(
            "only a table that is text, such as .csv, is written in an encoding that one can name",
            received=f"encoding {encoding!r} for {suffix}",
            where=str(path),
            hint="Leave it out: the format says how its text is written.",
        )
    if header is not None and suffix in {*ARROW, *HDF5, ".arff"}:
        raise DataError(
            "only rows of text, or of an Excel sheet, may have a header or none",
            received=f"{'a header' if header else 'no header'} for {suffix}",
            where=str(path),
            hint="Leave it out: the format names the columns.",
        )
    if suffix in ARROW:
        from shoal.data.io.typed_tables import read_arrow

        return read_arrow(path)
    if suffix in HDF5:
        from shoal.data.io.hdf5 import read_hdf5

        return read_hdf5(path)
    if suffix == ".arff":
        from shoal.data.io.arff import read_arff

        return read_arff(path, encoding)
    if suffix in JSON:
        from shoal.data.io.json_lines import read_json_lines

        return read_json_lines(path, encoding)
    if suffix in EXCEL:
        from shoal.data.io.typed_tables import read_excel

        return read_excel(path, header=header, unnamed=unnamed)
    return read_sheet(path, encoding, header=header, unnamed=unnamed)


def by_position(sheet: Sheet, like: Preprocessing) -> tuple[Sheet, list[str]]:
    """The sheet with the names of training, and a remark, where one of the two has no header.

    A table without a header has all columns of training, in the same order, or all but the
    target. It is also read by a model with names if it has as many columns as the model has
    inputs.

    Args:
        sheet: the table.
        like: of the model.
    """
    inputs = like.column_names
    if like.text and like.unnamed:
        inputs = columns_named(like.text, unnamed_columns(like.unnamed))
    if not inputs or (set(inputs) <= set(sheet.names) and not sheet.unnamed):
        return sheet, []
    count = len(sheet.names)
    if like.unnamed:
        every = unnamed_columns(like.unnamed)
        targets = set(like.classes) & set(every) if like.task == "multi-label" else {like.target}
        asked = [name for name in every if name not in targets]
        names = every if count >= len(every) else asked if count == len(asked) else []
        names = [*names, *unnamed_columns(count)[len(names) :]] if names else []
    else:
        names = list(inputs) if sheet.unnamed and count == len(inputs) else []
    if not names or names == sheet.names:
        return sheet, []
    known = "as in training" if like.unnamed else f"{names[0]!r} to {names[-1]!r}"
    return replace(sheet, names=names), [f"columns are taken by their places, {known}"]
