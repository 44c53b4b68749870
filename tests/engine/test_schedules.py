"""Schedules: where they go, whatever the trial's length, without a compilation of their own."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from drawn import drawn
from hypothesis import given
from hypothesis import strategies as st
from small_problems import blobs, perceptrons, search_points
from test_compilations import compiled_by

from shoal import Choice, Dense, Float, Int, Recipe, Sequential
from shoal.clipping import ByNorm
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.engine.splits import epoch_order
from shoal.errors import RecipeError
from shoal.losses import SquaredError
from shoal.nn import initialize
from shoal.optimizers import SGD, Adam, AdamW
from shoal.regularizers import L1, L2
from shoal.schedules import (
    Constant,
    Cosine,
    Exponential,
    FlatCosine,
    Moment,
    MultiCycle,
    OneCycle,
    Step,
    WarmUp,
)

shares = st.floats(0.0, 1.0, width=32)
lengths = st.floats(0.0, 30.0, width=32)
units = st.sampled_from(["epochs", "steps"])


@st.composite
def schedules(draw, inner=True):
    peak = draw(st.floats(0.0, 10.0, width=32))
    simple = st.one_of(
        st.builds(Constant, st.just(peak)),
        st.builds(Step, st.just(peak), lengths, shares, units),
        st.builds(Exponential, st.just(peak), shares, units),
        st.builds(Cosine, st.just(peak), shares, st.none() | lengths, units),
        st.builds(OneCycle, st.just(peak), shares, shares, shares),
        st.builds(FlatCosine, st.just(peak), shares, shares),
        st.builds(MultiCycle, st.just(peak), st.integers(1, 20)),
    )
    if not inner:
        return draw(simple)
    then = st.one_of(st.just(peak), schedules(inner=False))
    return draw(simple | st.builds(WarmUp, then, lengths, shares, units))


@drawn(8)
@given(schedules(), st.integers(1, 50), st.integers(1, 20))
def test_it_stays_between_zero_and_its_peak(schedule, steps, epoch):
    at = jnp.arange(steps, dtype=jnp.float32)
    total = jnp.full(steps, steps, jnp.float32)
    moments = Moment(at, total, jnp.full(steps, epoch, jnp.float32))
    found = np.asarray(jax.vmap(schedule.at)(moments))
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert (found <= max(schedule.peaks()) * (1 + 1e-5)).all()


def rates(schedule, steps, epoch=5):
    moment = Moment(jnp.float32(0), jnp.float32(steps), jnp.float32(epoch))
    return np.array([schedule.at(moment._replace(step=jnp.float32(t))) for t in range(steps)])


def test_what_each_does_by_hand():
    np.testing.assert_allclose(rates(Constant(0.5), 3), 0.5)
    np.testing.assert_allclose(rates(Step(1.0, 2.0, 0.5), 21)[[0, 9, 10, 19, 20]],
                               [1, 1, 0.5, 0.5, 0.25])  # fmt: skip
    np.testing.assert_allclose(rates(Exponential(1.0, 0.5), 11)[[0, 5, 10]], [1, 0.5, 0.25])
    np.testing.assert_allclose(rates(Cosine(2.0, 0.5), 40)[[0, 20]], [2.0, 1.5], rtol=1e-6)
    np.testing.assert_allclose(rates(Cosine(2.0, 0.5, length=4.0), 40)[20:], 1.0, rtol=1e-6)
    rising = rates(WarmUp(1.0, length=2.0, start=0.0), 30)
    np.testing.assert_allclose(rising[:12], [*np.arange(10) / 10, 1, 1], rtol=1e-6)
    cycle = rates(OneCycle(1.0, warm_up=0.5, start=0.1, end=0.01), 40)
    assert cycle.argmax() == 19
    np.testing.assert_allclose(cycle[[0, 19, 39]], [0.1, 1.0, 0.01], rtol=1e-5)


def test_flat_and_then_along_a_cosine_by_hand():
    rate = rates(FlatCosine(2.0), 40)
    np.testing.assert_allclose(rate[:21], 2.0, rtol=1e-6)
    np.testing.assert_allclose(rate[[25, 30, 35]], 1 + np.cos(np.pi * np.array([1, 2, 3]) / 4),
                               rtol=1e-5)  # fmt: skip
    ending = rates(FlatCosine(1.0, flat=0.25, end=0.2), 80)
    np.testing.assert_allclose(ending[[0, 20, 50]], [1.0, 1.0, 0.6], rtol=1e-6)
    assert ending[79] == pytest.approx(0.2, rel=1e-2)
    np.testing.assert_allclose(rates(FlatCosine(1.0, flat=1.0), 7), 1.0)
    np.testing.assert_allclose(rates(FlatCosine(1.0, 0.0, 0.3), 30), rates(Cosine(1.0, 0.3), 30),
                               rtol=1e-5)  # fmt: skip


def test_cycles_that_become_longer_by_hand():
    """With four cycles, their ends are at 1, 3, 7 and 15 fifteenths, and each reaches its peak."""
    rate = rates(MultiCycle(0.5), 1500)
    np.testing.assert_allclose(rate[[0, 100, 300, 700]], 0.0, atol=1e-6)
    assert rate[1499] == pytest.approx(0.0, abs=1e-5)
    tops = (2 ** np.array([0.5, 1.5, 2.5, 3.5]) - 1) / 15 * 1500
    np.testing.assert_allclose(rate[np.round(tops).astype(int)], 0.5, rtol=1e-3)
    t = np.arange(1500) / 1500
    paper = 0.25 * (1 - np.cos(2 * np.pi * np.log2(1 + 15 * t)))
    np.testing.assert_allclose(rate, paper, atol=2e-6)
    one = rates(MultiCycle(1.0, cycles=1), 100)
    assert one.argmax() == round(100 * (2**0.5 - 1))


def recipe(**changes):
    """Everything open that may be."""
    falling = Cosine(Float(0.01, 0.3, log=True), end=Float(0.0, 0.3))
    optimizer = AdamW(
        WarmUp(falling, length=Float(0.5, 2.0)), weight_decay=Exponential(Float(1e-4, 1e-1))
    )
    regularizers = (L2(Float(1e-5, 1e-2)), L1(Choice(0.0, 1e-3), layers=("dense_2",)))
    return Recipe(
        optimizer=optimizer, clipping=ByNorm(Float(0.1, 2.0)), epochs=Int(2, 5),
        regularizers=regularizers, batch_size=16, **changes,
    )  # fmt: skip


@pytest.fixture(scope="module")
def searched():
    return compiled_by(perceptrons(), recipe(), 9)


def test_ranges_and_lengths_compile_nothing_of_their_own(searched):
    study, names = searched
    assert names.count("jit(train)") == 1
    assert len(names) == study.cost["compilations"]
    assert len({trial.epochs for trial in study.trials}) > 1


def test_trials_of_different_lengths_each_fall_to_their_own_end():
    """A linear network trained in NumPy with the rates of a cosine over the trial's own epochs."""
    optimizer = SGD(Cosine(Float(0.05, 0.5), end=0.1))
    one = Recipe(loss=SquaredError(), optimizer=optimizer, epochs=Int(2, 4), batch_size=20)
    points = [{"epochs": epochs, "optimizer.learning_rate.peak": peak}
              for epochs, peak in ((2, 0.4), (4, 0.2), (3, 0.4))]  # fmt: skip
    study = search_points(Sequential(Dense(3)), one, blobs(), points, objective="loss", seed=5)
    train = prepare(blobs(), split(blobs(), seed=5)).train
    steps = -(-len(train) // 20)
    for number, point in enumerate(points):
        params = initialize(Sequential(Dense(3), input_shape=(6,)), 5)["dense_1"]
        w, b = (params[name].astype(np.float64) for name in ("weight", "bias"))
        peak, epochs = point["optimizer.learning_rate.peak"], point["epochs"]
        rate = iter(rates(Cosine(peak, end=0.1), epochs * steps, steps))
        for epoch, told in enumerate(study.file.history(number), start=1):
            total = 0.0
            for rows in epoch_order(5, epoch, len(train), steps, 20):
                x, y = train.x[rows[rows >= 0]].astype(np.float64), train.y[rows[rows >= 0]]
                error = x @ w + b - np.eye(3)[y]
                total += (error**2).mean(axis=1).sum()
                delta, eta = 2 * error / error.size, next(rate)
                w, b = w - eta * x.T @ delta, b - eta * delta.sum(axis=0)
            assert told.train_loss == pytest.approx(total / len(train), rel=1e-5)
        assert next(rate, None) is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Cosine(-1.0), "peak lies in its bounds; expected 0 ≤ peak"),
        (lambda: Cosine(0.1, end=1.5), "end lies in its bounds; expected 0 ≤ end < 1"),
        (lambda: Cosine(0.1, length="all"), "length is a number; received 'all'"),
        (lambda: Cosine(0.1, unit="days"), "lengths are in epochs or in steps; .*received days"),
        (lambda: Step(0.1, every=-1.0), "every lies in its bounds"),
        (lambda: Step(0.1, factor=True), "factor is a number; received True"),
        (lambda: Exponential(0.1, factor=Float(0.5, 1.5)), "factor lies in its bounds.*1.5"),
        (lambda: WarmUp("fast"), "then is a number; received 'fast'"),
        (lambda: WarmUp(Choice(0.1, -0.1)), "then lies in its bounds"),
        (lambda: OneCycle(0.1, warm_up=2), "warm_up lies in its bounds"),
        (lambda: FlatCosine(0.1, flat=1.5), "flat lies in its bounds"),
        (lambda: FlatCosine(0.1, end=Float(0.5, 2)), "end lies in its bounds.*received 2"),
        (lambda: MultiCycle(-0.1), "peak lies in its bounds"),
        (lambda: MultiCycle(0.1, cycles=0), "cycles is a whole number; expected 1 to 20; rec.* 0"),
        (lambda: MultiCycle(0.1, cycles=2.5), r"cycles is a whole number; .* received 2\.5"),
        (lambda: MultiCycle(0.1, cycles=Int(1, 21)), "cycles is a whole number; .* received 21"),
        (lambda: MultiCycle(0.1, cycles=Float(1, 4)), "cycles is a whole number; .* a Float"),
        (lambda: SGD(0.1, momentum=Cosine(1.0)), "momentum lies in its bounds.*received 1"),
        (lambda: SGD(0.1, momentum=Step(Float(0.5, 1))), "momentum lies in its bounds.*received 1"),
        (lambda: Adam(epsilon=Constant(1e-3)), "epsilon is a number; received Constant"),
        (lambda: SGD(WarmUp(Cosine(1e39))), "peak lies in its bounds"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(RecipeError, match=message):
        make()


def test_shares_of_one_and_ranges_are_fine():
    Cosine(Float(0.1, 1.0), end=Choice(0.0, 1.0), length=Choice(None, 3.0))
    SGD(momentum=OneCycle(Float(0.5, 0.99)))
    Step(0.1, factor=Int(0, 1))
    MultiCycle(Float(0.1, 1.0), cycles=Choice(1, 4))
