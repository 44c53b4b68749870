"""A study's file is about as long as what is in it, while a search runs and after it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from test_study_file import HEADER, trial, write_round

from shoal.store import Checkpoint, StudyFile
from shoal.store.study_connection import SPARE

TRIALS = 24
PAGE = 4096
SMALL = 40 * PAGE
"""Tables, their first pages, rows."""


def weights(number: int) -> dict[str, np.ndarray]:
    return {"w": np.full((50, 300), number, np.float32)}


def checkpoint(number: int, epoch: int) -> Checkpoint:
    return Checkpoint(number, epoch, {"steps": [1]}, (np.full((1, 40, 1000), epoch, np.float32),))


def content(db: sqlite3.Connection) -> int:
    """Bytes of all that is stored."""
    total = 0
    for table in ("header", "trial", "epoch", "weights", "checkpoint", "document"):
        names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        lengths = " + ".join(f"ifnull(length({name}), 0)" for name in names)
        total += db.execute(f"SELECT ifnull(sum({lengths}), 0) FROM {table}").fetchone()[0]
    return total


def length(db: sqlite3.Connection) -> int:
    return PAGE * db.execute("PRAGMA page_count").fetchone()[0]


def searched(study: StudyFile) -> list[tuple[int, int]]:
    """Rounds of a search that checkpoints and keeps the best few; length and content after each."""
    found = []
    study.add_trials([trial(i, state="running") for i in range(TRIALS)])
    for epoch in range(4):
        study.write_checkpoints(checkpoint(i, epoch) for i in range(TRIALS))
        found.append((length(study._db), content(study._db)))
    for number in range(TRIALS):
        done = trial(number, state="completed", epochs=4)
        write_round(
            study, trials=[done], weights={number: weights(number)},
            drop_weights=[number - 3] if number >= 3 else [], drop_checkpoints=[number],
        )  # fmt: skip
        found.append((length(study._db), content(study._db)))
    return found


def test_it_is_bounded_while_it_is_written(tmp_path: Path) -> None:
    with StudyFile.create(tmp_path / "a.study", HEADER) as study:
        found = searched(study)
        peak = max(size for size, _ in found)
        for size, held in found:
            assert size <= 2 * held + SPARE * PAGE + SMALL
        assert found[-1][0] < peak / 5, "nothing was given back"


@pytest.mark.parametrize("watched", [False, True], ids=["alone", "with a reader"])
def test_it_is_compact_in_the_end_and_whole(tmp_path: Path, watched: bool) -> None:
    path = tmp_path / "a.study"
    study = StudyFile.create(path, HEADER)
    reader = StudyFile.open(path) if watched else None
    searched(study)
    if reader:
        assert reader.weights(TRIALS - 1)["w"][0, 0] == TRIALS - 1
        reader.close()
    study.close()
    with sqlite3.connect(path) as db:
        assert path.stat().st_size <= content(db) + SMALL
        assert db.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    with StudyFile.open(path) as study:
        kept = {i: study.weights(i) for i in range(TRIALS)}
        assert [i for i, found in kept.items() if found is not None] == [21, 22, 23]
        assert all((kept[i]["w"] == i).all() for i in (21, 22, 23))
        assert study.checkpoints() == {}
