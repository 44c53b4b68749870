"""Runs the cells that are missing, the small sets first."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.load import others_load, read_ticks
from benchmarks.process import Side, SideFailedError
from benchmarks.results import machine_class
from benchmarks.tables.ledger import Key, Record, append, read_records
from benchmarks.tables.methods.table import method_of
from shoal.machine import processors

CELL = "benchmarks.tables.cell"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Campaign:
    """What is to be measured, and how.

    Attributes:
        sets: names of sets.
        methods: names of methods.
        splits: numbers of splits.
        results: the file of results.
        folder: of the tables; None: bundled sets only.
        threads: processors that a method may use; 0: as many as there are.
        pytabkit: the interpreter of its environment; None: its methods are left out.
        again: whether cells that have a result are measured again.
        seconds: no cell is begun after so many; None: all are.
        inner: whether rows of those to learn from score, and no test rows.
    """

    sets: Sequence[str]
    methods: Sequence[str]
    splits: Sequence[int]
    results: Path
    folder: str | None = None
    threads: int = 0
    pytabkit: str | None = None
    again: bool = False
    seconds: float | None = None
    inner: bool = False


Ask = Callable[[Key], Record]


def cells(campaign: Campaign, done: Iterable[Key] = ()) -> Iterator[Key]:
    """The missing cells: set by set, method by method, split by split."""
    known = set() if campaign.again else set(done)
    for name in campaign.sets:
        for method in campaign.methods:
            for split in campaign.splits:
                key = Key(name, split, method)
                if key not in known and (campaign.pytabkit or not method_of(method).apart):
                    yield key


class Processes:
    """Those that fit and score.

    Peers of one environment share one, which is warm then. Each cell of shoal has its own:
    no compiled program of an earlier one is in its memory.
    """

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._threads = campaign.threads or processors()
        self._sides: dict[str, Side] = {}
        self._open = ExitStack()

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def ask(self, key: Key) -> Record:
        """The result of one cell, as a line of the file."""
        method, campaign = method_of(key.method), self._campaign
        python = (method.apart and campaign.pytabkit) or sys.executable
        asked = {
            **key._asdict(),
            "folder": campaign.folder,
            "threads": self._threads,
            "inner": campaign.inner,
        }
        before = read_ticks()
        try:
            if method.own:
                with self._started(python) as side:
                    told = side.ask(**asked)
            else:
                if python not in self._sides:
                    self._sides[python] = self._open.enter_context(self._started(python))
                told = self._sides[python].ask(**asked)
        except SideFailedError as error:
            self._sides.pop(python, None)
            told = {"failed": str(error)}
        return {
            **key._asdict(),
            **told,
            "threads": self._threads,
            "others_load": round(others_load(before, read_ticks()), 2),
            "measured": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine_class(),
        }

    def _started(self, python: str) -> Side:
        return Side(CELL, dict.fromkeys(THREADS, str(self._threads)), python)


def run(campaign: Campaign) -> int:
    """Measures what is missing and writes each result at once; how many cells failed."""
    with Processes(campaign) as processes:
        return measure(campaign, processes.ask)


def measure(campaign: Campaign, ask: Ask) -> int:
    """The same with another way to get results.

    A method that cannot run here is told once and passed over.
    """
    start, failed = time.monotonic(), 0
    unavailable: set[str] = set()
    for key in list(cells(campaign, read_records(campaign.results))):
        if campaign.seconds is not None and time.monotonic() - start > campaign.seconds:
            print("time is up; a further run goes on", file=sys.stderr)
            break
        if key.method in unavailable:
            continue
        record = ask(key)
        if "unavailable" in record:
            unavailable.add(key.method)
            print(f"  {key.method} left out: {record['unavailable']}", file=sys.stderr, flush=True)
            continue
        if "left_out" in record:
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
