"""Files in a .zip, read where they lie: nothing is unpacked to the disk."""

from __future__ import annotations

import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from shoal.data.limits import check_size
from shoal.errors import DataError

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
        if inside.is_absolute() or ".." in inside.parts or ":" in inside.parts[0]:
            raise DataError(
                "the paths of an archive's files stay inside of it",
                received=repr(info.filename),
                where=str(path),
                hint="Such archives are made to write where they should not. Pack the files anew.",
            )
        found[inside] = Member(archive, info, inside)
    return [found[inside] for inside in sorted(found)]
