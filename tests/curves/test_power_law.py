import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoal.analysis.learning_curve import LearningCurve
from shoal.analysis.power_law import fit_power_law

SIZES = np.array([50, 100, 200, 400, 800, 1600])


def law(n, a=0.04, b=1.5, c=0.5):
    return a + b * np.asarray(n, float) ** -c


def noisy(seeds, spread=0.03, **numbers):
    rng = np.random.default_rng(seeds)
    return law(SIZES, **numbers)[:, None] * (1 + spread * rng.normal(size=(len(SIZES), seeds)))


def test_a_power_law_is_found_again():
    found = fit_power_law(SIZES, np.repeat(law(SIZES)[:, None], 3, axis=1))
    assert found.a == pytest.approx(0.04, rel=0.05)
    assert found.c == pytest.approx(0.5, rel=0.03)
    np.testing.assert_allclose(found(SIZES), law(SIZES), rtol=2e-3)
    assert float(found(3200)) == pytest.approx(float(law(3200)), rel=0.01)


def test_one_training_that_went_wrong_does_not_decide():
    errors = noisy(5)
    sound = fit_power_law(SIZES, errors)
    errors[-1, 2] = 0.9
    odd = fit_power_law(SIZES, errors)
    assert float(odd(3200)) == pytest.approx(float(sound(3200)), rel=0.1)
    errors[-1, 2] = np.nan  # diverged
    assert float(fit_power_law(SIZES, errors)(3200)) == pytest.approx(float(sound(3200)), rel=0.1)


def test_intervals_of_few_seeds_hold_what_they_promise():
    """Of 15 fits with five seeds whose noise is their own, most intervals hold the truth."""
    truth, held = law(3200), 0
    for trial in range(15):
        rng = np.random.default_rng(trial)
        low, high = fit_power_law(
            SIZES, law(SIZES)[:, None] * (1 + 0.05 * rng.normal(size=(6, 5)))
        ).interval(3200)
        held += bool(low <= truth <= high)
    assert held >= 11  # 95 % of 15 is 14; four standard deviations below are 11


def test_errors_that_do_not_fall_promise_nothing():
    flat = fit_power_law(SIZES, 0.2 + 0.001 * np.random.default_rng(0).normal(size=(6, 5)))
    assert float(flat(3200)) == pytest.approx(0.2, rel=0.01)
    assert flat.gain(1600, 3200)[2] < 0.02
    rising = fit_power_law(SIZES, np.repeat(np.linspace(0.1, 0.2, 6)[:, None], 2, axis=1))
    assert rising.b * 50.0**-rising.c == pytest.approx(0.0, abs=1e-6)


@settings(deadline=None, max_examples=15)
@given(st.floats(1e-3, 1e3), st.integers(0, 50))
def test_units_do_not_matter_and_more_data_never_hurt(unit, seed):
    rng = np.random.default_rng(seed)
    errors = law(SIZES)[:, None] * (1 + 0.1 * rng.random((6, 3)))
    one, scaled = fit_power_law(SIZES, errors), fit_power_law(SIZES, unit * errors)
    np.testing.assert_allclose(scaled(SIZES), unit * one(SIZES), rtol=1e-6)
    sizes = np.arange(50, 5000, 100)
    low, high = one.interval(sizes)
    assert (low >= 0).all()
    assert (low <= one(sizes)).all()
    assert (one(sizes) <= high).all()
    assert (np.diff(one(sizes)) <= 1e-12).all()
    assert 0 <= one.gain(100, 200)[1] <= one.gain(100, 200)[0] <= one.gain(100, 200)[2] <= 1


def test_two_sizes_are_not_enough():
    with pytest.raises(ValueError, match="three sizes"):
        fit_power_law([10, 20, 30], [[0.3], [0.2], [np.nan]])


def curve(errors, metric="accuracy"):
    scores = 1 - errors if metric == "accuracy" else errors
    seeds = tuple(range(errors.shape[1]))
    return LearningCurve(
        "made", metric, metric == "accuracy", SIZES, seeds, scores, 100, {"seconds": 1.0}
    )


def test_the_sentence_says_what_the_numbers_say():
    steep = curve(noisy(5, a=0.0))
    assert steep.sentence().startswith(
        "Twice the data, 3,200 training rows instead of 1,600, would lower the error rate from "
        "about 3.7 % to 2.6 % (95 % interval "
    )
    flat = curve(0.2 + 0.001 * np.random.default_rng(0).normal(size=(6, 5)), "rmse")
    assert "would hardly change the rmse of about 0.2 (95 % interval" in flat.sentence()
    vague = curve(np.abs(noisy(3, spread=0.35)))
    assert "these trainings cannot tell that from no gain" in vague.sentence()


def test_students_interval_of_the_mean():
    errors = np.tile([0.1, 0.2, 0.3], (6, 1))
    errors[0] = [0.1, np.nan, 0.3]
    errors[1] = [0.1, np.nan, np.nan]
    low, high = curve(errors, "mae").interval()
    # t(2) = 4.3027, s = 0.1; t(1) = 12.706, s = 0.1414, cut off at 0
    assert high[2] - 0.2 == pytest.approx(4.3027 * 0.1 / np.sqrt(3), rel=1e-4)
    assert low[0] == 0
    assert high[0] - 0.2 == pytest.approx(12.7062 * 0.141421 / np.sqrt(2), rel=1e-4)
    assert np.isnan(high[1])


def test_a_figure_shows_every_training_and_both_ends():
    found = curve(noisy(4))
    axes = found.draw().axes[0]
    assert len(axes.lines[0].get_xdata()) == 24
    assert axes.get_xticks().max() == 3200
    assert {t.get_text() for t in axes.get_legend().get_texts()} >= {"twice the data"}
