"""Opening a study's SQLite file, and the disk that it takes.

SQLite keeps the pages of dropped weights and checkpoints for later use, so a file never gets
shorter. Here free pages are given back to the disk, inside a transaction of the writer. A kill
then loses nothing, and readers see the file before or after.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shoal.errors import StudyError, near_file
from shoal.store.records import STUDY_VERSION, StudyHeader
from shoal.store.study_rows import (
    HEADER_COLUMNS,
    SCHEMA,
    header_columns,
    header_from_row,
    header_row,
    insert,
    select,
    tables,
)


def disk_use(db: sqlite3.Connection, path: Path) -> dict[str, int]:
    """Return bytes of the file with its log, and of the weights and checkpoints in it.

    A study of T trials in L lanes that keeps k weights holds its rows (about a
    kilobyte a trial and a tenth of that an epoch), k sets of weights, three
    times the fresh seeds more until the winner is known, and L checkpoints.
    """
    columns = {"weights": "tensors", "checkpoint": "arrays"}
    there = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    use = {
        table: int(db.execute(f"SELECT total(length({column})) FROM {table}").fetchone()[0])
        for table, column in columns.items()
        if table in there  # the oldest files have no checkpoints
    }
    files = (path, path.with_name(path.name + "-wal"))
    return {
        "total": sum(file.stat().st_size for file in files if file.exists()),
        "weights": use["weights"],
        "checkpoints": use.get("checkpoint", 0),
    }


SPARE = 64
"""Free pages that are left to the next transaction in any case."""

_INCREMENTAL = 2


def give_back(db: sqlite3.Connection) -> None:
    """Give back what is free beyond as many pages as are in use, while a search goes on.

    What the next rounds will need again is left; the file is at most about twice its content.
    """
    free = _number(db, "freelist_count")
    if free > SPARE:
        used = _number(db, "page_count") - free
        _cut(db, free - max(used, SPARE))


def give_all_back(db: sqlite3.Connection) -> None:
    """Give back all that is free, in a transaction of its own."""
    db.execute("BEGIN IMMEDIATE")
    try:
        _cut(db, _number(db, "freelist_count"))
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _cut(db: sqlite3.Connection, pages: int) -> None:
    if pages > 0 and _number(db, "auto_vacuum") == _INCREMENTAL:
        # Every step of the statement frees a page, and Python's module takes one step only.
        for _ in range(pages):
            db.execute("PRAGMA incremental_vacuum(1)")


def _number(db: sqlite3.Connection, pragma: str) -> int:
    return int(db.execute(f"PRAGMA {pragma}").fetchone()[0])


APPLICATION_ID = 0x73686F6C
"""The four letters "shol", where SQLite keeps the kind of a file."""

_SECONDS_TO_WAIT = 5.0

_LOG_BYTES = 16 * 2**20
"""To which the write-ahead log is cut once what is in it has gone into the file."""


def create_file(path: Path, header: StudyHeader) -> None:
    """Write an empty study in one transaction.

    What a creation that was killed leaves, no bytes or a transaction that was
    never committed, may be replaced; no other file.

    Raises:
        StudyError: something is there already, or the path cannot be written.
    """
    if header.version != STUDY_VERSION:
        raise StudyError(
            "a new study has the format of this program",
            expected=f"version {STUDY_VERSION}",
            received=f"version {header.version}",
            where=str(path),
        )
    try:
        size = _claimed(path)
    except OSError as error:
        raise StudyError(
            "cannot create the study file",
            received=error.strerror,
            where=str(path),
            hint="Choose a path in a folder that exists and can be written",
        ) from error
    if size and not is_blank(path):
        raise _exists(path)
    with reported(path), closing(_connect(path, "rw")) as db:
        _write_schema(db, path, header)


def _claimed(path: Path) -> int:
    """Make a file, or leave the one that is there; its size.

    One that is there is not opened: closing it would release, by POSIX's rules, the
    locks that a connection of this very process has on it.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
    except FileExistsError:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)) from None
    return path.stat().st_size


def is_blank(path: Path) -> bool:
    """Whether a file holds nothing, once a creation that was killed is rolled back."""
    if path.stat().st_size == 0:
        return True
    try:
        with closing(_connect(path, "rw")) as db:
            return not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    except sqlite3.Error:  # no database, or damaged, or in use
        return False


def open_file(path: Path, *, write: bool) -> tuple[sqlite3.Connection, StudyHeader]:
    """Open a study; a writer holds the file's write lock from here on.

    Raises:
        StudyError: no such file, not a shoal study, made by a newer version,
            damaged, or being written by someone else.
    """
    if not path.is_file():
        raise StudyError(
            "no such study file",
            received="a folder" if path.is_dir() else None,
            where=str(path),
            hint=near_file(path) or "Check the path",
        )
    with reported(path):
        if not write:
            return _opened_for_reading(path)
        db = _connect(path, "rw")
        try:
            header = _read_header(db, path)
            _check_sound(db)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA busy_timeout = 0")
            begin(db, path)
            # Where a file cannot be written SQLite reads it, and says so at the first write.
            db.execute(f"PRAGMA user_version = {header.version}")
        except BaseException:
            db.close()
            raise
    return db, header


def _opened_for_reading(path: Path) -> tuple[sqlite3.Connection, StudyHeader]:
    """Read a study where it is; where that would take a file beside it, a copy.

    A writer that was killed leaves its last rounds in the log beside the file. SQLite
    reads them by an index in shared memory, which is a file too, and cannot be made
    where nobody may write.
    """
    db = _connect(path, "ro")
    try:
        return db, _read_header(db, path)
    except sqlite3.OperationalError as error:
        db.close()
        name = getattr(error, "sqlite_errorname", "")
        if not name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
            raise
    except BaseException:
        db.close()
        raise
    with tempfile.TemporaryDirectory(prefix="shoal-") as folder:
        copied = Path(folder) / "copy.study"
        for ending in ("", "-wal"):
            source = path.with_name(path.name + ending)
            if source.exists():
                shutil.copyfile(source, copied.with_name(copied.name + ending))
        db = _connect(copied, "rw")
        try:
            db.execute("PRAGMA journal_mode = DELETE")  # the log goes into the copy
            header = _read_header(db, path)
            db.execute("PRAGMA query_only = ON")
        except BaseException:
            db.close()
            raise
    return db, header  # open still, its name gone: so nothing stays behind


def begin(db: sqlite3.Connection, path: Path) -> None:
    """Take the write lock, which makes this connection the one writer.

    Raises:
        StudyError: someone else has it.
    """
    try:
        db.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname != "SQLITE_BUSY":
            raise
        raise StudyError(
            "a study has one writer at a time, and this one is being written",
            where=str(path),
            hint="Wait for the other search to end, or give another --study file",
        ) from error


def close_file(db: sqlite3.Connection, *, writer: bool) -> None:
    """Close; the last one to leave folds the write-ahead log back into one plain file."""
    if writer:
        if db.in_transaction:
            db.execute("ROLLBACK")
        with suppress(sqlite3.Error):  # a reader is still there
            give_all_back(db)
            db.execute("PRAGMA journal_mode = DELETE")
    db.close()


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn what SQLite or a decoder raises into a StudyError that says what is wrong."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if is_damage(error):
            raise damaged(error, path) from error
        raise StudyError(
            "cannot use the study file",
            received=str(error),
            where=str(path),
            hint="Check that the disk is not full and that file and folder can be written",
        ) from error
    except OSError as error:
        raise StudyError(
            "cannot read the study file",
            received=error.strerror or str(error),
            where=str(path),
        ) from error
    except sqlite3.ProgrammingError as error:
        raise StudyError(
            "this study was closed, or belongs to another thread",
            received=str(error),
            where=str(path),
            hint="Open it again, once in every thread",
        ) from error
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:
        raise damaged(error, path) from error


def is_damage(error: Exception) -> bool:
    """Whether what SQLite raised is for the file's content, not for want of room or rights."""
    if isinstance(error, sqlite3.OperationalError):
        # Text that is none has no code of SQLite's, a table that is missing the general one.
        return getattr(error, "sqlite_errorname", "SQLITE_ERROR") == "SQLITE_ERROR"
    ours = sqlite3.IntegrityError, sqlite3.ProgrammingError
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, ours)


def damaged(error: Exception, path: Path) -> StudyError:
    """What is said of a file that is no whole study any more."""
    return StudyError(
        "the study file is damaged",
        received=str(error),
        where=str(path),
        hint="Restore it from a copy",
    )


@contextmanager
def closing(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Close `db` at the end, whatever happens."""
    try:
        yield db
    finally:
        db.close()


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_SECONDS_TO_WAIT)
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA cell_size_check = ON")
    db.execute("PRAGMA foreign_keys = ON")
    return db


def _check_sound(db: sqlite3.Connection) -> None:
    """Raise if a page of the file is damaged: better before writing to it than in the midst."""
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise ValueError(str(found))


def _write_schema(db: sqlite3.Connection, path: Path, header: StudyHeader) -> None:
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # what checkpoints took is given back
    db.execute("BEGIN IMMEDIATE")
    if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise _exists(path)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {STUDY_VERSION}")
    for statement in SCHEMA:
        db.execute(statement)
    db.execute(insert("header", HEADER_COLUMNS), header_row(header))
    db.execute("COMMIT")


def _read_header(db: sqlite3.Connection, path: Path) -> StudyHeader:
    try:
        application = db.execute("PRAGMA application_id").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname != "SQLITE_NOTADB":
            raise
        application = None
    if application != APPLICATION_ID:
        raise StudyError(
            "this file is not a shoal study",
            where=str(path),
            hint="Give a file that `shoal search --study` wrote",
        )
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > STUDY_VERSION:
        raise StudyError(
            "this study was made by a newer version of shoal",
            expected=f"format {STUDY_VERSION} or older",
            received=f"format {version}",
            where=str(path),
            hint="Upgrade shoal",
        )
    _check_tables(db, version)
    row = db.execute(select("header", header_columns(version))).fetchone()
    if row is None:
        raise ValueError("its header is missing")
    return header_from_row(row, version)


def _check_tables(db: sqlite3.Connection, version: int) -> None:
    """Raise unless all tables are there: better now than at the first use of one, hours later."""
    found = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    missing = [name for name in tables(version) if (name,) not in found]
    if missing:
        raise ValueError(f"no such table: {', '.join(missing)}")


def _exists(path: Path) -> StudyError:
    return StudyError(
        "a study is never overwritten, and there is a file here already",
        where=str(path),
        hint="Give another path, move the old file away, or go on with it (resume=True)",
    )
