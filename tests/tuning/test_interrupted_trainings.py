"""Ctrl-C in a learning curve or a comparison keeps what is done; both tell how far they are."""

import numpy as np
import pytest
from small_problems import blobs
from test_compare import NARROW, WIDE, compared
from test_interrupt import Impatient
from test_learning_curve import FRACTIONS, NETWORK, RECIPE

import shoal
from shoal.errors import TrainingError


def curve(watch, **changes):
    return shoal.learning_curve(
        NETWORK, RECIPE, blobs(), fractions=FRACTIONS, seeds=3, callbacks=watch, **changes
    )


def test_a_curve_of_the_trainings_that_ended():
    """One lane: the first seed's three parts, then the smallest of the next seed."""
    whole = curve(lambda progress: None, lanes=1)
    cut = curve(Impatient(lambda p: p.states.get("completed") == 4), lanes=1)
    assert cut.interrupted
    assert not whole.interrupted
    known = np.array([[True, True, False], [True, False, False], [True, False, False]])
    np.testing.assert_array_equal(np.isfinite(cut.scores), known)
    np.testing.assert_array_equal(cut.scores[known], whole.scores[known])
    assert not cut.enough
    assert cut.sentence() == (
        "Interrupted: 4 of 9 trainings have a score, too few for a power law."
    )
    told = cut.to_json()
    assert told["interrupted"]
    assert told["power_law"] is told["twice_the_data"] is None
    cut.draw()
    with pytest.raises(TrainingError, match=r"three sizes.*received too few so far at 48, 96 rows"):
        cut.law


def test_where_none_had_ended_a_curve_of_what_they_had_reached():
    cut = curve(Impatient(lambda p: p.epochs == 18))
    assert cut.interrupted
    assert np.isfinite(cut.scores).all()
    assert cut.enough
    assert cut.sentence().startswith("Interrupted: 9 of 9 trainings have a score. Twice the data")
    shorter = shoal.Recipe(batch_size=16, epochs=2)
    for size, scores in zip(cut.sizes, cut.scores, strict=True):
        assert size in (24, 48, 96)
        assert scores.shape == (3,)
    alone = shoal.train(NETWORK, shorter, blobs(), seed=0)
    assert cut.scores[-1, 0] == pytest.approx(alone.info["test"]["accuracy"], abs=0)


def test_a_comparison_keeps_curves_and_models_so_far():
    seen = []

    def watch(progress):
        seen.append(progress)
        stop(progress)

    stop = Impatient(lambda p: p.epochs == 4 and p.phase == "training")
    cut = compared({"narrow": NARROW, "wide": WIDE}, seeds=2, callbacks=watch)
    whole = compared({"narrow": NARROW, "wide": WIDE}, seeds=2)
    assert cut.interrupted
    assert not whole.interrupted
    for name in ("narrow", "wide"):
        told = cut.curve(name, "loss")
        assert told.shape == (2, 1)
        np.testing.assert_array_equal(told, whole.curve(name, "loss")[:, :1])
        assert all(model is not None for model in cut.models[name])
    assert {p.phase for p in seen} == {"preparing", "compiling", "training", "stopping", "done"}
    assert seen[-1].asked == 4


def test_what_has_ended_keeps_its_models_and_the_rest_its_curves():
    stop = Impatient(lambda p: p.states.get("completed") == 2)
    cut = compared({"narrow": NARROW, "wide": WIDE}, seeds=2, callbacks=stop, lanes=2)
    assert all(model is not None for model in cut.models["narrow"])
    assert cut.models["wide"] == (None, None)
    assert np.isnan(cut.curve("wide", "loss")).all()
    assert np.isfinite(cut.interval("narrow", "accuracy").mean)


@pytest.mark.parametrize("when", ["compiling", "preparing"])
def test_before_any_epoch_there_is_nothing_to_keep(when):
    for run in (lambda stop: compared({"wide": WIDE}, seeds=2, callbacks=stop), curve):
        with pytest.raises(KeyboardInterrupt):
            run(Impatient(lambda p: p.phase == when))


def test_a_second_interrupt_ends_at_once():
    stop = Impatient(lambda p: p.phase in ("training", "stopping") and p.epochs >= 2, times=2)
    with pytest.raises(KeyboardInterrupt):
        compared({"wide": WIDE}, seeds=2, callbacks=stop)
