"""Time from starting `shoal search digits` to its first results.

The clock starts with the process and stops when the study file holds a first
round (an epoch of every lane), and again when it holds a finished trial; the
run is then ended. Cold: an empty compilation cache. Warm: the second run with
the same cache. The peer is a fresh process of PyTorch and Optuna that trains
one trial.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.harness import Row
from benchmarks.load import others_load, read_ticks
from benchmarks.process import ROOT, SideFailedError
from benchmarks.settings import Settings

LIMIT = 180.0
COMMAND = ("-c", "import sys; from shoal.cli.main import main; sys.exit(main())", "search")


def run(name: str, settings: Settings) -> Row:
    """Measures cold, warm and the peer in turn."""
    rounds = settings.pairs_of(3)
    before = read_ticks()
    runs: dict[str, list[dict[str, float]]] = {"cold": [], "warm": [], "peer": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            runs["cold"].append(shoal_seconds(Path(folder), "cold"))
            runs["warm"].append(shoal_seconds(Path(folder), "warm"))
        runs["peer"].append(peer_seconds())
    medians = {
        side: {key: round(statistics.median(r[key] for r in rows), 2) for key in rows[0]}
        for side, rows in runs.items()
    }
    ratios = [
        peer["round"] / warm["round"] for peer, warm in zip(runs["peer"], runs["warm"], strict=True)
    ]
    return {
        "name": name,
        "shoal": medians["warm"]["round"],
        "peer": medians["peer"]["round"],
        "unit": "s to first round, warm",
        "ratio": round(statistics.median(ratios), 3),
        "share": None,
        "cold": medians["cold"],
        "warm": medians["warm"],
        "others_load": round(others_load(before, read_ticks()), 2),
        "pairs": rounds,
        "details": {"peer": medians["peer"], "runs": runs},
    }


def shoal_seconds(folder: Path, label: str) -> dict[str, float]:
    """Runs the command with its caches in `folder` until a trial has finished."""
    study = folder / f"{label}.study"
    arguments = ["digits", "--seed", "0", "--json", "--study", str(study)]
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    start = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, *COMMAND, *arguments, "--out", str(folder / f"{label}.model")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment,
    )
    try:
        return watch(study, child, start)
    finally:
        child.terminate()
        try:
            child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def watch(study: Path, child: subprocess.Popen[Any], start: float) -> dict[str, float]:
    """Seconds until the study file holds a round, and a finished trial.

    Raises:
        SideFailedError: the command ended, or took too long, before that.
    """
    seen: dict[str, float] = {}
    while "trial" not in seen:
        running = child.poll() is None
        rounds, finished = progress(study)
        now = time.perf_counter() - start
        if rounds:
            seen.setdefault("round", now)
        if finished:
            seen.setdefault("trial", now)
        elif not running or now > LIMIT:
            raise SideFailedError(f"shoal search digits gave no result within {now:.0f} s")
        time.sleep(0.02)
    return seen


def progress(path: Path) -> tuple[bool, bool]:
    """Whether a study has a finished round, and a finished trial."""
    from shoal.errors import StudyError
    from shoal.store.study_file import StudyFile

    if not path.exists():
        return False, False
    try:
        with StudyFile.open(path) as study:
            counts = study.counts()
            finished = counts.get("completed", 0) + counts.get("stopped", 0)
            return finished > 0 or bool(study.history(0)), finished > 0
    except StudyError:
        return False, False


def peer_seconds() -> dict[str, float]:
    """Starts the peer and notes when it says that it has a result."""
    seen: dict[str, float] = {}
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.peers.first_trial"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            seen[line.strip()] = time.perf_counter() - start
    if set(seen) != {"round", "trial"}:
        raise SideFailedError("the peer gave no first trial")
    return seen
