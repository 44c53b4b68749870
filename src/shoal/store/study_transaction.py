"""One transaction of a study's writer: all of it or nothing, and what is said where it fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from shoal.errors import StudyError
from shoal.store.free_pages import give_back
from shoal.store.records import TrialRecord
from shoal.store.study_connection import begin, damaged, is_damage
from shoal.store.study_rows import UPDATE_TRIAL, trial_row


@contextmanager
def transaction(db: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """All of the block's writes, or none; the write lock is taken again right after.

    Raises:
        StudyError: the file cannot be written; it then holds what it held before.
    """
    if not db.in_transaction:  # the lock could not be taken again last time
        begin(db, path)
    try:
        yield db
        give_back(db)
        db.execute("COMMIT")
    except BaseException as error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        with suppress(sqlite3.Error, StudyError):  # the next transaction tries once more
            begin(db, path)
        if isinstance(error, (sqlite3.Error, OverflowError)):
            raise _refused(error, path) from error
        raise
    begin(db, path)


def _refused(error: Exception, path: Path) -> StudyError:
    if isinstance(error, sqlite3.IntegrityError):
        return StudyError(
            "every trial has its own id, a known state and a known parent, "
            "and only known trials have epochs and weights",
            received=str(error),
            where=str(path),
        )
    if is_damage(error):
        return damaged(error, path)
    return StudyError(
        "cannot write the study",
        received=str(error),
        where=str(path),
        hint="It holds everything up to the last round. Make room on the disk, "
        f"check that file and folder can be written, and go on with: shoal resume {path}",
    )


def update_trials(db: sqlite3.Connection, path: Path, trials: Sequence[TrialRecord]) -> None:
    """Write trials as they are now.

    Raises:
        StudyError: one of them was never added.
    """
    rows = ([*trial_row(trial)[1:], trial.id] for trial in trials)
    changed = db.executemany(UPDATE_TRIAL, rows).rowcount
    if trials and changed != len(trials):
        raise StudyError(
            "only a trial that was added can be updated",
            expected=f"{len(trials)} known trials",
            received=f"{changed}",
            where=str(path),
        )
