"""A study file: what goes in comes out, nothing is lost, and bad files are told plainly."""

from __future__ import annotations

import dataclasses
import math
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shoal.errors import StudyError
from shoal.store import STUDY_VERSION, EpochRecord, StudyFile, StudyHeader, TrialRecord

HEADER = StudyHeader(
    version=STUDY_VERSION,
    created="2026-01-02T03:04:05+00:00",
    seed=7,
    trials=3,
    objective={"metric": "accuracy", "direction": "maximize"},
    space={
        "hyperparameters": [
            {"name": "w", "range": {"kind": "float", "low": 0.0, "high": 1.0, "log": False}},
            {"name": "lr", "range": {"kind": "float", "low": 1e-4, "high": 1.0, "log": True}},
            {"name": "units", "range": {"kind": "int", "low": 1, "high": 9, "log": False}},
            {"name": "kind", "range": {"kind": "choice", "options": ["relu", "tanh"]}},
        ]
    },
    network={"nodes": []},
    recipe={"epochs": 2},
    dataset={"name": "digits"},
    preprocessing={},
    split=b"\x00\x01\xff",
)

WINNER = {"trial": 1, "hyperparams": {"units": 3}, "validation": {"accuracy": 0.96875}}


def trial(id_: int, **values: object) -> TrialRecord:
    plain = TrialRecord(id=id_, state="waiting", hyperparams={"w": 0.1}, point={"w": 1}, seed=id_)
    return dataclasses.replace(plain, **values)  # type: ignore[arg-type]  # any field


def write_round(study: StudyFile, **parts: object) -> None:
    whole: dict[str, object] = {
        "epochs": [], "trials": [], "weights": {}, "drop_weights": [], "sampler_state": None,
    }  # fmt: skip
    study.write_round(**{**whole, **parts})  # type: ignore[arg-type]  # any part


def read_all(path: Path) -> None:
    with StudyFile.open(path) as study:
        study.trials()
        study.history()
        study.weights(0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "study.shoal"


def test_everything_written_is_read_back(path: Path) -> None:
    full = trial(
        1,
        state="stopped",
        hyperparams={"lr": 1e-3, "units": np.int64(3), "kind": "relu"},
        point={"lr": 1e-3, "units": 3, "kind": 2},
        role="confirm",
        parent=0,
        objective=-0.96875,
        metrics={"loss": 0.1, "accuracy": 0.96875},
        best_epoch=3,
        epochs=5,
        first_bad_step=17,
        parameters=1234,
        message="stopped: no better for 2 epochs – ✓",
        started=0.25,
        ended=1.5,
    )
    epochs = [EpochRecord(1, e, 1 / e, {"loss": 2 / e, "accuracy": 0.5}, 0.1 * e) for e in (1, 2)]
    weights = {"w": np.arange(6, dtype=np.float32).reshape(2, 3).T, "s": np.float32(3).reshape(())}
    with StudyFile.create(path, HEADER) as study:
        study.add_trials([trial(0)])
        write_round(
            study, add=[full], epochs=epochs, weights={1: weights}, sampler_state={"round": 4}
        )
        study.write_result("winner", WINNER)
    with StudyFile.open(path) as study:
        assert study.header == HEADER
        assert study.trials() == [trial(0), full]
        assert study.trial(1) == full
        assert study.history() == epochs == study.history(1)
        assert study.history(0) == []
        assert study.weights(0) is None
        kept = study.weights(1)
        assert kept is not None
        assert {name: (a.shape, a.tolist()) for name, a in kept.items()} == {
            name: (a.shape, a.tolist()) for name, a in weights.items()
        }
        assert study.sampler_state() == {"round": 4}
        assert study.result("winner") == WINNER
        assert study.result("cost") is None
        assert study.counts() == {"waiting": 1, "stopped": 1}


def test_numbers_that_are_not_finite_make_the_round_trip(path: Path) -> None:
    with StudyFile.create(path, HEADER) as study:
        metrics = {"loss": math.nan, "accuracy": -math.inf}
        study.add_trials([trial(0, objective=math.inf, metrics=metrics)])
        write_round(
            study,
            epochs=[EpochRecord(0, 1, math.nan, {"loss": float(np.float32("inf"))}, 1.0)],
            sampler_state={"best": np.float32("nan"), "all": np.array([1.0, -np.inf])},
        )
        row = study.trial(0)
        assert row.objective == math.inf
        assert math.isnan(row.metrics["loss"])
        assert row.metrics["accuracy"] == -math.inf
        (epoch,) = study.history()
        assert math.isnan(epoch.train_loss)
        assert epoch.metrics["loss"] == math.inf
        assert study.sampler_state() == {"best": "nan", "all": [1.0, "-inf"]}


def test_a_round_updates_replaces_and_drops(path: Path) -> None:
    one = {"w": np.ones(2, np.float32)}
    with StudyFile.create(path, HEADER) as study:
        study.add_trials([trial(0), trial(1)])
        write_round(study, weights={0: one}, epochs=[EpochRecord(0, 1, 1.0, {"loss": 1.0}, 1.0)])
        write_round(
            study,
            trials=[trial(0, state="completed", epochs=2)],
            weights={1: one},
            drop_weights=[0],
            epochs=[EpochRecord(0, 1, 0.5, {"loss": 0.5}, 2.0)],
        )
        assert study.trial(0).state == "completed"
        assert study.weights(0) is None
        assert study.weights(1) is not None
        assert [e.train_loss for e in study.history()] == [0.5]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"trials": [trial(9)]}, "only a trial that was added can be updated; expected 1"),
        ({"add": [trial(0)]}, "every trial has its own id"),
        ({"add": [trial(8, parent=77)]}, "a known parent"),
        ({"add": [trial(8, state="lost")]}, "a known state"),
        ({"epochs": [EpochRecord(9, 1, 1.0, {}, 1.0)]}, "only known trials have epochs"),
        ({"weights": {9: {}}}, "only known trials have epochs and weights"),
        ({"weights": {0: {"w": np.ones(2)}}}, "tensor 'w' must be float32, not float64"),
        ({"add": [trial(8, seed=2**70)]}, "cannot write the study"),
    ],
)
def test_a_round_that_cannot_be_written_leaves_nothing(
    path: Path, parts: dict[str, Any], message: str
) -> None:
    with StudyFile.create(path, HEADER) as study:
        study.add_trials([trial(0)])
        whole: dict[str, Any] = {
            "epochs": [EpochRecord(0, 1, 1.0, {}, 1.0)],
            "sampler_state": {"a": 1},
            "add": [trial(5)],
        }
        for name, part in parts.items():
            whole[name] = [*whole.get(name, []), *part] if isinstance(part, list) else part
        with pytest.raises(StudyError, match=message):
            write_round(study, **whole)
        assert study.trials() == [trial(0)]
        assert study.history() == []
        assert study.sampler_state() is None
        study.add_trials([trial(1)])
        assert len(study.trials()) == 2


@pytest.mark.parametrize("verb", ["update", "add", "epochs", "weights"])
def test_the_work_of_a_round_does_not_grow_with_the_study(path: Path, verb: str) -> None:
    """Counted in steps of SQLite's virtual machine, not in seconds."""

    def steps(study: StudyFile, number: int) -> int:
        count = 0

        def step() -> int:
            nonlocal count
            count += 1
            return 0

        part = {
            "update": {"trials": [trial(3, state="completed")]},
            "add": {"add": [trial(number)]},
            "epochs": {"epochs": [EpochRecord(3, number, 1.0, {"loss": 1.0}, 1.0)]},
            "weights": {"weights": {3: {}}, "drop_weights": [4]},
        }[verb]
        study._db.set_progress_handler(step, 1)
        write_round(study, **part)
        study._db.set_progress_handler(None, 1)
        return count

    with StudyFile.create(path, HEADER) as study:
        study.add_trials([trial(i) for i in range(20)])
        small = steps(study, 5000)
        more = [trial(i) for i in range(20, 4000)]
        epochs = [EpochRecord(t.id, 1, 1.0, {}, 1.0) for t in more]
        write_round(study, add=more, epochs=epochs)
        assert steps(study, 5001) <= small + 20


def test_readers_see_committed_rounds_and_never_block_the_writer(path: Path) -> None:
    with StudyFile.create(path, HEADER) as study, StudyFile.open(path) as reader:
        study.add_trials([trial(0)])
        cursor = reader._db.execute("SELECT id FROM trial")  # a read that stays unfinished
        cursor.fetchone()
        study.add_trials([trial(1)])
        cursor.close()
        assert len(reader.trials()) == 2
        with pytest.raises(StudyError, match="not open for writing"):
            reader.add_trials([trial(2)])
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name]


def test_there_is_one_writer(path: Path) -> None:
    with StudyFile.create(path, HEADER) as study:
        study.add_trials([trial(0)])
        with pytest.raises(StudyError, match="one writer at a time"):
            StudyFile.open(path, write=True)
        study.add_trials([trial(1)])
    with StudyFile.open(path, write=True) as study:
        study.add_trials([trial(2)])
        assert len(study.trials()) == 3


def test_a_study_is_never_overwritten(path: Path) -> None:
    StudyFile.create(path, HEADER).close()
    before = path.read_bytes()
    with pytest.raises(StudyError, match=r"never overwritten.*Give another path"):
        StudyFile.create(path, HEADER)
    assert path.read_bytes() == before
    other = path.with_name("notes.txt")
    other.write_text("mine")
    with pytest.raises(StudyError, match="never overwritten"):
        StudyFile.create(other, HEADER)
    assert other.read_text() == "mine"


def test_a_creation_that_was_killed_does_not_stand_in_the_way(path: Path) -> None:
    path.touch()
    StudyFile.create(path, HEADER).close()
    with StudyFile.open(path) as study:
        assert study.header == HEADER


def test_a_path_that_cannot_be_created(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="cannot create the study file; received No such file"):
        StudyFile.create(tmp_path / "missing" / "study", HEADER)
    with pytest.raises(StudyError, match="cannot create the study file; received Is a directory"):
        StudyFile.create(tmp_path, HEADER)
    with pytest.raises(StudyError, match="a new study has the format of this program"):
        StudyFile.create(tmp_path / "x", dataclasses.replace(HEADER, version=99))


def test_files_that_are_no_studies(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"no such study file. Check the path"):
        StudyFile.open(tmp_path / "missing")
    with pytest.raises(StudyError, match="no such study file; received a folder"):
        StudyFile.open(tmp_path)
    text = tmp_path / "a#b?.txt"
    text.write_text("x" * 5000)
    with pytest.raises(StudyError, match="this file is not a shoal study"):
        StudyFile.open(text)
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(StudyError, match="this file is not a shoal study"):
        StudyFile.open(empty, write=True)
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as db:
        db.execute("CREATE TABLE header (x)")
    db.close()
    with pytest.raises(StudyError, match="this file is not a shoal study"):
        StudyFile.open(foreign)


def test_a_study_of_a_newer_version(path: Path) -> None:
    StudyFile.create(path, HEADER).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {STUDY_VERSION + 1}")
    db.close()
    with pytest.raises(StudyError, match=r"newer version of shoal.*received format 6. Upgrade"):
        StudyFile.open(path)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM header",
        "UPDATE header SET space = '[1]'",
        "UPDATE header SET space = '{'",
        f"UPDATE header SET space = '{'[' * 100_000}'",
        "UPDATE header SET preprocessing = CAST(x'ff' AS TEXT)",
        "DROP TABLE checkpoint; DROP TABLE weights",
        "UPDATE trial SET metrics = x'00'",
        "UPDATE trial SET hyperparams = '{\"a\": NaN}'",
        "UPDATE trial SET objective = 'good'",
        "UPDATE epoch SET metrics = '[]'",
        "UPDATE epoch SET seconds = NULL",
        "UPDATE weights SET tensors = x'0102'",
    ],
)
def test_a_study_that_was_tampered_with(path: Path, statement: str) -> None:
    with StudyFile.create(path, HEADER) as study:
        study.add_trials([trial(0)])
        write_round(study, epochs=[EpochRecord(0, 1, 1.0, {}, 1.0)], weights={0: {}})
    with sqlite3.connect(path) as db:
        db.executescript(statement)
    db.close()
    with pytest.raises(StudyError, match="the study file is damaged"):
        read_all(path)


def test_a_table_that_is_lost_while_it_is_written_is_damage_too(path: Path) -> None:
    with StudyFile.create(path, HEADER) as study:
        study.add_trials([trial(0)])
        study._db.execute("DROP TABLE epoch")
        with pytest.raises(StudyError, match=r"file is damaged.*no such table.*Restore it"):
            write_round(study, epochs=[EpochRecord(0, 1, 1.0, {}, 1.0)])


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize("table", ["epoch", "document", "checkpoint"])
def test_a_study_without_a_table_is_damaged_from_the_moment_it_is_opened(
    path: Path, table: str, write: bool
) -> None:
    StudyFile.create(path, HEADER).close()
    with sqlite3.connect(path) as db:
        db.execute(f"DROP TABLE {table}")
    db.close()
    missing = rf"the study file is damaged; received no such table: {table}\. Restore it"
    with pytest.raises(StudyError, match=missing):
        StudyFile.open(path, write=write)


@pytest.mark.parametrize("size", [100, 5000, 9000, 20_000])
def test_a_truncated_study(path: Path, size: int) -> None:
    with StudyFile.create(path, HEADER) as study:
        study.add_trials([trial(i) for i in range(200)])
    assert path.stat().st_size > 20_000
    os.truncate(path, size)
    with pytest.raises(StudyError, match=r"damaged|not a shoal study|cannot use the study file"):
        read_all(path)


def test_asking_for_what_is_not_there(path: Path) -> None:
    study = StudyFile.create(path, HEADER)
    study.add_trials([trial(0)])
    with pytest.raises(StudyError, match=r"no such trial; expected one of .* 1 trials; received 4"):
        study.trial(4)
    study.close()
    study.close()
    with pytest.raises(StudyError, match="this study was closed"):
        study.trials()
    with pytest.raises(StudyError, match="not open for writing"):
        study.add_trials([])


WRITER = """
import os, sys
from shoal.store import StudyFile, TrialRecord, EpochRecord
study = StudyFile.open(sys.argv[1], write=True)
for i in range(10_000):
    study.write_round(
        add=[TrialRecord(id=i, state="completed", hyperparams={}, point={}, seed=0)],
        epochs=[EpochRecord(i, e, 1.0, {"loss": 1.0}, 0.0) for e in (1, 2, 3)],
        trials=[], weights={}, drop_weights=[], sampler_state={"asked": i + 1},
    )
    print(i, flush=True)
"""


def test_a_killed_writer_loses_no_round_that_it_wrote(path: Path) -> None:
    StudyFile.create(path, HEADER).close()
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 20:
                process.send_signal(signal.SIGKILL)
                break
        last = max([20, *map(int, process.stdout.read().split())])
    with StudyFile.open(path) as reader:  # before anybody has recovered the file
        seen = len(reader.trials())
        assert seen > last
    with StudyFile.open(path, write=True) as study:
        assert [t.id for t in study.trials()] == list(range(seen))
        assert len(study.history()) == 3 * seen
        assert study.sampler_state() == {"asked": seen}
        study.add_trials([trial(seen)])
