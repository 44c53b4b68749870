"""What a study takes of the disk."""

from __future__ import annotations

import sqlite3
from pathlib import Path


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
