"""Pages of a study's file that hold nothing any more: they are given back to the disk.

SQLite keeps what dropped weights and checkpoints took for later, and a file is as long as it
ever was. The pages are given back inside a transaction of the writer, so that a kill loses
nothing, and readers see the file before or after.
"""

from __future__ import annotations

import sqlite3

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
