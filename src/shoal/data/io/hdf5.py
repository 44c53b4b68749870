"""Tables in HDF5: a data set for each column, or one of named fields or of numbers.

Nothing is read that stands in another file, to which HDF5 could point.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shoal.data.encode.mask_coding import Ignored
from shoal.data.io.files import needs
from shoal.data.io.instances import MaskNumbers
from shoal.data.io.named_arrays import array_names, check_names, data_of_arrays
from shoal.data.io.sheet import Sheet
from shoal.data.io.typed_tables import sheet_of_frame
from shoal.errors import DataError
from shoal.utils.limits import check_size

if TYPE_CHECKING:
    from shoal.data.dataset import Dataset, Task
    from shoal.data.io.named_arrays import Channels

Array = npt.NDArray[Any]

MOST_SETS = 10_000

TEXT_BYTES = 60
"""Of memory for a text, at least."""


def holds_inputs(path: Path) -> bool:
    """Whether a file holds inputs as arrays of several axes, and no table.

    Arrays that are not called ``x`` are inputs where targets are beside them, or if they may
    be pictures.
    """
    with _opened(path) as file:
        axes = {name: len(part.shape) for name, part in _sets(file).items()}
    found = array_names(axes)
    fewest = 2 if found.y or "x" in found.x.values() else 3
    return bool(found.x) and all(axes[name] >= fewest for name in found.x.values())


def load_hdf5(
    path: Path,
    *,
    need_target: bool,
    task: Task | None = None,
    channels: Channels | None = None,
    target: str | None = None,
    ignore: tuple[Ignored, ...] = (),
    masks: MaskNumbers | None = None,
) -> Dataset:
    """A data set from the arrays of a file, as an npz file has them; groups may be parts.

    Raises:
        DataError: they take more memory than they may, or hold neither numbers nor texts.
    """
    where = str(path)
    with _opened(path) as file:
        sets = _sets(file)
        found = array_names(sets, target)
        check_names(found, sets, where, need_target=need_target, target=target)
        arrays = {name: _values(sets[name], where) for name in found.used}
    return data_of_arrays(
        arrays,
        found,
        where,
        need_target=need_target,
        task=task,
        channels=channels,
        ignore=ignore,
        masks=masks,
    )


def _sets(file: Any) -> dict[str, Any]:
    """The data sets of a file and of the groups in it, by their paths."""
    found: dict[str, Any] = {}
    for name, part in file.items():
        if _is_set(part):
            found[name] = part
        elif hasattr(part, "items"):
            found |= {f"{name}/{key}": one for key, one in part.items() if _is_set(one)}
        if len(found) > MOST_SETS:
            break
    return found


def read_hdf5(path: Path) -> Sheet:
    """The sheet of a file's table.

    Raises:
        DataError: there is none, or it is damaged, or the package h5py is not installed.
    """
    where = str(path)
    with _opened(path) as file:
        group = _inner(file)
        if "pandas_type" in group.attrs:
            raise DataError(
                "an HDF5 file holds data sets of columns",
                received="what pandas alone reads",
                where=where,
                hint="Write it as Parquet: data.to_parquet('table.parquet').",
            )
        parts = {name: _values(part, where) for name, part in group.items() if _is_set(part)}
    if not parts:
        raise DataError(
            "an HDF5 file holds data sets of columns", received="none in one place", where=where
        )
    first = next(iter(parts.values()))
    if len(parts) == 1 and (first.dtype.names or first.ndim == 2):
        fields = first.dtype.names
        if fields is None:
            frame = pd.DataFrame(first).add_prefix("x")
            return replace(sheet_of_frame(frame, where), unnamed=True)
        parts = {name: _plain(first[name]) for name in fields}
    _check_columns(parts, where)
    return sheet_of_frame(pd.DataFrame(parts), where)


def _check_columns(parts: dict[str, Array], where: str) -> None:
    """Refuse what forms no table."""
    shapes = {name: array.shape for name, array in parts.items()}
    if len(set(shapes.values())) > 1 or any(array.ndim != 1 for array in parts.values()):
        told = ", ".join(f"{name!r} {shape}" for name, shape in list(shapes.items())[:5])
        raise DataError(
            "the data sets of an HDF5 file are columns of one length, or x and y",
            received=f"shapes {told}",
            where=where,
        )


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The file, open to be read."""
    where = str(path)
    with needs("h5py", "an HDF5 file", where):
        import h5py
    with open(path, "rb"):  # what the system has against it is told as of other files
        pass
    try:
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            "an HDF5 file is whole and undamaged",
            received=str(error).splitlines()[0][:200].rstrip("."),
            where=where,
            hint="Fetch or copy it again.",
        ) from None


def _inner(group: Any) -> Any:
    """The group that holds something beside a single other group."""
    for _ in range(20):
        members = list(group)
        if len(members) != 1 or _is_set(group[members[0]]):
            return group
        group = group[members[0]]
    return group


def _is_set(part: Any) -> bool:
    return hasattr(part, "shape")


def _values(part: Any, where: str) -> Array:
    """The values of a data set."""
    place = f"{where}, {part.name}"
    if part.external or part.is_virtual or Path(part.file.filename) != Path(where):
        raise DataError("a data set stands in its file", received="one of another", where=place)
    fields = [kind for kind, _ in part.dtype.fields.values()] if part.dtype.fields else [part.dtype]
    if not all(kind.base.kind in "biufSUO" for kind in fields):
        raise DataError(
            "a data set holds numbers, truth values or texts", received=str(part.dtype), where=place
        )
    size = part.dtype.itemsize + TEXT_BYTES * sum(kind.kind in "SO" for kind in fields)
    check_size(int(part.size) * size, f"the data set {part.name!r}", where)
    values: Array = np.asarray(part[()])
    return values if part.dtype.fields else _plain(values)


def _plain(values: Array) -> Array:
    """Texts as strings."""
    if values.dtype.kind not in "SO":
        return values
    texts = [v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in values.ravel()]
    plain = np.empty(values.shape, object)
    plain.ravel()[:] = texts
    return plain
