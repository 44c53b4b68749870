"""`shoal resume` and `shoal search --resume`."""

import json
import os
import signal
import sqlite3

import pytest
from small_problems import same_weights

import shoal as library


@pytest.fixture
def interrupted(files, shoal, monkeypatch):
    """A search over which Ctrl-C was pressed after some trials."""
    from shoal.tuning.search_loop import SearchLoop

    rounds = []
    report = SearchLoop.report

    def press(self, phase):
        report(self, phase)
        if phase == "training" and self.ledger.counts()["completed"] == 4:
            rounds.append(phase)
            if len(rounds) == 1:
                os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(SearchLoop, "report", press)
    result = shoal("search", files.data, "--network", files.family, *ARGUMENTS,
                   "--study", "a.study", "--json")  # fmt: skip
    monkeypatch.undo()
    assert result.exit_code == 130
    return result


ARGUMENTS = ("--trials", 7, "--lanes", 2)


@pytest.fixture
def at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def best(study):
    return {key: study[key] for key in ("trials", "best")}


def test_an_interrupted_search_says_how_to_go_on(interrupted):
    # The seventh has yet to be asked for: its point depends on those that end first.
    assert "Interrupted: 4 completed, 2 waiting; to go on: shoal resume a.study" in (
        interrupted.stderr
    )
    assert json.loads(interrupted.stdout)["trials"]["waiting"] == 2


def test_it_ends_as_one_that_was_left_alone(files, interrupted, answer, at):
    whole = answer("search", files.data, "--network", files.family, *ARGUMENTS)
    found = answer("resume", at / "a.study")
    assert best(found) == best(whole)
    assert found["model"] == str(at / "a.safetensors")
    one, other = (library.Ensemble.load(at / s["model"]) for s in (found, whole))
    assert one.shares == other.shares
    for model, same in zip(one.models, other.models, strict=True):
        assert model.info == same.info
        same_weights(model, same)
    shown = answer("show", at / "a.study")
    assert shown["trials"]["completed"] == shown["asked"] == 7
    assert shown["disk"]["checkpoints"] == 0
    assert 0 < shown["disk"]["weights"] < shown["disk"]["total"]


def test_one_command_begins_and_goes_on(files, answer, at):
    command = ("search", files.data, "--network", files.family, "--study", "b.study", "--resume",
               "--lanes", 2)  # fmt: skip
    first = answer(*command, "--trials", 3)
    assert answer(*command, "--trials", 3)["best"] == first["best"]
    more = answer(*command, "--trials", 7)
    whole = answer("search", files.data, "--network", files.family, *ARGUMENTS)
    assert best(more) == best(whole)


def test_more_trials_and_moved_data(files, answer, at):
    answer("search", files.data, "--network", files.family, "--trials", 3, "--study", "c.study")
    moved = at / "moved.npz"
    moved.write_bytes(files.data.read_bytes())
    found = answer("resume", "c.study", moved, "--trials", 5, "--out", "m.safetensors")
    assert found["trials"]["completed"] == 5
    assert found["model"] == "m.safetensors"


def test_what_cannot_go_on_is_refused(files, refused, shoal, at):
    assert "no such study file" in refused("resume", "none.study")
    assert "a study is expected here" in refused("resume", files.model)
    shoal("search", files.data, "--network", files.family, "--trials", 3, "--study", "d.study")
    assert "only grows; expected at least the 3" in refused("resume", "d.study", "--trials", 2)
    assert "the data that it began with" in refused("resume", "d.study", files.table)
    (at / "mine.safetensors").write_bytes(b"mine")
    message = refused("resume", "d.study", "--out", "mine.safetensors")
    assert "is not overwritten" in message
    message = refused("search", files.data, "--network", files.family, "--trials", 3,
                      "--study", "d.study", "--resume", "--seed", 4)  # fmt: skip
    assert "the seed that it began with; expected 0; received 4" in message
    with sqlite3.connect(at / "d.study") as db:
        assert db.execute("SELECT count(*) FROM trial WHERE role = 'search'").fetchone() == (3,)
    db.close()


def test_resume_needs_a_file_and_no_force(files, shoal):
    for options in (["--resume"], ["--resume", "--force", "--study", "x.study"]):
        result = shoal("search", files.data, *options)
        assert result.exit_code == 2
        assert "goes on with the study of a file" in " ".join(result.stderr.split())
