"""All that a search was asked for is in the study before anything is trained."""

import sys

import pytest
from small_problems import adamw, blobs, contents, perceptrons, share_programs

import shoal
from shoal.errors import StudyError
from shoal.samplers import TPE
from shoal.store import StudyFile
from shoal.tuning import recording, run_search
from shoal.tuning.final_training import FoldEnsemble
from shoal.tuning.search_loop import SearchLoop
from shoal.utils.environment import Machine

pytestmark = pytest.mark.bits

ASKED = {
    "trials": 9, "sampler": TPE(n_startup_trials=2), "lanes": 3, "keep": 4, "confirm_seeds": 1,
    "seed": 5, "objective": "loss", "validation": 0.3, "test": 0.1, "checkpoint": 7.0,
    "initial_points": [{"learning_rate": 0.01}],
}  # fmt: skip


class Killed(BaseException):
    """As good as a kill: nothing in shoal takes notice of it."""


def searched(path, **options):
    return shoal.search(perceptrons(), adamw(epochs=2), blobs(), study=path, **{**ASKED, **options})


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    share_programs()
    return searched(tmp_path_factory.mktemp("lanes") / "whole.study")


@pytest.fixture
def killed(tmp_path, monkeypatch):
    """A study whose search was killed before its first round."""

    def die(self, phase):
        raise Killed

    share_programs()
    path = tmp_path / "killed.study"
    with monkeypatch.context() as patch:
        patch.setattr(SearchLoop, "_round", die)
        for resume in (False, True, True):
            with pytest.raises(Killed):
                searched(path, resume=resume)
    return path


def test_killed_before_the_first_round_it_goes_on_as_asked_for(killed, whole, monkeypatch):
    before = StudyFile.open(killed)
    assert before.run_state() is None
    assert [trial.state for trial in before.trials()] == ["waiting"] * 3
    before.close()
    seconds = []
    noted = recording.Checkpoints.__init__

    def note(self, ledger, lanes, between):
        seconds.append(between)
        noted(self, ledger, lanes, between)

    monkeypatch.setattr(recording.Checkpoints, "__init__", note)
    study = shoal.resume(killed, blobs())
    assert study.cost["lanes"] == 3
    assert seconds == [7.0]
    assert contents(study) == contents(whole)
    assert study.header.plan == whole.header.plan


def test_with_other_lanes_it_does_not_go_on(killed):
    with pytest.raises(
        StudyError, match=r"with the lanes that it began with; expected 3.*received 5"
    ):
        searched(killed, resume=True, lanes=5)


def test_on_another_machine_the_first_one_s_class_decides(tmp_path, monkeypatch):
    monkeypatch.setattr(Machine, "here", classmethod(lambda cls: cls(3, 2.0**33)))
    path, seen = tmp_path / "moved.study", []

    def lanes_of(plan, space):
        seen.append((plan.lanes, plan.machine))
        raise Killed

    monkeypatch.setattr(SearchLoop, "_round", lambda self, phase: (_ for _ in ()).throw(Killed()))
    with pytest.raises(Killed):
        searched(path, lanes="auto")
    monkeypatch.setattr(Machine, "here", classmethod(lambda cls: cls(64, 2.0**40)))
    monkeypatch.setattr(sys.modules["shoal.tuning.resume"], "lanes_of", lanes_of)
    with pytest.raises(Killed):
        shoal.resume(path, blobs())
    assert seen == [("auto", Machine(3, 2.0**33))]


def test_plan_holds_every_argument_that_decides_anything():
    """A new argument of `search` belongs in the header, or here with its reason."""
    import inspect

    told = set(inspect.signature(shoal.search).parameters)
    elsewhere = {
        "family", "recipe", "data", "trials", "seed", "objective",  # the header's own
        "validation", "test",  # in the split
        "defaults", "initial_points", "warm_start",  # in the first points
        "study", "resume", "progress", "callbacks",  # of the sitting
    }  # fmt: skip
    fields = set(run_search.SearchPlan.__dataclass_fields__)
    ensemble = {f"ensemble_{name}" for name in FoldEnsemble().to_json()}
    assert told - elsewhere <= fields | ensemble | {"repeats", "folds"}
