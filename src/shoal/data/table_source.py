"""A table's file as a sheet, whatever its format is."""

from __future__ import annotations

from pathlib import Path

from shoal.data.sheet import Sheet, read_sheet
from shoal.data.table_files import ARROW, EXCEL, HDF5, JSON, table_suffix


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
        DataError: it cannot be read as what it is.
    """
    suffix = table_suffix(path)
    if suffix in ARROW:
        from shoal.data.arrow_files import read_arrow

        return read_arrow(path)
    if suffix in HDF5:
        from shoal.data.hdf5 import read_hdf5

        return read_hdf5(path)
    if suffix == ".arff":
        from shoal.data.arff import read_arff

        return read_arff(path, encoding)
    if suffix in JSON:
        from shoal.data.json_lines import read_json_lines

        return read_json_lines(path, encoding)
    if suffix in EXCEL:
        from shoal.data.excel import read_excel

        return read_excel(path, header=header, unnamed=unnamed)
    return read_sheet(path, encoding, header=header, unnamed=unnamed)
