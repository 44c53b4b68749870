"""Cells of a campaign: each a method on a split of a set, measured once and kept in a file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.load import others_load, read_ticks
from benchmarks.results import machine_class
from benchmarks.tables.ledger import Key, Record, append

Ask = Callable[[Key], Record]


def measure_cells(
    keys: Iterable[Key],
    ask: Ask,
    results: Path,
    seconds: float | None = None,
    passed_over: Callable[[Key], bool] = lambda _: False,
) -> int:
    """Measures these cells and writes each result at once; how many failed.

    Args:
        keys: of the cells.
        ask: gives the result of one. A method that is unavailable is told once, and passed over
            from then on; what is left out is not written.
        results: the file of results.
        seconds: no cell is begun after so many; None: all are.
        passed_over: whether a cell's method is for other data.
    """
    start, failed = time.monotonic(), 0
    unavailable: set[str] = set()
    for key in keys:
        if seconds is not None and time.monotonic() - start > seconds:
            print("time is up; a further run goes on", file=sys.stderr)
            break
        if key.method in unavailable or passed_over(key):
            continue
        record = ask(key)
        if "unavailable" in record:
            unavailable.add(key.method)
            print(f"  {key.method} left out: {record['unavailable']}", file=sys.stderr, flush=True)
            continue
        if "left_out" in record:
            continue
        failed += "failed" in record
        append(results, record)
        print(f"  {told(record)}", file=sys.stderr, flush=True)
    return failed


def told(record: Record) -> str:
    """A line for the terminal."""
    name = f"{record['set']} {record['split']} {record['method']}"
    if "failed" in record:
        return f"{name}: failed: {record['failed']}"
    found = ", ".join(f"{score} {value:.4g}" for score, value in record["scores"].items())
    return f"{name}: {found}, {record['seconds']:.1f} s"


def circumstances(before: Any) -> dict[str, Any]:
    """When and where a cell was measured, and how busy others were since these ticks."""
    return {
        "others_load": round(others_load(before, read_ticks()), 2),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine_class(),
    }
