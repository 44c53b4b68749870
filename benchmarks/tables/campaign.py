"""Runs the cells that are missing, the small sets first."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cells import Ask, circumstances, measure_cells
from benchmarks.load import read_ticks
from benchmarks.process import Side, SideFailedError
from benchmarks.tables.ledger import Key, Record, read_records
from benchmarks.tables.methods.table import method_of
from shoal.utils.environment import processors

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
            **circumstances(before),
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
    keys = list(cells(campaign, read_records(campaign.results)))
    return measure_cells(keys, ask, campaign.results, campaign.seconds)
