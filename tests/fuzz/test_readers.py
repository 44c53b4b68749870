"""Damaged files of every format: each is read, or refused by an error of shoal's.

A number of cases in a test run, always the same; with SHOAL_FUZZ_SECONDS as many new ones as
fit into that time, shared among the formats (`make soak`). A case that fails is told with its
number, and the damaged file is kept in the folder out/fuzz.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import small_problems
from fuzz.readers import READERS
from fuzz.running import LIMITS, failure_of
from fuzz.seeds import copied

CASES = {
    "model": 40, "study": 8, "resume": 4, "network": 100, "npz": 100, "idx": 60, "table": 100,
    "pictures": 25, "layouts": 40, "packed": 40, "columns": 60, "json": 60, "words": 15,
}  # fmt: skip
"""So many in a test run: the readers that train or draw take longest."""

SECONDS = float(os.environ.get("SHOAL_FUZZ_SECONDS", "0"))

KEPT = Path("out/fuzz")

MOST_TOLD = 5

small_problems.share_programs()


def numbers(reader: str) -> Iterator[int]:
    if not SECONDS:
        yield from range(CASES[reader])
        return
    end = time.monotonic() + SECONDS / len(READERS)
    start = int(time.time())  # other cases in each soak
    for number in count(start * 10_000):
        if time.monotonic() > end:
            return
        yield number


@pytest.fixture(scope="module", params=READERS)
def reader(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def whole(reader: str, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return READERS[reader].make(tmp_path_factory.mktemp(reader))


def test_whole_files_are_read(reader: str, whole: list[Path], tmp_path: Path) -> None:
    """Else a test of damage would pass where everything is refused."""
    for path in whole[:2]:
        READERS[reader].use(copied(path, tmp_path / path.name))


def test_damaged_files_are_read_or_refused(
    reader: str, whole: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, limit in LIMITS.items():
        monkeypatch.setenv(name, limit)
    failures: list[str] = []
    for number in numbers(reader):
        failure = failure_of(reader, whole, number, KEPT)
        failures += [failure] if failure else []
        assert len(failures) < MOST_TOLD, "\n\n".join(failures)
    assert not failures, "\n\n".join(failures)
