"""The tables of a study file, and the way from a record to a row and back."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from shoal.errors import StudyError
from shoal.store.json_text import finite_or_text, from_json, to_json
from shoal.store.records import Checkpoint, EpochRecord, StudyHeader, TrialRecord
from shoal.store.results_schema import DOCUMENTS
from shoal.store.study_schema import (
    CHECKPOINT,
    EPOCH,
    HEADER,
    TRIAL,
    read_columns,
    whole_trial,
)
from shoal.store.tensors import TensorsError, encode_tensors, read_arrays, read_index
from shoal.utils.schema import SchemaError, shallow

SAMPLER = "sampler"
RUN = "run"
RESULT = "result:"
"""Of a result, in front of its name."""


def put_document(db: sqlite3.Connection, name: str, value: Any) -> None:
    """Store plain data under a name, replacing what was there."""
    db.execute(
        "INSERT OR REPLACE INTO document (name, value) VALUES (?, ?)", (name, to_json(value))
    )


def get_document(db: sqlite3.Connection, name: str) -> Any:
    """Return what is stored under a name, or None.

    Raises:
        ValueError: it is not what the name's schema asks for.
    """
    row = db.execute("SELECT value FROM document WHERE name = ?", (name,)).fetchone()
    if row is None:
        return None
    try:
        return DOCUMENTS.get(name, shallow)(from_json(row[0]))
    except SchemaError as error:
        raise error.within(name.removeprefix(RESULT)) from None


SCHEMA = (
    """
    CREATE TABLE header (
        created TEXT NOT NULL, seed INTEGER NOT NULL, trials INTEGER NOT NULL,
        objective TEXT NOT NULL, space TEXT NOT NULL, network TEXT NOT NULL,
        recipe TEXT NOT NULL, dataset TEXT NOT NULL, preprocessing TEXT NOT NULL,
        split BLOB NOT NULL, plan TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE trial (
        id INTEGER PRIMARY KEY,
        state TEXT NOT NULL CHECK (
            state IN ('waiting', 'running', 'completed', 'stopped', 'diverged', 'failed')),
        hyperparams TEXT NOT NULL, point TEXT NOT NULL, seed INTEGER NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('search', 'confirm', 'refit', 'fold')),
        parent INTEGER REFERENCES trial (id),
        objective REAL, metrics TEXT NOT NULL, best_epoch INTEGER, epochs INTEGER NOT NULL,
        first_bad_step INTEGER, parameters INTEGER, message TEXT, started REAL, ended REAL,
        members TEXT NOT NULL, lineage TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE epoch (
        trial INTEGER NOT NULL REFERENCES trial (id), epoch INTEGER NOT NULL,
        train_loss REAL, metrics TEXT NOT NULL, seconds REAL,
        PRIMARY KEY (trial, epoch)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE weights (
        trial INTEGER PRIMARY KEY REFERENCES trial (id), tensors BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE checkpoint (
        trial INTEGER PRIMARY KEY REFERENCES trial (id), epoch INTEGER NOT NULL,
        standing TEXT NOT NULL, arrays BLOB NOT NULL
    )
    """,
    "CREATE TABLE document (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)
"""`document` holds what there is one of: the states of sampler and run, results by name."""

TABLES = ("header", "trial", "epoch", "weights", "checkpoint", "document")

HEADER_COLUMNS = tuple(field.name for field in fields(StudyHeader) if field.name != "version")
TRIAL_COLUMNS = tuple(field.name for field in fields(TrialRecord))
EPOCH_COLUMNS = tuple(field.name for field in fields(EpochRecord))
CHECKPOINT_COLUMNS = tuple(field.name for field in fields(Checkpoint))

_HEADER_JSON = {"objective", "space", "network", "recipe", "dataset", "preprocessing", "plan"}
_TRIAL_JSON = {"hyperparams", "point", "metrics"}
_TRIAL_LISTS = {"members", "lineage"}
_FLOATS = {"objective", "started", "ended", "train_loss", "seconds"}


def insert(table: str, columns: Iterable[str], verb: str = "INSERT") -> str:
    """Return the statement that inserts one row."""
    names = tuple(columns)
    places = ", ".join("?" * len(names))
    return f"{verb} INTO {table} ({', '.join(names)}) VALUES ({places})"


def select(table: str, columns: Iterable[str]) -> str:
    """Return the statement that reads all rows of a table."""
    return f"SELECT {', '.join(columns)} FROM {table}"


UPDATE_TRIAL = f"UPDATE trial SET {', '.join(f'{c} = ?' for c in TRIAL_COLUMNS[1:])} WHERE id = ?"
"""Values: those of `trial_row` without the id, then the id.

Setting the id too, even to itself, would make SQLite search every table that
refers to trials: a cost that grows with the study.
"""


def tables(version: int) -> tuple[str, ...]:
    """Return the tables of a file of this version."""
    return tuple(name for name in TABLES if version > 1 or name != "checkpoint")


def header_row(header: StudyHeader) -> list[Any]:
    """Return the header's row, in the order of `HEADER_COLUMNS`."""
    return _row(header, HEADER_COLUMNS, _HEADER_JSON)


def header_columns(version: int) -> tuple[str, ...]:
    """Return the header's columns in a file of this version."""
    return HEADER_COLUMNS if version > 1 else HEADER_COLUMNS[:-1]


def header_from_row(row: sqlite3.Row | tuple[Any, ...], version: int) -> StudyHeader:
    """Return the header in a row of `header_columns`.

    Raises:
        ValueError: the row does not hold what it must.
    """
    values = dict(zip(header_columns(version), row, strict=True))
    for name in _HEADER_JSON & set(values):
        values[name] = from_json(values[name])
    return StudyHeader(version=version, **read_columns(HEADER, values))


def trial_row(trial: TrialRecord) -> list[Any]:
    """Return the trial's row, in the order of `TRIAL_COLUMNS`."""
    return _row(trial, TRIAL_COLUMNS, _TRIAL_JSON | _TRIAL_LISTS)


def select_trials(version: int) -> str:
    """Return the statement that reads all trials of a file of this version."""
    columns = TRIAL_COLUMNS if version > 2 else TRIAL_COLUMNS[: -len(_TRIAL_LISTS)]
    return select("trial", columns)


def trial_from_row(row: tuple[Any, ...]) -> TrialRecord:
    """Return the trial in a row of `select_trials`.

    Raises:
        ValueError: the row does not hold what it must.
    """
    values = dict(zip(TRIAL_COLUMNS, row, strict=False))  # older files lack the last ones
    for name in (_TRIAL_JSON | _TRIAL_LISTS) & set(values):
        values[name] = from_json(values[name])
    return TrialRecord(**whole_trial(read_columns(TRIAL, values)))


def epoch_row(epoch: EpochRecord) -> tuple[Any, ...]:
    """Return the epoch's row, in the order of `EPOCH_COLUMNS`."""
    return (
        epoch.trial,
        epoch.epoch,
        finite_or_text(epoch.train_loss),
        to_json(epoch.metrics),
        finite_or_text(epoch.seconds),
    )


def epoch_from_row(row: tuple[Any, ...]) -> EpochRecord:
    """Return the epoch in a row of `EPOCH_COLUMNS`.

    Raises:
        ValueError: the row does not hold what it must.
    """
    values = dict(zip(EPOCH_COLUMNS, row, strict=True))
    values["metrics"] = from_json(values["metrics"])
    return EpochRecord(**read_columns(EPOCH, values))


def weights_row(trial: int, tensors: Mapping[str, np.ndarray[Any, Any]]) -> tuple[int, bytes]:
    """Return the row of a trial's weights: its id and their bytes.

    Raises:
        StudyError: not float32.
    """
    try:
        return trial, encode_tensors(tensors)
    except TensorsError as error:
        raise StudyError(f"cannot store these weights: {error}") from error


def weights_from_row(row: tuple[bytes]) -> dict[str, np.ndarray[Any, Any]]:
    """Return the weights in their bytes.

    Raises:
        ValueError: the bytes are not what they must be.
    """
    file = io.BytesIO(row[0])
    return read_arrays(file, read_index(file, len(row[0])))


def checkpoint_row(checkpoint: Checkpoint) -> tuple[Any, ...]:
    """Return the checkpoint's row, in the order of `CHECKPOINT_COLUMNS`."""
    named = {f"{i:06d}": np.ascontiguousarray(a) for i, a in enumerate(checkpoint.arrays)}
    arrays = save(named)
    return checkpoint.trial, checkpoint.epoch, to_json(checkpoint.standing), arrays


def checkpoint_from_row(row: tuple[Any, ...]) -> Checkpoint:
    """Return the checkpoint in a row of `CHECKPOINT_COLUMNS`.

    Raises:
        ValueError: the row does not hold what it must.
    """
    values = dict(zip(CHECKPOINT_COLUMNS, row, strict=True))
    values["standing"] = from_json(values["standing"])
    read_columns(CHECKPOINT, values)
    try:
        named = load(values["arrays"])
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the checkpoint of trial {values['trial']}: {error}") from error
    arrays = tuple(named[name] for name in sorted(named))
    return Checkpoint(**{**values, "arrays": arrays})


def _row(record: object, columns: tuple[str, ...], json_columns: set[str]) -> list[Any]:
    values: list[Any] = []
    for name in columns:
        value = getattr(record, name)
        if name in json_columns:
            value = to_json(value)
        elif name in _FLOATS:
            value = finite_or_text(value)
        values.append(value)
    return values
