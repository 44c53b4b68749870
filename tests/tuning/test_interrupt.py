"""Ctrl-C: the first ends the search in order, the second at once; the study is whole after both."""

import os
import signal

import pytest
from small_problems import adamw, blobs, history, perceptrons

import shoal
from shoal import Study
from shoal.errors import StudyError
from shoal.samplers import Random


class Impatient:
    """Watches, and sends Ctrl-C when asked to."""

    def __init__(self, when, times=1):
        self.when, self.times = when, times

    def __call__(self, progress):
        if self.times and self.when(progress):
            self.times -= 1
            os.kill(os.getpid(), signal.SIGINT)


def interrupted(path, when, times=1, trials=9, confirm_seeds=2):
    return shoal.search(
        perceptrons(), adamw(), blobs(), trials=trials, lanes=4, study=path,
        confirm_seeds=confirm_seeds, callbacks=Impatient(when, times), sampler=Random(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole():
    """The same search, left alone."""
    return shoal.search(
        perceptrons(), adamw(), blobs(), trials=9, lanes=4, confirm_seeds=2, sampler=Random()
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "study.db"


def assert_consistent(study):
    """Every trial is in one state, none claims to run, and what has ended is complete."""
    for trial in study.file.trials():
        assert trial.state in ("waiting", "completed", "stopped")
        if trial.state == "waiting":
            assert trial.objective is None
            assert trial.epochs == 0
        else:
            told = history(study, trial.id)
            assert len(told) == trial.epochs
            assert told[trial.best_epoch - 1][2] == trial.metrics


@pytest.mark.parametrize("epochs", [16, 24], ids=["between trials", "in the midst of four"])
def test_the_first_interrupt_keeps_what_is_done(path, whole, epochs):
    study = interrupted(path, lambda p: p.states.get("completed") == 4 and p.epochs == epochs)
    assert study.counts() | {"completed": 4, "waiting": 5} == study.counts()
    assert study.cost["interrupted"]
    assert_consistent(study)
    for number in range(4):
        assert history(study, number) == history(whole, number)
    best = min(study.trials[:4], key=lambda t: (t.objective, t.metrics["loss"]))
    assert study.winner["trial"] == best.id
    assert "confirmed" not in study.winner
    assert "test" not in study.winner
    assert not any("test" in told for told in study.ensembles.values())
    assert study.test_scored == []
    assert study.best_model.predict(blobs().x).shape == (160,)


def test_an_interrupt_before_any_trial_ended_keeps_the_best_so_far(path, whole):
    study = interrupted(path, lambda p: p.epochs == 8)
    assert study.counts() | {"stopped": 4, "waiting": 5} == study.counts()
    assert_consistent(study)
    assert all(trial.epochs == 2 for trial in study.trials[:4])
    assert history(study, 2) == history(whole, 2)[:2]
    assert study.winner["trial"] in range(4)


def test_an_interrupt_before_the_first_epoch_leaves_an_empty_study(path):
    study = interrupted(path, lambda p: p.phase == "compiling")
    assert study.counts() | {"waiting": 9} == study.counts()
    with pytest.raises(StudyError, match="winner once a trial has ended"):
        study.winner


def test_an_interrupt_while_confirming_chooses_among_what_was_confirmed(path, whole):
    study = interrupted(path, lambda p: p.phase == "confirming" and p.epochs == 9 * 4 + 16)
    assert study.counts() == whole.counts()
    assert_consistent(study)
    states = [t.state for t in study.file.trials() if t.role == "confirm"]
    assert states == ["completed"] * 4 + ["waiting"] * 2
    assert study.winner["confirmed"]["seeds"] == 2


def test_the_second_interrupt_ends_at_once_and_the_file_is_whole(path):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        interrupted(path, lambda p: p.states.get("completed", 0) >= 4, times=2)
    assert signal.getsignal(signal.SIGINT) is before
    study = Study.open(path)
    assert len(study.trials) == 9
    assert study.counts()["completed"] == 4
    for trial in study.trials[:4]:
        assert len(history(study, trial.id)) == trial.epochs == 4
        assert study.model(trial.id).predict(blobs().x[:3]).shape == (3,)
    study.close()


def test_an_error_of_the_watcher_ends_the_search_and_closes_the_file(path):
    def watch(progress):
        if progress.epochs:
            raise OSError("the terminal is gone")

    with pytest.raises(OSError, match="terminal is gone"):
        shoal.search(
            perceptrons(), adamw(), blobs(), trials=5, lanes=4, study=path, callbacks=watch,
            sampler=Random(),
        )  # fmt: skip
    study = Study.open(path)
    assert sum(study.counts().values()) == 5
    study.close()


def test_trials_are_said_to_run_while_they_do(path):
    """A second reader of the file sees what the search does."""
    seen = []

    def watch(progress):
        if progress.phase == "training" and progress.epochs == 8:
            reader = Study.open(path)
            seen.append(reader.counts())
            reader.close()

    shoal.search(
        perceptrons(), adamw(), blobs(), trials=5, lanes=4, study=path, callbacks=watch,
        confirm_seeds=0, sampler=Random(),
    ).close()  # fmt: skip
    assert seen[0] | {"running": 4, "waiting": 1} == seen[0]


def test_the_test_split_is_scored_when_the_search_has_ended(path, whole):
    """Not by the interrupt, not twice; once more where more trials are asked for."""
    interrupted(path, lambda p: p.epochs == 16).close()
    study = shoal.resume(path, blobs())
    assert study.test_scored == [9]
    assert study.winner["test"] == whole.winner["test"]
    assert study.confirmed_test == whole.confirmed_test
    assert whole.test_scored == [9]
    assert study.confirmed_test["seeds"] == study.confirmed["seeds"] == 2
    assert study.confirmed_test["loss"] != study.confirmed["loss"]
    study.close()
    more = shoal.resume(path, blobs(), trials=10)
    assert more.test_scored == [9, 10]
    more.close()


def test_without_a_file_an_interrupt_ends_the_search_and_it_is_scored():
    study = interrupted(None, lambda p: p.epochs == 16)
    assert study.cost["interrupted"]
    assert set(study.winner["test"]) >= {"accuracy", "loss"}
    assert study.test_scored == [9]
    study.close()
