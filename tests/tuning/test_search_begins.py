"""Searches that begin with the defaults and with points by hand."""

from __future__ import annotations

import pytest

import shoal
from shoal import Choice, Dense, Dropout, Float, Int, Recipe, Sequential, Space, relu, tanh
from shoal.errors import RecipeError, SpaceError, StudyError
from shoal.optimizers import SGD
from shoal.samplers import TPE, Grid, Random
from shoal.tuning.first_trials import other_branches
from tests.small_problems import blobs

FAMILY = Sequential(Dense(Int(3, 9, default=4)), relu, Dense(3))
RECIPE = Recipe(optimizer=SGD(Float(0.01, 1.0, log=True)), epochs=2, batch_size=32)
BY_HAND = [{"units": 8}, {"learning_rate": 0.5, "dense_1.units": 3}]


def search(**options):
    options = {"trials": 6, "lanes": 2, "confirm_seeds": 0, **options}
    return shoal.search(FAMILY, RECIPE, blobs(), **options)


def points(study):
    return [(t.point["dense_1.units"], t.point["optimizer.learning_rate"]) for t in study.trials]


def test_the_defaults_are_the_first_trial_and_points_by_hand_come_next():
    rate = SGD().learning_rate
    study = search(initial_points=BY_HAND, sampler=TPE(n_startup_trials=2))
    assert points(study)[:3] == [(4, rate), (8, rate), (3, 0.5)]
    assert study.counts()["completed"] == 6
    told = study.file.sampler_state()
    assert told["told"] == 6, "the sampler is told of them all"
    assert [one["origin"] for one in study.header.plan["first"]] == ["defaults", "hand", "hand"]
    study.close()


def test_without_defaults_and_with_a_point_that_comes_again():
    study = search(initial_points=[*BY_HAND, BY_HAND[0]], defaults=False, trials=3)
    assert points(study)[:2] == [(8, SGD().learning_rate), (3, 0.5)]
    assert len(set(points(study))) == 3
    study.close()


def test_a_resumed_search_goes_on_where_it_stood_among_them(tmp_path):
    path, whole = (
        tmp_path / "a.study",
        search(initial_points=BY_HAND, sampler=TPE(n_startup_trials=2)),
    )

    class StopError(Exception):
        pass

    def stop(progress):
        if progress.epochs >= 2:  # two of the three first points have ended at most
            raise StopError

    with pytest.raises(StopError):
        search(initial_points=BY_HAND, sampler=TPE(n_startup_trials=2), study=path, callbacks=stop)
    study = shoal.resume(path, blobs())
    assert points(study) == points(whole)
    study.close()
    with pytest.raises(StudyError, match="goes on with the first points that it began with"):
        search(initial_points=BY_HAND[:1], sampler=TPE(n_startup_trials=2), study=path, resume=True)
    search(
        initial_points=BY_HAND, sampler=TPE(n_startup_trials=2), study=path, resume=True, trials=7
    ).close()
    whole.close()


def test_a_grid_is_tried_besides_the_defaults():
    family = Sequential(Dense(Int(3, 5)), relu, Dense(3))
    study = shoal.search(
        family, Recipe(epochs=1), blobs(), trials=9, sampler=Grid(), lanes=2, confirm_seeds=0
    )
    assert sorted(t.point["dense_1.units"] for t in study.trials) == [3, 4, 5]
    assert study.trials[0].point == {"dense_1.units": 4}
    study.close()


WIDE = Dense(Int(3, 9, default=5, name="wide"))
NARROW = Dense(Int(2, 4, default=2, name="narrow"))
OPTIONS = Choice(WIDE, NARROW, tanh, name="option", default=NARROW)


def test_the_defaults_of_other_options_come_last(tmp_path):
    family, path = Sequential(OPTIONS, relu, Dense(3)), tmp_path / "a.study"

    def searched(trials, **more):
        return shoal.search(
            family, RECIPE, blobs(), trials=trials, study=path, lanes=2, sampler=Random(),
            initial_points=[{"option": "dense_1", "wide": 9}], confirm_seeds=0, ensemble_folds=0,
            **more,
        )  # fmt: skip

    rate = SGD().learning_rate
    expected = [
        {"option": 1, "narrow": 2, "optimizer.learning_rate": rate},
        {"option": 0, "wide": 9, "optimizer.learning_rate": rate},
        {"option": 0, "wide": 5, "optimizer.learning_rate": rate},
        {"option": 2, "optimizer.learning_rate": rate},
    ]
    study = searched(3)
    assert [trial.point for trial in study.trials] == expected[:3]
    study.report(tmp_path / "r.html")
    assert "2 sets of default hyperparameters: ranks" in (tmp_path / "r.html").read_text()
    study.close()
    more = searched(5, resume=True)
    assert [trial.point for trial in more.trials][:4] == expected
    more.close()
    later = shoal.search(
        family, RECIPE, blobs(), trials=2, warm_start=[path], study=tmp_path / "b.study", lanes=2,
        confirm_seeds=0, ensemble_folds=0,
    )  # fmt: skip
    assert [one.origin for one in later.beginning()] == ["defaults", "prior"]
    later.close()


def test_options_alike_are_no_families_of_their_own():
    rate = Float(0.1, 0.5, name="rate")
    activations = Choice(relu, tanh, name="activation")
    units = Choice(3, 5, name="units")
    space = Space(Sequential(Dense(units), activations, Dropout(rate), Dense(3)))
    assert other_branches(space) == []
    within = Sequential(Choice(Sequential(OPTIONS), tanh, name="outer", default=tanh), Dense(3))
    each = [first.point for first in other_branches(Space(within))]
    assert each == [{"outer": 0, "option": 1, "narrow": 2}]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"initial_points": [{"units": 4}, {"units": 99}]},
            SpaceError,
            r"initial_points\[1\]: dense_1\.units: .* 9",
        ),
        (
            {"initial_points": [{"unit": 4}]},
            SpaceError,
            r"initial_points\[0\]: there is no .*dense_1\.units",
        ),
        (
            {"initial_points": {"units": 4}},
            RecipeError,
            r"initial_points is a list of points; expected",
        ),
        (
            {"initial_points": BY_HAND, "trials": 2},
            RecipeError,
            r"trials: .*at least 3; received 2",
        ),
    ],
)
def test_what_cannot_be_tried_is_refused_before_anything_is_written(
    options, error, message, tmp_path
):
    with pytest.raises(error, match=message):
        search(**options, study=tmp_path / "a.study")
    assert not list(tmp_path.iterdir())
