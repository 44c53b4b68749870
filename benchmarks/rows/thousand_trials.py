"""A thousand trials on the bundled digits in one command, as a user types it.

The clock runs from starting the process to its end: imports, compilation, the
winner's confirmation on fresh seeds and its score on the test split are in it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.harness import Row
from benchmarks.load import others_load, read_ticks, wait_for_quiet
from benchmarks.process import ROOT, SideFailedError
from benchmarks.rows.first_result import COMMAND
from benchmarks.settings import Settings

TRIALS, QUICK_TRIALS = 1000, 16
KEPT = ("trials", "lanes", "occupancy", "compilations", "seconds")


def run(name: str, settings: Settings) -> Row:
    """Measures the command once, with an empty compilation cache."""
    trials = QUICK_TRIALS if settings.quick else TRIALS
    wait_for_quiet(settings.patience)
    before, start = read_ticks(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        told = search(Path(folder), trials)
        seconds = time.perf_counter() - start
    return {
        "name": name,
        "shoal": round(seconds, 1),
        "peer": None,
        "unit": f"s for {trials} trials, from start to end",
        "ratio": None,
        "share": None,
        "others_load": round(others_load(before, read_ticks()), 2),
        "pairs": 1,
        "details": told,
    }


def search(folder: Path, trials: int) -> dict[str, object]:
    """Runs the command; what it cost, by its own account.

    Raises:
        SideFailedError: the command failed.
    """
    arguments = ["digits", "--trials", str(trials), "--json", "--study", str(folder / "a.study")]
    ended = subprocess.run(
        [sys.executable, *COMMAND, *arguments, "--out", str(folder / "a.model")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")},
        check=False,
    )
    if ended.returncode != 0:
        raise SideFailedError(f"shoal search digits ended with status {ended.returncode}")
    told = json.loads(ended.stdout)
    return {
        name: told[name] for name in ("trials", "lanes", "occupancy", "compilations", "seconds")
    }
