"""The rows on disk and on the terminal."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from shoal.utils.environment import processors

RESULTS = Path(__file__).resolve().parent / "results"
LATEST = RESULTS / "latest.json"
QUICK = RESULTS / "quick.json"

Row = dict[str, Any]


def machine_class() -> str:
    """Cores, widest vectors and architecture: enough to read a figure by."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        flags = ""
    known = (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("asimd", "NEON"))
    vectors = next((name for flag, name in known if flag in flags), "baseline")
    return f"{processors()} cores, {vectors}, {platform.machine()}"


def read_rows(path: Path = LATEST) -> list[Row]:
    """The rows of earlier runs; none if the file is missing or is not a list of rows."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [row for row in rows if isinstance(row, dict) and "name" in row] if rows else []


def merge(old: Iterable[Row], new: Iterable[Row], order: Sequence[str] = ()) -> list[Row]:
    """The old rows, each replaced by the new one of its name, in the given order."""
    rows = {row["name"]: row for row in (*old, *new)}
    known = [name for name in order if name in rows]
    return [rows[name] for name in (*known, *sorted(set(rows) - set(known)))]


def write_rows(rows: Sequence[Row], path: Path = LATEST) -> None:
    """Writes all rows at once, or leaves the old file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(rows, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(draft, path)


def format_table(rows: Sequence[Row]) -> str:
    """The rows as a table for the terminal.

    `others` is how many cores other processes kept busy meanwhile; above a
    tenth or two the row is no figure to quote.
    """
    head = ("row", "shoal", "peer", "unit", "ratio", "(pairs)", "share", "peer's", "others")
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    spread = row.get("ratio_spread")
    return (
        str(row["name"]),
        _figure(row.get("shoal")),
        _figure(row.get("peer")),
        str(row.get("unit", "")),
        _figure(row.get("ratio"), "×"),
        f"{spread[0]:g}-{spread[1]:g}" if spread else "",
        _percent(row.get("share")),
        _percent(row.get("peer_share")),
        _figure(row.get("others_load")),
    )


def _figure(value: object, unit: str = "") -> str:
    return f"{value:.4g}{unit}" if isinstance(value, int | float) else "-"


def _percent(value: object) -> str:
    return f"{100 * value:.1f} %" if isinstance(value, int | float) else "-"
