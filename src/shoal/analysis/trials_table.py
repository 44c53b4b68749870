"""A study's trials as a table, and the table as a file."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shoal.errors import StudyError
from shoal.store import TrialRecord
from shoal.utils.text import harmless

if TYPE_CHECKING:
    import pandas as pd

_FIELDS = ("state", "objective", "epochs", "best_epoch", "parameters", "started", "ended")


def trials_table(trials: Sequence[TrialRecord]) -> pd.DataFrame:
    """One row a trial.

    Columns: trial, state, objective (less is better), epochs, best_epoch, parameters,
    started, ended (seconds since the study began), then a column ``hyperparams.NAME``
    for each hyperparameter and ``metrics.NAME`` for each metric; what a trial lacks is
    missing. Where trials began with others' weights, ``parent`` and ``parent_epoch`` say
    with whose, after which epoch.
    """
    import pandas as pd

    columns = dict.fromkeys(("trial", *_FIELDS))
    rows = []
    clones = any(trial.lineage for trial in trials)
    for trial in trials:
        row = {"trial": trial.id} | {name: getattr(trial, name) for name in _FIELDS}
        if clones:
            last = trial.lineage[-1] if trial.lineage else {}
            row |= {"parent": last.get("trial"), "parent_epoch": last.get("epoch")}
        row |= {f"hyperparams.{name}": value for name, value in trial.hyperparams.items()}
        rows.append(row)
        columns |= dict.fromkeys(row)
    for trial, row in zip(trials, rows, strict=True):
        row |= {f"metrics.{name}": value for name, value in trial.metrics.items()}
        columns |= dict.fromkeys(row)
    return pd.DataFrame(rows, columns=list(columns))


def write_trials(table: pd.DataFrame, path: Path) -> None:
    """Write the table as its file's name asks: ``.csv`` or ``.parquet``.

    A file that was there is replaced in one step or stays as it was. In a CSV a text that a
    spreadsheet would run has an apostrophe in front; in Parquet all is as it was.

    Raises:
        StudyError: another ending, a place that cannot be written, or no package
            for Parquet.
    """
    write = _writer(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.draft")
    try:
        write(table, draft)
        os.replace(draft, path)
    except OSError as error:
        raise StudyError(
            "cannot write the table of trials",
            received=error.strerror or str(error),
            where=str(path),
            hint="Choose a path in a folder that exists and can be written",
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _writer(path: Path) -> Callable[[pd.DataFrame, Path], None]:
    writers = {".csv": _write_csv, ".parquet": _write_parquet}
    write = writers.get(path.suffix.lower())
    if write is None:
        raise StudyError(
            "trials are written as CSV or Parquet, by the file's name",
            expected="a name that ends in .csv or .parquet",
            received=path.name,
        )
    return write


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    texts = [name for name in table if table[name].dtype.kind not in "biuf"]
    safe = table.assign(**{str(name): table[name].map(harmless) for name in texts})
    safe.to_csv(path, index=False, lineterminator="\n", header=[harmless(n) for n in table])


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    try:
        import pyarrow  # noqa: F401  # the one that pandas is told to use
    except ImportError:
        raise StudyError(
            "Parquet files are written by the package pyarrow",
            received="it is not installed",
            hint="Install it with: pip install 'shoal[parquet]', or write a .csv",
        ) from None
    # A hyperparameter's options may be texts and numbers; a Parquet column has one type.
    mixed = [name for name in table if table[name].dtype == object]
    kinds = {name: {type(v) for v in table[name].dropna()} for name in mixed}
    texts = {name: "string" for name, found in kinds.items() if len(found) > 1}
    table.astype(texts).to_parquet(path, engine="pyarrow", index=False)
