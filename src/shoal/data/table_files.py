"""Which files are tables, by the ends of their names."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

BARE = (".txt", ".data", ".dat")
"""Tables of text, as archives of data sets have them; spaces may separate their fields."""

JSON = (".jsonl", ".ndjson", ".json")

TEXT = (".csv", ".tsv", ".arff", *JSON, *BARE)
"""Tables that are files of text; these may be compressed."""

ARROW = (".parquet", ".feather", ".arrow")
HDF5 = (".h5", ".hdf5")
EXCEL = (".xlsx", ".xlsm")

TABLES = (*TEXT, *ARROW, *HDF5, *EXCEL)

PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
"""What may follow the end of a file of text."""


def table_suffix(source: str | os.PathLike[str]) -> str:
    """The end of a table's name, such as ``.csv`` of ``prices.csv.gz``; empty: no table.

    Of a ``.zip`` that does not tell, the only file in it does.
    """
    path = Path(source)
    suffix = path.suffix.lower()
    if suffix in PACKED:
        inner = Path(path.stem).suffix.lower()
        if inner not in TEXT and suffix == ".zip":
            inner = _suffix_inside(path)
        return inner if inner in TEXT else ""
    return suffix if suffix in TABLES else ""


def _suffix_inside(path: Path) -> str:
    """The end of the name of an archive's only file; empty: it holds several, or is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [member.filename for member in archive.infolist() if not member.is_dir()]
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError):  # told as it is read
        return ""
    names = [name for name in names if not name.startswith("__MACOSX/")]
    return Path(names[0]).suffix.lower() if len(names) == 1 else ""


def is_table(source: str | os.PathLike[str]) -> bool:
    """Whether a file is a table; one of HDF5 is none if it holds arrays."""
    return table_suffix(source) != "" and not holds_arrays(source)


def holds_arrays(source: str | os.PathLike[str]) -> bool:
    """Whether a file holds inputs and targets as arrays that have names."""
    path = Path(source)
    if table_suffix(source) in HDF5 and path.is_file():
        from shoal.data.hdf5 import holds_inputs

        return holds_inputs(path)
    return path.suffix.lower() == ".npz" and path.is_file()


def table_stem(source: str | os.PathLike[str]) -> str:
    """The name without its end: ``prices`` of ``prices.csv.gz``."""
    stem = Path(source).stem
    packed = Path(source).suffix.lower() in PACKED and table_suffix(source)
    return Path(stem).stem if packed else stem
