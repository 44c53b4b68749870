"""A made-up table of 50 columns and a target, written a part at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.process import serve

NUMBERS = 35
CATEGORIES = (3, 4, 5, 8, 12, 20, 40, 60, 300, 2000)
WITH_MISSING = 4
MISSING = 0.1
PART = 20_000


def part(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Some rows: numbers, categories of which few are frequent, numbers with gaps, a date."""
    hidden = rng.normal(size=rows)
    columns: dict[str, Any] = {}
    for i in range(NUMBERS):
        values = rng.normal(size=rows) * 10 ** (i % 4) + 0.3 * hidden
        columns[f"number_{i}"] = np.round(values, 4 + i % 3)
    for i, count in enumerate(CATEGORIES):
        codes = np.minimum(rng.pareto(1.0, rows) * count / 6, count - 1).astype(int)
        columns[f"category_{i}"] = [f"c{i}_{code}" for code in codes]
    for i in range(WITH_MISSING):
        values = np.round(5 * rng.normal(size=rows) + hidden, 3)
        columns[f"gaps_{i}"] = np.where(rng.random(rows) < MISSING, np.nan, values)
    days = rng.integers(0, 3000, rows).astype("timedelta64[D]")
    columns["day"] = (np.datetime64("2015-01-01") + days).astype(str)
    noise = 0.5 * rng.normal(size=rows)
    target = 0.2 * columns["number_0"] + np.sin(columns["number_1"] / 10) + hidden + noise
    columns["target"] = np.round(target, 4)
    return pd.DataFrame(columns)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Writes so many rows."""
    rng, rows = np.random.default_rng(0), request["rows"]
    with Path(request["path"]).open("w", encoding="utf-8", newline="") as file:
        for start in range(0, rows, PART):
            some = part(rng, min(PART, rows - start))
            some.to_csv(file, index=False, header=start == 0, lineterminator="\n")
    return {"rows": rows}


if __name__ == "__main__":
    serve(answer)
