"""One table, written in every format that is read."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

PLACES = ("ash", "birch", "x y", "café", "o'clock, late")


def small_table(rows: int = 24, seed: int = 0) -> pd.DataFrame:
    """Whole numbers, reals, text, truth values and dates, some of them missing; a target."""
    rng = np.random.default_rng(seed)
    real = np.round(rng.normal(size=rows), 3)
    real[3] = np.nan
    text = np.array([PLACES[i] for i in rng.integers(0, len(PLACES), rows)], object)
    text[5] = None
    days = np.datetime64("2023-01-05") + rng.integers(0, 900, rows).astype("timedelta64[D]")
    dates = pd.Series(days.astype("datetime64[s]"))
    dates[7] = pd.NaT
    return pd.DataFrame(
        {
            "whole": rng.integers(-50, 50, rows),
            "real": real,
            "text": text,
            "yes": np.arange(rows) % 3 == 0,
            "day": dates,
            "kind": np.array(["oak", "elm"], object)[np.arange(rows) % 2],
        }
    )


def write_arff(frame: pd.DataFrame, path: Path) -> None:
    """As Weka has it."""
    kinds = {"i": "numeric", "f": "REAL", "b": "{False, True}", "M": 'date "yyyy-MM-dd"'}
    lines = ["% a comment", "@RELATION 'some table'", ""]
    for name, kind in frame.dtypes.items():
        lines.append(f"@attribute '{name}' {kinds.get(kind.kind, 'string')}")
    lines.append("@data")
    rows = frame.itertuples(index=False)
    lines += [",".join(_arff_cell(cell) for cell in row) for row in rows]
    path.write_text("\n".join(lines) + "\n")


def _arff_cell(cell: object) -> str:
    if cell is None or cell != cell:
        return "?"
    if isinstance(cell, pd.Timestamp):
        return f"{cell:%Y-%m-%d}"
    return "'" + cell.replace("'", "\\'") + "'" if isinstance(cell, str) else str(cell)


def write_hdf5(frame: pd.DataFrame, path: Path) -> None:
    """A data set for each column; dates as text, for HDF5 has none."""
    import h5py

    with h5py.File(path, "w", track_order=True) as file:
        group = file.create_group("table", track_order=True)
        for name, column in frame.items():
            if column.dtype.kind == "M":
                column = column.dt.strftime("%Y-%m-%d").astype(object)
            if column.dtype.kind in "ifb":
                group[name] = column.to_numpy()
            else:
                group[name] = ["" if value != value or value is None else value for value in column]


def write_table(frame: pd.DataFrame, path: Path) -> Path:
    """Write a table as the end of the name says."""
    name = path.name
    if name.endswith(".csv"):
        frame.to_csv(path, index=False)
    elif name.endswith(".csv.gz"):
        path.write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    elif name.endswith((".bz2", ".xz", ".zip")):
        frame.to_csv(path, index=False)  # pandas packs by the name
    elif name.endswith(".zst"):
        arrow = pytest.importorskip("pyarrow")
        with arrow.CompressedOutputStream(str(path), "zstd") as file:
            file.write(frame.to_csv(index=False).encode())
    elif name.endswith(".tsv"):
        frame.to_csv(path, index=False, sep="\t")
    elif name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
        frame.to_parquet(path, index=False)
    elif name.endswith(".feather"):
        pytest.importorskip("pyarrow")
        frame.to_feather(path)
    elif name.endswith(".arrow"):
        arrow = pytest.importorskip("pyarrow")
        table = arrow.Table.from_pandas(frame, preserve_index=False)
        with arrow.ipc.new_stream(str(path), table.schema) as file:
            file.write_table(table)
    elif name.endswith(".arff"):
        write_arff(frame, path)
    elif name.endswith(".xlsx"):
        pytest.importorskip("openpyxl")
        frame.to_excel(path, index=False)
    else:
        pytest.importorskip("h5py")
        write_hdf5(frame, path)
    return path
