"""Runs the cells that are missing, the small sets first."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.defaults.methods.table import METHODS
from benchmarks.defaults.sets import SETS, problem
from benchmarks.load import others_load, read_ticks
from benchmarks.process import Side, SideFailedError
from benchmarks.results import RESULTS, machine_class
from benchmarks.tables.ledger import Key, Record, append, read_records

CELL = "benchmarks.defaults.cell"

RESULTS_FILE = RESULTS / "defaults.jsonl"


@dataclass(frozen=True)
class Campaign:
    """What is to be measured, and how.

    Attributes:
        sets: names of sets.
        methods: names of methods.
        results: the file of results.
        folder: of the sets; None: bundled ones only.
        splits: of each set at most so many; None: all that it has.
        peers: the interpreter of an environment with PyTorch; None: this one.
        again: whether cells that have a result are measured again.
        seconds: no cell is begun after so many; None: all are.
    """

    sets: Sequence[str]
    methods: Sequence[str]
    results: Path = RESULTS_FILE
    folder: str | None = None
    splits: int | None = None
    peers: str | None = None
    again: bool = False
    seconds: float | None = None


Ask = Callable[[Key], Record]


def cells(campaign: Campaign, done: Iterable[Key] = ()) -> Iterator[Key]:
    """The missing cells: set by set, split by split, method by method."""
    known = set() if campaign.again else set(done)
    for name in campaign.sets:
        most = SETS[name].splits
        for split in range(most if campaign.splits is None else min(campaign.splits, most)):
            for method in campaign.methods:
                key = Key(name, split, method)
                if key not in known:
                    yield key


def run(campaign: Campaign) -> int:
    """Measures what is missing and writes each result at once; how many cells failed."""
    with tempfile.TemporaryDirectory() as made:
        return measure(campaign, lambda key: ask(key, campaign, Path(made)))


def ask(key: Key, campaign: Campaign, made: Path) -> Record:
    """The result of one cell, of a process of its own, as a line of the file."""
    method = METHODS[key.method]
    path = made / f"{key.set}-{key.split}.npz"
    if not path.exists():
        for earlier in made.glob("*.npz"):
            earlier.unlink()
        problem(key.set, key.split, campaign.folder).save(path)
    python = sys.executable if method.own or campaign.peers is None else campaign.peers
    before = read_ticks()
    try:
        with Side(CELL, python=python) as side:
            told = side.ask(**key._asdict(), data=str(path))
    except SideFailedError as error:
        told = {"failed": str(error)}
    return {
        **key._asdict(),
        **told,
        "others_load": round(others_load(before, read_ticks()), 2),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine_class(),
    }


def measure(campaign: Campaign, ask: Ask) -> int:
    """The same with another way to get results; a method that is for other data is passed over."""
    start, failed = time.monotonic(), 0
    unavailable: set[str] = set()
    for key in list(cells(campaign, read_records(campaign.results))):
        if campaign.seconds is not None and time.monotonic() - start > campaign.seconds:
            print("time is up; a further run goes on", file=sys.stderr)
            break
        if key.method in unavailable or SETS[key.set].kind not in METHODS[key.method].kinds:
            continue
        record = ask(key)
        if "unavailable" in record:
            unavailable.add(key.method)
            print(f"  {key.method} left out: {record['unavailable']}", file=sys.stderr, flush=True)
            continue
        failed += "failed" in record
        append(campaign.results, record)
        print(f"  {told(record)}", file=sys.stderr, flush=True)
    return failed


def told(record: Record) -> str:
    """A line for the terminal."""
    name = f"{record['set']} {record['split']} {record['method']}"
    if "failed" in record:
        return f"{name}: failed: {record['failed']}"
    found = ", ".join(f"{score} {value:.4g}" for score, value in record["scores"].items())
    return f"{name}: {found}, {record['seconds']:.1f} s"
