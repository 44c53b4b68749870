"""Results on disk, one JSON object a line: what is there is not computed again.

A later line of the same set, split and method replaces an earlier one. Failures are lines
too, and are tried again by the next run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.results import RESULTS

RESULTS_FILE = RESULTS / "tables.jsonl"
ABLATION_FILE = RESULTS / "ablation.jsonl"

Record = dict[str, Any]


class Key(NamedTuple):
    """One cell."""

    set: str
    split: int
    method: str


def key_of(record: Mapping[str, Any]) -> Key:
    """The cell that a line is of."""
    return Key(record["set"], int(record["split"]), record["method"])


def read_records(path: Path) -> dict[Key, Record]:
    """The cells that have scores; a last line that was broken off is left out.

    Raises:
        ValueError: another line than the last is no result.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    found: dict[Key, Record] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            key = key_of(record)
        except (ValueError, KeyError, TypeError):
            if number == len(lines):
                break
            raise ValueError(f"{path}: line {number} is no result") from None
        if "scores" in record:
            found[key] = record
    return found


def append(path: Path, record: Record) -> None:
    """Writes one line, at the end, after what was broken off if anything was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+", encoding="utf-8") as file:
        if file.tell():
            file.seek(file.tell() - 1)
            whole = file.read(1) == "\n"
            file.write("" if whole else "\n")
        file.write(json.dumps(record, allow_nan=False) + "\n")


def merged(paths: Iterable[Path]) -> dict[Key, Record]:
    """The cells of several files; those of a later file replace those of an earlier one.

    Raises:
        ValueError: two methods were scored on different rows of one split.
    """
    found: dict[Key, Record] = {}
    for path in paths:
        found.update(read_records(path))
    rows: dict[tuple[str, int], str] = {}
    for key, record in found.items():
        told = record["test_rows"]
        if rows.setdefault((key.set, key.split), told) != told:
            raise ValueError(f"{key.set}, split {key.split}: methods were scored on other rows")
    return found
