"""A study on disk: one SQLite file, one writer, one transaction a round.

The writer keeps the file's write lock between its transactions, so that a second writer is
refused at once. Readers have their own connection and see the last committed round; in WAL mode
neither side waits for the other. After a crash SQLite rolls back to the last committed round by
itself.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from shoal.errors import StudyError
from shoal.store.records import Checkpoint, EpochRecord, Role, StudyHeader, TrialRecord
from shoal.store.study_connection import (
    begin,
    close_file,
    create_file,
    damaged,
    disk_use,
    give_back,
    is_damage,
    open_file,
    reported,
)
from shoal.store.study_rows import (
    CHECKPOINT_COLUMNS,
    EPOCH_COLUMNS,
    RESULT,
    RUN,
    SAMPLER,
    TRIAL_COLUMNS,
    UPDATE_TRIAL,
    checkpoint_from_row,
    checkpoint_row,
    epoch_from_row,
    epoch_row,
    get_document,
    insert,
    put_document,
    select,
    select_trials,
    trial_from_row,
    trial_row,
    weights_from_row,
    weights_row,
)
from shoal.store.study_schema import check_checkpoint, check_together


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


class StudyFile:
    """A study's trials, epochs, weights and results, on disk. A context manager.

    Attributes:
        path: the file.
        header: what the study knew before its first trial.
    """

    def __init__(self, path: Path, db: sqlite3.Connection, header: StudyHeader, write: bool):
        self.path = path
        self.header = header
        self._db = db
        self._write = write

    @classmethod
    def create(cls, path: str | os.PathLike[str], header: StudyHeader) -> Self:
        """Create a study and open it for writing.

        Raises:
            StudyError: the path is taken, its folder is missing or cannot be written.
        """
        create_file(Path(path), header)
        return cls.open(path, write=True)

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, write: bool = False) -> Self:
        """Open a study, for reading unless told otherwise.

        Raises:
            StudyError: no such file, not a shoal study, damaged, made by a newer
                version, or (to write) being written by someone else.
        """
        db, header = open_file(Path(path), write=write)
        return cls(Path(path), db, header, write)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        close_file(self._db, writer=self._write)
        self._write = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Writing

    def add_trials(self, trials: Sequence[TrialRecord]) -> None:
        """Add new trials, in one transaction.

        Raises:
            StudyError: an id is taken, a parent unknown, or the file cannot be written.
        """
        with self._transaction():
            self._insert_trials(trials)

    def write_round(
        self,
        *,
        epochs: Sequence[EpochRecord],
        trials: Sequence[TrialRecord],
        weights: Mapping[int, Mapping[str, np.ndarray[Any, Any]]],
        drop_weights: Sequence[int],
        sampler_state: dict[str, Any] | None,
        add: Sequence[TrialRecord] = (),
        run: dict[str, Any] | None = None,
        drop_checkpoints: Iterable[int] = (),
    ) -> None:
        """Write everything a round brought, in one transaction: all of it or nothing.

        Args:
            epochs: epochs that ended; one written before is replaced.
            trials: trials as they are now, found by id.
            weights: trial id → float32 arrays to keep, replacing what it had.
            drop_weights: trials whose weights are no longer among the best.
            sampler_state: the sampler's plain data; None leaves it as it was.
            add: new trials.
            run: which trial is in which lane, and what the run came to, as plain
                data; None leaves it as it was.
            drop_checkpoints: trials that need theirs no more.

        Raises:
            StudyError: a trial is unknown, or the file cannot be written.
        """
        with self._transaction() as db:
            self._insert_trials(add)
            db.executemany(
                insert("epoch", EPOCH_COLUMNS, "INSERT OR REPLACE"), map(epoch_row, epochs)
            )
            update_trials(db, self.path, trials)
            self._drop("weights", drop_weights)
            self._drop("checkpoint", drop_checkpoints)
            db.executemany(
                "INSERT OR REPLACE INTO weights (trial, tensors) VALUES (?, ?)",
                itertools.starmap(weights_row, weights.items()),
            )
            if sampler_state is not None:
                put_document(db, SAMPLER, sampler_state)
            if run is not None:
                put_document(db, RUN, run)

    def write_checkpoints(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Replace all checkpoints by these, in one transaction."""
        with self._transaction() as db:
            db.execute("DELETE FROM checkpoint")
            db.executemany(
                insert("checkpoint", CHECKPOINT_COLUMNS), map(checkpoint_row, checkpoints)
            )

    def write_result(self, name: str, value: Any) -> None:
        """Store plain data under a name ("winner", "ensembles", "cost"), replacing what was there.

        Numbers that are not finite become the strings "nan", "inf" and "-inf".
        """
        self.write_results({name: value})

    def write_results(
        self, results: Mapping[str, Any], *, drop_weights: Iterable[int] = ()
    ) -> None:
        """Store several in one transaction, and drop weights that were needed until then."""
        with self._transaction() as db:
            for name, value in results.items():
                put_document(db, RESULT + name, value)
            self._drop("weights", drop_weights)

    def write_requested_trials(self, asked: int) -> None:
        """Store the number of trials asked for, of a search that went on until its time was up."""
        with self._transaction() as db:
            db.execute("UPDATE header SET trials = ?", (asked,))
        self.header = replace(self.header, trials=asked)

    def go_on(
        self,
        asked: int,
        *,
        trials: Sequence[TrialRecord],
        drop_weights: Iterable[int],
        forget: Sequence[int],
    ) -> None:
        """Make a study that has ended or was broken off one that goes on, in one transaction.

        Args:
            asked: number of trials asked for from now on.
            trials: trials as they are now.
            drop_weights: trials whose weights are not final.
            forget: trials to remove with all that is known of them.
        """
        with self._transaction() as db:
            db.execute("UPDATE header SET trials = ?", (asked,))
            for name in ("winner", "ensembles", "product"):
                db.execute("DELETE FROM document WHERE name = ?", (RESULT + name,))
            update_trials(db, self.path, trials)
            self._drop("weights", drop_weights)
            for table in ("weights", "checkpoint", "epoch"):
                self._drop(table, forget)
            db.executemany("DELETE FROM trial WHERE id = ?", [(id_,) for id_ in forget])
        self.header = replace(self.header, trials=asked)

    # Reading

    def trials(self) -> list[TrialRecord]:
        """Return all trials by id."""
        with reported(self.path):
            rows = self._db.execute(select_trials(self.header.version) + " ORDER BY id")
            found = [trial_from_row(row) for row in rows]
            check_together(found, self.header)
            return found

    def trial(self, id_: int) -> TrialRecord:
        """Return one trial.

        Raises:
            StudyError: there is none of this id.
        """
        with reported(self.path):
            query = select_trials(self.header.version) + " WHERE id = ?"
            row = self._db.execute(query, (id_,)).fetchone()
            if row is not None:
                return trial_from_row(row)
        raise StudyError(
            "no such trial",
            expected=f"one of the study's {sum(self.counts().values())} trials",
            received=id_,
            where=str(self.path),
        )

    def history(self, trial: int | None = None) -> list[EpochRecord]:
        """Return the epochs of one trial, or of all by trial and epoch."""
        where = "" if trial is None else " WHERE trial = ?"
        query = select("epoch", EPOCH_COLUMNS) + where + " ORDER BY trial, epoch"
        with reported(self.path):
            rows = self._db.execute(query, () if trial is None else (trial,))
            return [epoch_from_row(row) for row in rows]

    def weights(self, trial: int) -> dict[str, np.ndarray[Any, Any]] | None:
        """Return the weights kept of a trial, or None where none were kept."""
        with reported(self.path):
            query = "SELECT tensors FROM weights WHERE trial = ?"
            row = self._db.execute(query, (trial,)).fetchone()
            return None if row is None else weights_from_row(row)

    def checkpoints(self) -> dict[int, Checkpoint]:
        """Return the trials' checkpoints by trial."""
        if self.header.version < 2:
            return {}
        with reported(self.path):
            rows = self._db.execute(select("checkpoint", CHECKPOINT_COLUMNS))
            found = {row[0]: checkpoint_from_row(row) for row in rows}
            for checkpoint in found.values():
                check_checkpoint(checkpoint.standing["best_metrics"], self.header)
            return found

    def run_state(self) -> dict[str, Any] | None:
        """Return where the run stood after its last round, or None."""
        state: dict[str, Any] | None = self._get(RUN)
        return state

    def sampler_state(self) -> dict[str, Any] | None:
        """Return the sampler's state as last written, or None."""
        state: dict[str, Any] | None = self._get(SAMPLER)
        return state

    def result(self, name: str) -> Any:
        """Return what `write_result` stored under `name`, or None."""
        return self._get(RESULT + name)

    def counts(self, role: Role | None = None) -> dict[str, int]:
        """Return state → number of trials in it, of one role or all, for states that occur."""
        query = "SELECT state, count(*) FROM trial WHERE role = ifnull(?, role) GROUP BY state"
        with reported(self.path):
            return dict(self._db.execute(query, (role,)).fetchall())

    def disk_use(self) -> dict[str, int]:
        """Return bytes in total, of weights, and of checkpoints."""
        with reported(self.path):
            return disk_use(self._db, self.path)

    # Parts

    def _transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        if not self._write:
            raise StudyError("this study is not open for writing", where=str(self.path))
        return transaction(self._db, self.path)

    def _drop(self, table: str, trials: Iterable[int]) -> None:
        self._db.executemany(f"DELETE FROM {table} WHERE trial = ?", [(id_,) for id_ in trials])

    def _insert_trials(self, trials: Sequence[TrialRecord]) -> None:
        self._db.executemany(insert("trial", TRIAL_COLUMNS), map(trial_row, trials))

    def _get(self, name: str) -> Any:
        with reported(self.path):
            return get_document(self._db, name)
