"""Read-only files and folders: what can be read is read, and a writer is refused at once."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from read_only import open_folder, unwritable

from shoal.errors import StudyError
from shoal.store import STUDY_VERSION, StudyFile, StudyHeader, TrialRecord

HEADER = StudyHeader(
    version=STUDY_VERSION, created="2026-01-02T03:04:05+00:00", seed=7, trials=3,
    objective={"metric": "accuracy", "direction": "maximize"}, space={"hyperparameters": []},
    network={}, recipe={}, dataset={"name": "digits"}, preprocessing={}, split=b"",
)  # fmt: skip


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


def written(path: Path) -> Path:
    with StudyFile.create(path, HEADER) as study:
        study.add_trials([TrialRecord(0, "waiting", {}, {}, 0)])
    return path


KILLED = """
import os, signal, sys
from shoal.store import StudyFile
StudyFile.open(sys.argv[1], write=True).write_result("ensembles", {})
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(path: Path) -> None:
    """A writer that is killed: its last round is in the write-ahead log only."""
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert ended.returncode == -signal.SIGKILL


def test_a_read_only_study_is_read_but_not_written(folder: Path) -> None:
    path = written(folder / "a.study")
    before = path.read_bytes()
    with unwritable(folder, path):
        with StudyFile.open(path) as study:
            assert len(study.trials()) == 1
        with pytest.raises(StudyError, match=r"readonly database.*file and folder can be written"):
            StudyFile.open(path, write=True)
    assert path.read_bytes() == before
    assert list(folder.iterdir()) == [path]


def test_what_a_killed_writer_left_is_read_where_nobody_can_write(folder: Path) -> None:
    path = written(folder / "a.study")
    killed(path)
    left = sorted(folder.iterdir())
    assert len(left) == 3
    with unwritable(folder, *left):
        with StudyFile.open(path) as study:
            assert study.result("ensembles") == {}
        with pytest.raises(StudyError, match="readonly database"):
            StudyFile.open(path, write=True)
    with StudyFile.open(path, write=True) as study:
        assert study.result("ensembles") == {}


@pytest.mark.parametrize("kept", [("-wal",), ()])
def test_a_killed_study_is_read_from_a_medium_that_nobody_can_write(folder, kept) -> None:
    """Copied without the index of its log, which SQLite would make anew beside the file."""
    made = folder / "made"
    made.mkdir()
    path = written(made / "a.study")
    killed(path)
    medium = folder / "medium"
    medium.mkdir(mode=0o755)
    for ending in ("", *kept):
        (medium / f"a.study{ending}").write_bytes(Path(f"{path}{ending}").read_bytes())
    there = sorted(medium.iterdir())
    with unwritable(medium, *there):
        with StudyFile.open(medium / "a.study") as study:
            assert len(study.trials()) == 1
            assert study.result("ensembles") == ({} if kept else None)
            assert study.disk_use()["total"] == sum(p.stat().st_size for p in there)
        with pytest.raises(StudyError):
            StudyFile.open(medium / "a.study", write=True)
    assert sorted(medium.iterdir()) == there


def test_a_study_in_a_read_only_folder_is_not_written(folder: Path) -> None:
    path = written(folder / "a.study")
    path.chmod(0o666)
    with unwritable(folder):
        with StudyFile.open(path) as study:
            assert len(study.trials()) == 1
        with pytest.raises(StudyError, match=r"cannot use the study file.*folder can be written"):
            StudyFile.open(path, write=True)
        with pytest.raises(StudyError, match="cannot create the study file; received Permission"):
            StudyFile.create(folder / "b.study", HEADER)
    assert list(folder.iterdir()) == [path]


def test_a_creation_that_is_refused_leaves_the_writers_locks(tmp_path: Path) -> None:
    """By POSIX's rules a process that closes a file has no lock on it any more."""
    path = tmp_path / "a.study"
    steal = "import sqlite3, sys; d = sqlite3.connect(sys.argv[1], timeout=0); "
    steal += "print(d.execute('PRAGMA journal_mode = DELETE').fetchone())"
    with StudyFile.create(path, HEADER) as study:
        with pytest.raises(StudyError, match="never overwritten"):
            StudyFile.create(path, HEADER)
        stolen = subprocess.run(
            [sys.executable, "-c", steal, str(path)], capture_output=True, text=True, check=False
        )
        assert "locked" in stolen.stderr, stolen.stdout
        study.add_trials([TrialRecord(0, "waiting", {}, {}, 0)])
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
