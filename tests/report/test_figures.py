"""What the figures are computed from: scales, groups, lanes, matrices, text."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import synthetic
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_selection import f_classif

from shoal.report.facts import Facts, read_facts
from shoal.report.figures.frame import Bands, Scale, span, without_outliers
from shoal.report.figures.lanes import packed
from shoal.report.figures.network import Node, is_chain
from shoal.report.figures.predictions import Confusion, Fit
from shoal.report.importance import by_importance, importance
from shoal.report.markup import Markup, tag, text
from shoal.report.wording import listed, metric_text, spread_text
from shoal.store import StudyFile, TrialRecord
from shoal.utils.text import duration_text, number_text, plural, shortened

SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def as_number(label: str) -> float:
    """Read a label as a reader would."""
    label = label.replace(",", "").replace("\u202f", "")
    percent = label.endswith("%")
    mantissa, _, exponent = label.rstrip("%").partition(
        "10" if "⁻" in label or "×" in label else "~"
    )
    if exponent:
        base = float(mantissa.rstrip("×") or 1)
        return base * 10.0 ** int(exponent.translate(SUPERSCRIPT))
    value = float(label.rstrip("%").translate(SUPERSCRIPT))
    return value / 100 if percent else value


@given(
    low=st.floats(-1e4, 1e4),
    size=st.floats(1e-4, 1e4),
    about=st.integers(2, 9),
    percent=st.booleans(),
)
def test_linear_ticks_lie_in_the_range_and_read_as_what_they_are(
    low: float, size: float, about: int, percent: bool
) -> None:
    size = max(size, abs(low) * 1e-3)
    scale = Scale(low, low + size, 0, 100, percent=percent)
    ticks = scale.ticks(about)
    assert 1 <= len(ticks) <= 2 * about + 2
    assert len({label for _, label in ticks}) == len(ticks)
    for value, label in ticks:
        assert low - 1e-6 * size <= value <= low + size * (1 + 1e-6)
        assert as_number(label) == pytest.approx(value, abs=0.01 * size, rel=1e-3)


@given(low=st.floats(-12, 3), decades=st.floats(0.05, 10), about=st.integers(3, 9))
def test_logarithmic_ticks_too(low: float, decades: float, about: int) -> None:
    scale = Scale(10**low, 10 ** (low + decades), 0, 100, log=True)
    ticks = scale.ticks(about)
    assert len({label for _, label in ticks}) == len(ticks) <= 2 * about + 2
    places = [scale(value) for value, _ in ticks]
    assert places == sorted(places)
    for value, label in ticks:
        assert 10**low * (1 - 1e-6) <= value <= 10 ** (low + decades) * (1 + 1e-6)
        if value < 1e4:
            assert as_number(label) == pytest.approx(value, rel=2e-3)


def test_scales_place_values_and_clamp_what_lies_outside() -> None:
    assert Scale(0, 10, 100, 0)(2.5) == 75
    assert Scale(0, 10, 100, 0)(99) == 0
    assert Scale(1e-4, 1, 0, 80, log=True)(1e-2) == pytest.approx(40)
    assert Scale(1e-4, 1, 0, 80, log=True)(-1) == 0
    assert [Bands(("a", "b"), 0, 10)(name) for name in "ab"] == [2.5, 7.5]
    assert Bands((), 0, 10).width == 10


def test_ends_of_axes() -> None:
    assert span([]) == (0.0, 1.0)
    assert span([math.nan, 3.0], margin=0.1) == pytest.approx((2.7, 3.3))
    low, high = span([0.0, 0.0])
    assert low < 0 < high
    low, high = span([1e-3, 1.0, -5.0], log=True)
    assert 0 < low < 1e-3 < 1 < high
    scores = [0.1, *np.linspace(0.9, 0.95, 20)]
    low, high = without_outliers(scores, better_high=True)
    assert 0.8 < low < 0.9 < 0.95 < high
    assert without_outliers([-s for s in scores], better_high=False) == pytest.approx((-high, -low))
    assert without_outliers([0.5] * 10, better_high=True)[0] < 0.5
    even = list(np.linspace(0, 1, 20))
    assert without_outliers(even, better_high=True)[0] < 0.0


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    path = synthetic.write_study(tmp_path_factory.mktemp("facts") / "a.study")
    with StudyFile.open(path) as study:
        return read_facts(study)


def test_importance_is_epsilon_squared(facts: Facts) -> None:
    """Against scikit-learn's F: ε² = (F − 1) · df_between / (F · df_between + df_within)."""
    (axis,) = [axis for axis in facts.hyperparameters if axis.name == "activation"]
    trials = [t for t in facts.trials if t.state in ("completed", "stopped", "diverged")]
    ranks = np.array([[facts.rank.get(t.id, len(facts.ranked))] for t in trials], float)
    (f,), _ = f_classif(ranks, [t.hyperparams["activation"] for t in trials])
    between, within = 2, len(trials) - 3
    found = importance(facts, axis)
    assert found is not None
    assert found.share == pytest.approx((f - 1) * between / (f * between + within))
    assert found.best.option == "relu"
    of_best = [facts.score(t) for t in facts.ranked if t.hyperparams["activation"] == "relu"]
    assert found.best.score == pytest.approx(np.median(of_best))


def test_the_hyperparameter_that_makes_the_loss_matters_most(facts: Facts) -> None:
    first, *_, last = by_importance(facts)
    assert first[0].name == "optimizer.learning_rate"
    assert first[1] is not None
    assert first[1].best.low is not None
    assert first[1].best.low < 10**-2.6 < (first[1].best.high or 0)  # the formula's optimum
    assert last[1] is not None
    assert 0 <= last[1].share < 0.1


def test_too_few_trials_say_nothing(facts: Facts) -> None:
    few = replace(facts, trials=facts.trials[:9])
    assert [share for _, share in by_importance(few)] == [None] * len(facts.hyperparameters)
    same = tuple(replace(t, hyperparams={"activation": "relu"}) for t in facts.trials)
    assert all(share is None for _, share in by_importance(replace(facts, trials=same)))


def test_the_winner_ranks_first_and_ties_go_to_the_lower_loss(tmp_path: Path) -> None:
    def scored(id_: int, accuracy: float, loss: float) -> TrialRecord:
        return TrialRecord(
            id=id_, state="completed", hyperparams={}, point={}, seed=0, objective=-accuracy,
            metrics={"accuracy": accuracy, "loss": loss},
        )  # fmt: skip

    with StudyFile.create(tmp_path / "s", synthetic.HEADER) as study:
        study.add_trials([scored(0, 0.5, 1.0), scored(1, 0.9, 0.4), scored(2, 0.9, 0.3)])
        facts = read_facts(study)
    assert [trial.id for trial in facts.ranked] == [2, 1, 0]
    assert facts.winner is not None
    assert facts.winner.id == 2


spans = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)), min_size=1, max_size=40)


@given(spans)
def test_bars_are_packed_into_as_many_lanes_as_ran_at_once(times: list[tuple[int, int]]) -> None:
    trials = [
        TrialRecord(id=i, state="completed", hyperparams={}, point={}, seed=0, started=float(a),
                    ended=float(a + n))
        for i, (a, n) in enumerate(times)
    ]  # fmt: skip
    bars = packed(trials)
    assert len(bars) == len(trials)
    at_once = max(sum(a <= t < a + n for a, n in times) for t in range(45))
    assert max(row for *_, row in bars) + 1 == at_once
    for i, (_, start, end, row) in enumerate(bars):
        others = [bar for bar in bars[:i] if bar[3] == row]
        assert all(bar[2] <= start or bar[1] >= end for bar in others)


def test_a_confusion_matrix_knows_its_mistakes() -> None:
    matrix = Confusion(((8, 2, 0), (1, 9, 0), (5, 0, 0)), ("a", "b", "c"))
    assert (matrix.total, matrix.correct) == (25, 17)
    assert matrix.mistakes() == [(5, 2, 0), (2, 0, 1), (1, 1, 0)]
    assert matrix.hardest() == 2
    assert matrix.share(0, 1) == 0.2


def test_a_fit_without_spread_explains_nothing() -> None:
    assert Fit(np.ones(3), np.zeros(3)).explained is None
    assert Fit(np.ones(3), np.zeros(3)).error == 1
    assert Fit(np.array([0.0, 2.0]), np.array([0.0, 2.0])).explained == 1


def test_a_chain_and_a_branch() -> None:
    def node(name: str, *inputs: str) -> Node:
        return Node(name, "dense", name, inputs, None, 1)

    assert is_chain([node("a", "x"), node("b", "a")])
    assert not is_chain([node("a"), node("b", "a"), node("c", "a")])
    assert is_chain([node("a", "b"), node("b", "a")]) in (True, False)  # a loop ends, too


@given(st.text())
def test_text_is_escaped_and_stays_text(value: str) -> None:
    from html import unescape

    escaped = text(value)
    assert not set(escaped) & set("<>\"'\x00\x1b\u202e")
    kept = [c for c in value if c not in "\x00" and c.isprintable()]
    assert [c for c in unescape(escaped) if c in kept] == [c for c in kept if c != "\ufffd"] or (
        "\ufffd" in value
    )


def test_elements() -> None:
    assert tag("p", "a < b", Markup("<i></i>"), None, ["x", ["y"]]) == "<p>a &lt; b<i></i>xy</p>"
    assert tag("meta", charset='"') == '<meta charset="&quot;">'
    assert tag("g", class_="a", data_trial=3, x=1.50001, y=None) == (
        '<g class="a" data-trial="3" x="1.5"></g>'
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.00264512, "0.002645"), (9.7e-6, "9.7e-6"), (1e-6, "1e-6"), (123456, "123,456"),
        (1234, "1,234"), (0.0, "0"), (-0.5, "-0.5"), (12345.6, "12,346"), (True, "True"),
        (None, "–"), ("relu", "relu"), (math.inf, "not finite"), (1e-4, "0.0001"), (3e9, "3e9"),
        (999.96, "1,000"), (26190.4, "26,190"), (0.00003242, "3.24e-5"), (9.994e6, "9,994,000"),
        (-26190.4, "-26,190"), (0.99996, "1"), (99999.7, "100,000"), (9.99999e-5, "0.0001"),
    ],
)  # fmt: skip
def test_numbers_in_words(value: object, shown: str) -> None:
    assert number_text(value) == shown


def test_the_last_zeros_stay_in_a_column() -> None:
    values = (0.5, 0.98, 12.0, 0.0, 1.0, 26190.0, 999.96, 3)
    shown = ["0.5000", "0.9800", "12.00", "0", "1.000", "26,190", "1,000", "3"]
    assert [number_text(value, zeros=True) for value in values] == shown


def test_words() -> None:
    assert metric_text("accuracy", 0.97349) == "97.3\u202f%"
    assert metric_text("loss", 0.0912) == "0.0912"
    assert metric_text("loss", math.nan) == "–"
    assert spread_text("accuracy", 0.9714, 0.0032) == "97.1 ± 0.3\u202f%"
    assert spread_text("accuracy", 0.9714, 0.0004) == "97.14 ± 0.04\u202f%"
    assert spread_text("rmse", 2.3871, 0.0214) == "2.387 ± 0.021"
    assert spread_text("rmse", 2.3e-7, 1e-8) == "2.3e-7 ± 1e-8"
    assert spread_text("rmse", 26190.4, 424.3) == "26,190 ± 424"
    assert [duration_text(s) for s in (0.85, 12.34, 84, 7500, None)] == [
        "850 ms", "12.3 s", "1 min 24 s", "2 h 05 min", "–",
    ]  # fmt: skip
    assert [plural(n, "trial") for n in (0, 1, 2)] == ["0 trials", "1 trial", "2 trials"]
    assert [listed(list(parts)) for parts in ("", "a", "ab", "abc")] == [
        "", "a", "a and b", "a, b and c",
    ]  # fmt: skip
    assert shortened("abcdefghij", 5) == "ab…ij"
    assert shortened("abc", 5) == "abc"
