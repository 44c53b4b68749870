"""Figures over hyperparameters: what is estimated between trials, and what is left blank."""

from dataclasses import replace

import numpy as np
import pytest

from shoal import Study
from shoal.errors import StudyError
from shoal.store import StudyFile
from tests.report import synthetic

RATE, DECAY, OPTION = "optimizer.learning_rate", "optimizer.weight_decay", "activation"
SMALL = {
    "hyperparameters": [
        {"name": RATE, "range": {"kind": "float", "low": 1e-4, "high": 1e-1, "log": True}},
        {"name": "width", "range": {"kind": "int", "low": 4, "high": 64, "log": False}},
        {"name": OPTION, "range": {"kind": "choice", "options": ["relu", 2, 4.5]}},
    ]
}


def numbered(values):
    """As a point has them: an option by its number."""
    return {**values, OPTION: ["relu", 2, 4.5].index(values[OPTION])}


def made(path, points, accuracy):
    """A study of the given points, whose accuracy is a formula."""
    records = [
        synthetic.TrialRecord(
            id=i, state="completed", hyperparams=point, point=numbered(point), seed=0, epochs=1,
            best_epoch=1, objective=-accuracy(point), metrics={"accuracy": accuracy(point)},
        )
        for i, point in enumerate(points)
    ]  # fmt: skip
    header = replace(synthetic.HEADER, space=SMALL, trials=len(points))
    with StudyFile.create(path, header) as file:
        file.add_trials(records)
    return Study.open(path)


def points(count, seed=0):
    rng = np.random.default_rng(seed)
    return [
        {
            RATE: float(10 ** rng.uniform(-4, -1)),
            "width": int(rng.integers(4, 65)),
            OPTION: ["relu", 2, 4.5][rng.integers(3)],
        }
        for _ in range(count)
    ]


def smooth(point):
    """Best at a rate of 1e-2 and a width of 34; the options differ by 0.2."""
    rate, width = (np.log10(point[RATE]) + 2) / 3, (point["width"] - 34) / 60
    return 0.5 - 0.4 * rate**2 - 0.4 * width**2 + 0.2 * (point[OPTION] == 2)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    found = Study.open(synthetic.write_study(tmp_path_factory.mktemp("s") / "a.study", trials=80))
    yield found
    found.close()


@pytest.fixture(scope="module")
def formula(tmp_path_factory):
    found = made(tmp_path_factory.mktemp("f") / "a.study", points(150), smooth)
    yield found
    found.close()


def test_a_contour_finds_the_formula_between_the_trials(tmp_path):
    def same_option(point):
        return smooth({**point, OPTION: "relu"})

    study = made(tmp_path / "a.study", points(200), same_option)
    found = study.contour(RATE, "width")
    rates, widths = (axis.values(axis.grid()[0]) for axis in (found.first, found.second))
    truth = np.array([[same_option({RATE: r, "width": w}) for r in rates] for w in widths])
    error = np.abs(found.estimate - truth)
    assert np.nanmean(error) < 0.02 < np.ptp(truth) / 10
    row, column = np.unravel_index(np.nanargmax(found.estimate), found.estimate.shape)
    assert rates[column] == pytest.approx(1e-2, rel=0.7)
    assert widths[row] == pytest.approx(34, abs=8)
    study.close()


def test_an_estimate_is_the_kernels_mean(formula):
    """The definition, written out for one cell."""
    found = formula.contour(RATE, "width")
    cell = np.array([found.first.grid()[0][20], found.second.grid()[0][40]])
    trials = {t.id: t for t in formula.trials}
    weights, total = 0.0, 0.0
    for number, score in zip(found.trials, found.scores, strict=True):
        point = trials[number].hyperparams
        at = np.array([(np.log10(point[RATE]) + 4) / 3, (point["width"] - 4) / 60])
        weight = np.exp(-np.sum((at - cell) ** 2) / (2 * found.bandwidth**2))
        weights, total = weights + weight, total + weight * score
    assert found.estimate[40, 20] == pytest.approx(total / weights, rel=1e-9)


def test_options_do_not_leak_into_each_other(formula):
    found = formula.contour(OPTION, "width")
    assert found.estimate.shape == (60, 3)
    assert found.first.of.options == ("relu", "2", "4.5")
    middle = np.nanmean(found.estimate, axis=0)
    assert middle[1] - middle[0] == pytest.approx(0.2, abs=0.05)
    assert middle[0] == pytest.approx(middle[2], abs=0.05)


def test_where_no_trial_is_near_nothing_is_told(tmp_path):
    low = [{**p, RATE: 1e-4 * (1 + i / 40)} for i, p in enumerate(points(40))]
    study = made(tmp_path / "a.study", low, lambda p: p["width"] / 100)
    found = study.contour(RATE, "width")
    assert np.isfinite(found.estimate[:, 1]).all()
    assert np.isnan(found.estimate[:, -1]).all()
    study.close()


def test_one_terrible_trial_does_not_hide_the_others(tmp_path):
    def loss(point):
        return 1e6 if point is first else smooth(point)

    several = points(60)
    first = several[0]
    study = made(tmp_path / "a.study", several, lambda p: -loss(p))
    found = study.contour(RATE, "width")
    assert found.scores.min() == -1e6
    assert np.nanmin(found.estimate) > -2
    study.close()


@pytest.mark.parametrize(
    "names", [(RATE, DECAY), (OPTION, RATE), ("dense_1.units", OPTION), ("dropout_1.rate", RATE)]
)
def test_contours_are_drawn(study, names, tmp_path):
    figure = study.contour(*names).figure()
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == names
    assert axes.get_xscale() == ("log" if names[0] in (RATE, "dense_1.units") else "linear")
    figure.savefig(tmp_path / "a.png", dpi=40)
    assert (tmp_path / "a.png").stat().st_size > 2000


def test_a_conditional_hyperparameter_is_seen_where_it_is(study):
    found = study.contour("dropout_1.rate", RATE)
    trials = {t.id: t for t in study.trials}
    assert {trials[n].hyperparams[OPTION] for n in found.trials} == {"relu"}


def test_slices_hold_every_scored_trial(study, tmp_path):
    found = study.slices()
    shares = study.importance()
    assert [s.axis.of.name for s in found.slices] == list(shares)
    for one in found.slices:
        scores = {t.id: t.metrics["accuracy"] for t in study.trials if t.objective is not None}
        for number, score in zip(one.trials, one.scores, strict=True):
            assert scores[number] == score
    rate = study.slices(RATE).slices[0]
    values = {t.id: t.hyperparams[RATE] for t in study.trials}
    assert rate.values == pytest.approx([values[n] for n in rate.trials], rel=1e-9)
    figure = found.figure()
    assert sum(axes.get_visible() for axes in figure.axes) == len(found.slices) + 1
    figure.savefig(tmp_path / "a.png", dpi=40)
    assert (tmp_path / "a.png").stat().st_size > 2000


def test_importance_tells_what_matters(formula, tmp_path):
    shares = formula.importance()
    assert set(shares) == {RATE, "width", OPTION}
    assert shares[OPTION] > 0.3
    only = made(tmp_path / "a.study", points(100), lambda p: np.log10(p[RATE]))
    shares = only.importance()
    assert next(iter(shares)) == RATE
    assert shares[RATE] > 0.9
    assert max(shares["width"], shares[OPTION]) < 0.2
    only.close()


def test_few_trials_are_told(tmp_path):
    study = made(tmp_path / "a.study", points(4), smooth)
    assert study.importance() == {RATE: None, "width": None, OPTION: None}
    with pytest.raises(StudyError, match=r"between trials.*expected 5 trials or more; received 4"):
        study.contour(RATE, "width")
    study.slices().figure()
    study.close()


def test_what_cannot_be_drawn_is_told(study, tmp_path):
    with pytest.raises(StudyError, match=rf"expected .*{RATE}.*received 'rate'"):
        study.contour("rate", RATE)
    with pytest.raises(StudyError, match=r"over two hyperparameters; received '.*' twice"):
        study.contour(RATE, RATE)
    with pytest.raises(StudyError, match="received 'rate'"):
        study.slices("rate")
    empty = made(tmp_path / "a.study", [], smooth)
    with pytest.raises(StudyError, match="received no trial with a score"):
        empty.slices()
    empty.close()
