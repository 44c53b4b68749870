"""Searches with successive halving: stopped trials, refilled lanes, resumed as they were."""

import pytest
from small_problems import adamw, blobs, contents, history, perceptrons

import shoal
from shoal.samplers import TPE, Halving, Random


class BreakError(Exception):
    """What breaks a search off."""


def options(**changes):
    return {
        "family": perceptrons(), "recipe": adamw(epochs=9), "data": blobs(), "trials": 12,
        "lanes": 4, "confirm_seeds": 0, "sampler": Halving(), "objective": "loss", **changes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def study():
    return shoal.search(**options())


def test_the_worse_are_stopped_at_rungs_and_their_lanes_refilled(study):
    epochs = {trial.id: trial.epochs for trial in study.trials}
    counts = study.counts()
    assert set(epochs.values()) <= {1, 3, 9}
    assert counts["completed"] + counts["stopped"] == 12
    assert counts["stopped"] >= 6
    for trial in study.trials:
        assert (trial.state == "stopped") == (trial.epochs < 9)
        assert trial.objective is not None
    assert study.cost["rounds"] < 12 * 9 / 4 - 5
    assert all(busy == 4 for _, busy, _ in study.cost["rounds_log"][:4])


def test_a_trial_that_goes_on_is_what_it_would_have_been(study):
    plain = shoal.search(**options(sampler=Random()))
    for trial in study.trials:
        whole = history(plain, trial.id)
        assert history(study, trial.id) == whole[: trial.epochs]


@pytest.mark.parametrize("epochs", [4, 14])
def test_a_resumed_search_equals_an_undisturbed_one(study, tmp_path, epochs):
    path = tmp_path / "a.study"

    def watch(progress):
        if progress.epochs >= epochs:
            raise BreakError

    with pytest.raises(BreakError):
        shoal.search(**options(), study=path, callbacks=watch)
    assert contents(shoal.resume(path, blobs())) == contents(study)


BOHB = Halving(eta=2, sampler=TPE(n_startup_trials=2))


@pytest.fixture(scope="module")
def learned():
    study = shoal.search(**options(trials=20, sampler=BOHB))
    yield contents(study), study.file.sampler_state()
    study.close()


def test_a_sampler_that_learns_is_asked_as_lanes_come_free_and_told_of_the_best_budget(learned):
    state = learned[1]
    model, points = state["model"], state["sampler"]
    assert int(model["budget"]) > 1, "enough trials came further than to the first rung"
    assert (model["told"], model["stopped"], points["pending"]) == ([], [], {})
    assert points["asked"] == 19, "all but the defaults"
    assert 0 < len(points["best"]) == points["told"] < 20
    assert len(points["others"]) == 20 - len(points["best"])


@pytest.mark.parametrize("epochs", [9, 30])
def test_a_resumed_search_proposes_what_it_would_have_proposed(learned, tmp_path, epochs):
    path = tmp_path / "a.study"

    def watch(progress):
        if progress.epochs >= epochs:
            raise BreakError

    with pytest.raises(BreakError):
        shoal.search(**options(trials=20, sampler=BOHB), study=path, callbacks=watch)
    study = shoal.resume(path, blobs())
    assert study.file.header.plan["sampler"]["sampler"]["n_startup_trials"] == 2
    assert (contents(study), study.file.sampler_state()) == learned
    study.close()


def test_a_trial_of_several_seeds_is_stopped_as_one():
    study = shoal.search(**options(repeats=2, trials=6, recipe=adamw(epochs=4)))
    assert study.counts()["stopped"] >= 2
    for trial in study.trials:
        assert len(trial.members) == 2
        assert trial.epochs in (1, 3, 4)
