"""Runs the cells that are missing, the small sets first."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cells import Ask, circumstances, measure_cells
from benchmarks.defaults.methods.table import METHODS
from benchmarks.defaults.sets import SETS, problem
from benchmarks.load import read_ticks
from benchmarks.process import Side, SideFailedError
from benchmarks.results import RESULTS
from benchmarks.tables.ledger import Key, Record, read_records

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
        **circumstances(before),
    }


def measure(campaign: Campaign, ask: Ask) -> int:
    """The same with another way to get results; a method that is for other data is passed over."""
    keys = list(cells(campaign, read_records(campaign.results)))
    return measure_cells(
        keys, ask, campaign.results, campaign.seconds,
        lambda key: SETS[key.set].kind not in METHODS[key.method].kinds,
    )  # fmt: skip
