"""A search within a limit of time, by a clock of its own: an epoch of a lane takes a second."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_problems import adamw, blobs, perceptrons

import shoal
from shoal import Dense, Ensemble, Model, Sequential
from shoal.engine import Lanes, compilation
from shoal.errors import RecipeError
from shoal.samplers import TPE, Grid, Random
from shoal.tuning import limits, round_loop, run_search
from shoal.tuning.limits import TimeLimit
from shoal.utils.text import seconds_of

EPOCHS = 4


@pytest.fixture
def clock(monkeypatch):
    """Nothing takes time but epochs: a second for each lane that is taken."""
    told = SimpleNamespace(now=100.0, perf_counter=lambda: told.now)
    for module in (run_search, round_loop, compilation):
        monkeypatch.setattr(module, "time", told)
    monkeypatch.setattr(limits, "clock", told.perf_counter)
    settle = Lanes.settle

    def taking(lanes):
        told.now += lanes.busy
        return settle(lanes)

    monkeypatch.setattr(Lanes, "settle", taking)
    return told


def options(**changes):
    return {
        "family": perceptrons(), "recipe": adamw(epochs=EPOCHS), "data": blobs(), "lanes": 6,
        "sampler": Random(), "ensemble_folds": 3, "ensemble_size": 2, "progress": False,
        **changes,
    }  # fmt: skip


def states(study):
    return {state: count for state, count in study.counts().items() if count}


def networks(study):
    return [t for t in study.file.trials() if t.role == "fold"]


def test_trials_go_on_until_the_time_is_up_and_the_ensemble_is_in_it(clock):
    began = clock.now
    study = shoal.search(**options(time_limit=150))
    assert clock.now - began <= 150
    assert clock.now - began > 100  # it is used
    assert list(states(study)) == ["completed"]  # none was begun that could not end
    assert study.header.trials == len(study.trials) >= 15
    assert [t.epochs for t in networks(study)] == [EPOCHS] * 6
    assert study.product == "folds"
    assert "test" in study.ensembles["folds"]
    assert study.test_scored == [len(study.trials)]
    assert not study.cost["interrupted"]
    assert "time_up" not in study.cost


def test_a_number_of_trials_ends_it_before_the_time(clock):
    study = shoal.search(**options(time_limit="1h", trials=4))
    free = shoal.search(**options(trials=4))
    assert [t.metrics for t in study.trials] == [t.metrics for t in free.trials]
    assert study.ensembles == free.ensembles
    assert study.header.plan["time_limit"] == 3600
    assert clock.now < 200


def test_a_grid_ends_when_all_its_points_were_tried(clock):
    family = Sequential(Dense(shoal.Choice(3, 4, 5)), shoal.relu, Dense(3))
    recipe = shoal.Recipe(epochs=2)
    study = shoal.search(
        family, recipe, blobs(), sampler=Grid(3), time_limit=500, ensemble_folds=2,
        ensemble_size=1, lanes=4, progress=False,
    )  # fmt: skip
    assert states(study) == {"completed": 3}
    assert study.header.trials == 3


@pytest.mark.parametrize("seconds", [0.5, 1, 3])
def test_the_shortest_limit_still_gives_a_trained_model(clock, seconds):
    study = shoal.search(**options(time_limit=seconds, sampler=TPE()))
    assert states(study) == {"stopped": 1}
    assert study.trials[0].epochs >= 1
    assert study.cost["time_up"]
    model = study.model()
    assert isinstance(model, Model)
    assert model.predict(blobs().x).shape == (160,)
    assert "test" in study.winner
    alone = shoal.train(
        perceptron(), shoal.Recipe(epochs=50), blobs(), time_limit=seconds, progress=False
    )
    assert alone.info["epochs"] < 50


def perceptron():
    return Sequential(Dense(4), shoal.relu, Dense(3))


def test_fewer_trials_are_trained_on_folds_where_time_is_short(clock):
    """Half of it is for the folds: networks of one trial take 12 s, those of two 24."""
    study = shoal.search(**options(time_limit=40))
    assert len(networks(study)) == 3
    assert study.ensembles["folds"]["of"]["configurations"] == 1
    assert clock.now - 100 <= 40


def test_networks_that_are_cut_short_are_handed_over_only_if_they_are_not_worse(clock):
    """On a sudden everything takes thirty times as long."""
    slow = False

    def watch(progress):
        nonlocal slow
        if progress.phase == "folding" and not slow:
            slow, clock.now = True, clock.now + 30

    study = shoal.search(**options(time_limit=150, callbacks=watch))
    cut = [t for t in networks(study) if t.state == "stopped"]
    assert study.cost["time_up"] == bool(cut)
    told, winner = study.ensembles.get("folds"), study.winner
    if told is not None:
        better = told["validation"]["accuracy"] >= winner["validation"]["accuracy"]
        assert study.product == ("folds" if better or not cut else "single")
    assert "test" in winner


def test_what_has_no_time_waits_for_another_sitting(clock, tmp_path):
    path = tmp_path / "a.study"
    shoal.search(**options(trials=40, time_limit=80), study=path).close()
    first = shoal.Study.open(path)
    done = len(first.trials)
    assert done < 40
    before = {t.id: t.metrics for t in first.trials if t.state == "completed"}
    first.close()
    same = shoal.resume(path, blobs())
    assert len(same.trials) == done  # without more time it is left as it is
    same.close()
    more = shoal.resume(path, blobs(), time_limit=80)
    assert len(more.trials) > done
    assert {t.id: t.metrics for t in more.trials if t.id in before} == before
    assert more.product == "folds"
    more.close()


def test_an_open_search_goes_on_for_as_long_again(clock, tmp_path):
    path = tmp_path / "a.study"
    shoal.search(**options(time_limit=80), study=path).close()
    first = shoal.Study.open(path)
    before = [(t.id, t.metrics) for t in first.trials]
    first.close()
    again = shoal.search(**options(time_limit=80), study=path, resume=True)
    assert [(t.id, t.metrics) for t in again.trials] == before  # it had ended
    again.close()
    more = shoal.resume(path, blobs(), time_limit="80s")
    assert len(more.trials) > len(before)
    assert [(t.id, t.metrics) for t in more.trials][: len(before)] == before
    assert more.test_scored == [len(before), len(more.trials)]
    assert isinstance(more.model(), Ensemble)
    more.close()


class BreakError(Exception):
    """What breaks a search off."""


def test_a_break_among_the_folds_goes_on_with_these(clock, tmp_path):
    path = tmp_path / "a.study"

    def watch(progress):
        seen = progress.states.get("completed", 0)
        if progress.phase == "folding" and progress.epochs > EPOCHS * seen + 2:
            raise BreakError

    with pytest.raises(BreakError):
        shoal.search(**options(time_limit=100), study=path, callbacks=watch)
    broken = shoal.Study.open(path)
    trials, begun = len(broken.trials), len(networks(broken))
    assert broken.header.trials == 0
    assert "as many as time allows" in repr(broken)
    broken.close()
    study = shoal.resume(path, blobs())
    assert (len(study.trials), len(networks(study))) == (trials, begun)
    assert study.header.trials == trials
    assert study.product == "folds"
    study.close()


def test_progress_tells_the_limit(clock):
    seen = []
    shoal.search(**options(time_limit=60, callbacks=seen.append)).close()
    assert {p.time_limit for p in seen} == {60.0}
    assert {p.asked for p in seen} == {0}
    left = [p.remaining for p in seen if p.remaining is not None]
    assert left
    assert max(left) <= 60


HOUR = 3600


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("10m", 600), ("1h30m", 1.5 * HOUR), ("1h", HOUR), ("2.5m", 150), ("45", 45),
     ("1h 5m 7s", HOUR + 307), ("10min", 600), ("10M", 600), (12, 12), (0.5, 0.5),
     (np.float32(2), 2)],
)  # fmt: skip
def test_durations_as_they_are_written(written, seconds):
    assert seconds_of(written) == seconds


@pytest.mark.parametrize(
    "wrong", ["", "0s", "-5", "5x", "m", "30m1h", "nan", "1e9", "1:30", 0, -1, math.inf, math.nan,
              True, None, [5]],
)  # fmt: skip
def test_what_is_no_duration_is_refused(wrong):
    with pytest.raises(RecipeError, match="a time is a number of seconds, or hours"):
        seconds_of(wrong)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_a_duration_is_the_sum_of_its_parts(hours, minutes, seconds):
    whole = HOUR * hours + 60 * minutes + seconds
    if whole:
        assert seconds_of(f"{hours}h{minutes}m{seconds}s") == whole


@given(
    st.floats(1, 1e5), st.floats(0.01, 100), st.integers(1, 50), st.integers(1, 100),
    st.integers(1, 40),
)  # fmt: skip
def test_what_is_begun_fits_into_the_time(limit, took, epochs, each, most):
    left = TimeLimit(limit, limits.clock())
    left.note(took, epochs)
    count = left.fitting(most, each)
    assert 0 <= count <= most
    assert left.seconds_for(count * each) <= max(limit, 0) * (1 + 1e-9)
    assert TimeLimit(None, 0.0).fitting(most, each) == most
