"""Searches whose trials have several seeds or folds: ranked by the mean, resumed, handed over."""

import numpy as np
import pytest
from small_problems import adamw, blobs, contents, perceptrons, plane, random_points, search_points

import shoal
from shoal import Dense, Int, Recipe, Sequential, losses, tanh
from shoal.data import Dataset
from shoal.errors import DataError, RecipeError, StudyError


class BreakError(Exception):
    """What breaks a search off."""


def options(**changes):
    return {
        "family": perceptrons(), "recipe": adamw(), "data": blobs(), "trials": 5, "lanes": 6,
        "confirm_seeds": 1, "objective": "loss", **changes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def folded():
    return shoal.search(**options(folds=3))


@pytest.fixture(scope="module")
def repeated():
    return shoal.search(**options(repeats=3))


@pytest.mark.parametrize("which", ["folded", "repeated"])
def test_a_trial_is_told_and_ranked_by_its_mean(which, request):
    study = request.getfixturevalue(which)
    for trial in study.trials:
        losses_of = [member["metrics"]["loss"] for member in trial.members]
        assert len(set(losses_of)) == 3
        assert trial.objective == pytest.approx(np.mean(losses_of))
        assert trial.metrics["loss"] == pytest.approx(np.mean(losses_of))
        assert trial.spread["loss"] == pytest.approx(np.std(losses_of, ddof=1))
    assert study.counts()["completed"] == len(study.trials) == 5
    members = study.winner["members"]
    assert (members["repeats"], members["folds"]) == ((1, 3) if which == "folded" else (3, 0))
    assert members["std"] == study.trials[study.winner["trial"]].spread


@pytest.mark.parametrize("which", ["folded", "repeated"])
def test_the_optimism_of_the_search_is_told(which, request):
    winner = request.getfixturevalue(which).winner
    told, loss = winner["optimism"], winner["validation"]["loss"]
    assert told["test"]["loss"] == pytest.approx(loss - winner["test"]["loss"])
    fresh = winner["confirmed"]["loss"]["mean"]
    assert told["fresh_seeds"]["loss"] == pytest.approx(loss - fresh)


def test_repeats_share_their_seeds_and_the_first_is_the_study_s_own(repeated):
    seeds = {tuple(m["seed"] for m in trial.members) for trial in repeated.trials}
    assert len(seeds) == 1
    (own, *others) = seeds.pop()
    assert own == 0
    assert len({own, *others}) == 3
    confirmed = {t.seed for t in repeated.file.trials() if t.role == "confirm"}
    assert not confirmed & {own, *others}


def test_the_best_member_s_weights_are_the_trial_s(repeated):
    number = repeated.winner["trial"]
    model = repeated.best_model
    prepared = shoal.data.prepare(blobs(), repeated.split())
    scored = model.score(prepared.validation.x, prepared.validation.y)["loss"]
    members = repeated.trials[number].members
    assert scored == pytest.approx(min(m["metrics"]["loss"] for m in members), rel=1e-4)


def test_the_winner_of_folds_is_trained_on_the_rows_of_all_of_them(folded):
    winner, records = folded.winner, folded.file.trials()
    refit = records[winner["weights"]]
    assert (refit.role, refit.parent) == ("refit", winner["trial"])
    assert refit.epochs == folded.trials[winner["trial"]].best_epoch == winner["best_epoch"]
    assert refit.objective is None
    assert winner["members"]["model"] == "refit"
    parts = folded.split()
    assert len(parts.validation) == 0
    assert np.bincount(parts.folds).tolist() == [43, 43, 42]
    assert len(parts.train) + len(parts.test) == 160
    test = blobs().y[parts.test]
    predicted = folded.best_model.predict(blobs().x[parts.test])
    assert np.mean(predicted.astype(int) == test) == pytest.approx(winner["test"]["accuracy"])


def test_folds_and_repeats_multiply_and_lanes_never_matter():
    two = options(folds=2, repeats=2, trials=3, confirm_seeds=0)
    study, narrow = shoal.search(**two), shoal.search(**{**two, "lanes": 4})
    assert [len(t.members) for t in study.trials] == [4, 4, 4]
    assert [(m["seed"] != 0, m["fold"]) for m in study.trials[0].members] == [
        (False, 0), (False, 1), (True, 0), (True, 1)
    ]  # fmt: skip
    for one, other in zip(study.trials, narrow.trials, strict=True):
        assert one.objective == pytest.approx(other.objective, rel=1e-5)


def test_folds_of_a_regression_and_trials_that_fail():
    family = Sequential(Dense(Int(3, 6)), tanh, Dense(2))
    recipe = adamw(loss=losses.SquaredError())
    points = random_points(family, recipe, plane(), 2)
    bad = {**points[0], "optimizer.learning_rate": 1e38}
    study = search_points(family, recipe, plane(), [*points, bad], folds=2, lanes=4)
    assert [trial.state for trial in study.trials] == ["completed", "completed", "diverged"]
    assert study.trials[2].objective is None
    assert set(study.winner["test"]) >= {"rmse", "r2"}


def trees():
    """Rows of one group are all but copies of each other."""
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(24), 5)
    centers = rng.normal(size=(24, 6))
    x = centers[groups] + 0.01 * rng.normal(size=(120, 6))
    return Dataset.from_arrays(x, groups % 3, groups=[f"tree {g}" for g in groups], name="trees")


def test_groups_stay_whole_in_folds_and_in_the_test_split():
    data = trees()
    study = shoal.search(**options(data=data, folds=4, trials=2, confirm_seeds=0))
    parts = study.split()
    train, test = data.groups[parts.train], data.groups[parts.test]
    assert not set(train) & set(test)
    for group in set(train):
        assert len(set(parts.folds[train == group])) == 1
    assert set(parts.folds) == {0, 1, 2, 3}


def broken(when, path, **changes):
    def watch(progress):
        if when(progress):
            raise BreakError

    with pytest.raises(BreakError):
        shoal.search(**options(**changes), study=path, callbacks=watch)


MOMENTS = {
    "in the first trials": lambda p: p.epochs == 2,
    "in later trials": lambda p: p.epochs == 10,
    "while confirming": lambda p: p.phase == "confirming" and p.epochs >= 22,
    "before the winner's refit": lambda p: p.phase == "refitting",
    "before the winner is known": lambda p: p.phase == "scoring",
}


@pytest.mark.parametrize("checkpoint", [0.0, 60.0])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_resumed_search_on_folds_equals_an_undisturbed_one(folded, tmp_path, moment, checkpoint):
    path = tmp_path / "a.study"
    broken(MOMENTS[moment], path, folds=3, checkpoint=checkpoint)
    assert contents(shoal.resume(path, blobs())) == contents(folded)


def test_more_trials_than_were_asked_for(folded, tmp_path):
    path = tmp_path / "a.study"
    shoal.search(**options(folds=3, trials=3), study=path).close()
    more = shoal.resume(path, blobs(), trials=5)
    assert [t.metrics for t in more.trials] == [t.metrics for t in folded.trials]
    assert more.winner["trial"] == folded.winner["trial"]
    assert more.winner["test"] == folded.winner["test"]


def test_what_cannot_be_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"at least two folds.*2 to 128 folds; received 1"):
        shoal.search(**options(folds=1))
    with pytest.raises(RecipeError, match=r"repeats is a whole number.*at least 1; received 0"):
        shoal.search(**options(repeats=0))
    path = tmp_path / "a.study"
    shoal.search(**options(repeats=2, trials=1, confirm_seeds=0), study=path).close()
    with pytest.raises(StudyError, match=r"repeats that it began with.*expected 2; received 3"):
        shoal.search(**options(repeats=3, trials=2, confirm_seeds=0), study=path, resume=True)


def test_one_epoch_and_a_short_last_batch_on_folds():
    """All rows take more steps than any fold's: the refit's epoch is longer, not cut."""
    recipe = Recipe(epochs=1, batch_size=43)
    study = shoal.search(**options(recipe=recipe, folds=2, trials=1, confirm_seeds=0))
    assert study.file.trial(study.winner["weights"]).state == "completed"
