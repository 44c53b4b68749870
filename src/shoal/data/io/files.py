"""Which files are what, by the ends of their names; files in a .zip; packages that some need."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from shoal.errors import DataError
from shoal.utils.limits import check_size

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
        from shoal.data.io.hdf5 import holds_inputs

        return holds_inputs(path)
    return path.suffix.lower() == ".npz" and path.is_file()


def table_stem(source: str | os.PathLike[str]) -> str:
    """The name without its end: ``prices`` of ``prices.csv.gz``."""
    stem = Path(source).stem
    packed = Path(source).suffix.lower() in PACKED and table_suffix(source)
    return Path(stem).stem if packed else stem


EXTRA = "tables"
"""The extra that brings all of them."""


@contextmanager
def needs(
    package: str, what: str, where: str, *, instead: str = "save it as CSV"
) -> Iterator[None]:
    """Turn a failed import into the advice what to install.

    Args:
        package: what is imported.
        what: what it reads.
        where: the file.
        instead: what can be done without.

    Raises:
        DataError: it is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise DataError(
            f"{what} is read by the package {package}",
            received="it is not installed"
            if isinstance(error, ModuleNotFoundError)
            else str(error),
            where=where,
            hint=f"Install it with: pip install 'shoal[{EXTRA}]', or {instead}.",
        ) from None


MOST_MEMBERS = 5_000_000
"""Files in an archive, at most."""


@dataclass(frozen=True, eq=False)
class Member:
    """One file in an archive.

    Attributes:
        archive: which is open as long as one of its members is held.
        info: what its directory says of the file.
        inside: the file's path there.
    """

    archive: zipfile.ZipFile
    info: zipfile.ZipInfo
    inside: PurePosixPath

    def __str__(self) -> str:
        return f"{self.archive.filename}/{self.inside}"

    @property
    def name(self) -> str:
        """Its name, with suffix."""
        return self.inside.name

    @property
    def suffix(self) -> str:
        """The end of its name."""
        return self.inside.suffix

    def read_bytes(self) -> bytes:
        """What it holds, unpacked: no more than the archive's directory says, which is checked.

        Raises:
            DataError: it is encrypted or damaged, or takes more memory than it may.
        """
        check_size(self.info.file_size, "a file in an archive", str(self))
        try:
            return self.archive.read(self.info)
        except RuntimeError as error:  # of a password
            received = str(error)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            received = str(error) or type(error).__name__
        raise DataError(
            "a file in an archive is whole and not encrypted", received=received, where=str(self)
        )


def members_of(path: Path) -> list[Member]:
    """The files in a .zip, by their paths.

    Raises:
        DataError: it is none, or its files have paths that lead out of it.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise DataError(
            "a .zip file is whole and undamaged",
            received=str(error).rstrip(".") or type(error).__name__,
            where=str(path),
            hint="Fetch or copy it again.",
        ) from None
    infos = archive.infolist()
    if len(infos) > MOST_MEMBERS:
        raise DataError(
            "an archive holds a data set",
            expected=f"at most {MOST_MEMBERS:,} files",
            received=f"{len(infos):,}",
            where=str(path),
        )
    found = {}
    for info in infos:
        # What is written as a link holds no picture, only where it leads.
        if info.is_dir() or stat.S_ISLNK(info.external_attr >> 16):
            continue
        inside = PurePosixPath(info.filename.replace("\\", "/"))
        if not inside.parts:
            continue
        if inside.is_absolute() or ".." in inside.parts or ":" in inside.parts[0]:
            raise DataError(
                "the paths of an archive's files stay inside of it",
                received=repr(info.filename),
                where=str(path),
                hint="Such archives are made to write where they should not. Pack the files anew.",
            )
        found[inside] = Member(archive, info, inside)
    return [found[inside] for inside in sorted(found)]
