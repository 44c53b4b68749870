"""What a large table takes: peak memory, and time a row of reading, training and predicting.

Each size is worked on by a fresh process, whose memory tells what it took at most. A
growth of 1 is a row of the large table that takes as long as one of the small.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.harness import Row
from benchmarks.load import others_load, read_ticks, wait_for_quiet
from benchmarks.process import Side
from benchmarks.settings import Settings
from benchmarks.sides.table import STEPS
from benchmarks.workloads import LARGE_TABLE


def run(name: str, settings: Settings) -> Row:
    """Measures every size; the row's figure is that of the largest."""
    sizes = LARGE_TABLE.quick_sizes if settings.quick else LARGE_TABLE.sizes
    before = read_ticks()
    table = [measure(rows, settings) for rows in sizes]
    return {
        "name": name,
        "shoal": table[-1]["us_per_row"],
        "peer": None,
        "unit": f"µs/row of {sizes[-1]:,}, {LARGE_TABLE.epochs} epochs",
        "ratio": None,
        "share": None,
        "peak_megabytes": table[-1]["peak_megabytes"],
        "growth": growth(table),
        "others_load": round(others_load(before, read_ticks()), 2),
        "details": {"table": table},
    }


def growth(table: list[dict[str, Any]]) -> dict[str, float]:
    """Time a row at the largest size over that at the smallest, by step and in all."""
    first, last = table[0], table[-1]
    return {step: round(last[step] / max(first[step], 1e-9), 2) for step in (*STEPS, "us_per_row")}


def measure(rows: int, settings: Settings) -> dict[str, Any]:
    """One line of the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        with Side("benchmarks.sides.table_writer") as writer:
            writer.ask(path=str(path), rows=rows)
        wait_for_quiet(settings.patience)
        with Side("benchmarks.sides.table") as side:
            told = side.ask(path=str(path), epochs=LARGE_TABLE.epochs)
        each = {step: round(1e6 * told["seconds"][step] / rows, 2) for step in STEPS}
        return {
            "rows": rows,
            "us_per_row": round(sum(each.values()), 2),
            **each,
            "peak_megabytes": round(told["peak_megabytes"], 1),
            "file_megabytes": round(path.stat().st_size / 1e6, 1),
        }
