"""How sure a score is, in numbers and in words."""

import pytest

from shoal.report.sentences import interval_sentence, product_sentence, share_interval

TEST = {"task": "classification", "rows": {"test": 40}}


@pytest.mark.parametrize(
    ("share", "count", "expected"),
    [
        (0.8, 10, (0.49016, 0.94331)),  # 8 of 10, as published tables have it
        (0.0, 10, (0.0, 0.27753)),
        (1.0, 10, (0.72247, 1.0)),
        (0.5, 10_000, (0.49020, 0.50980)),
    ],
)
def test_the_interval_is_that_of_wilson(share, count, expected):
    assert share_interval(share, count) == pytest.approx(expected, abs=2e-5)


def told(product="single", metric="accuracy", dataset=TEST, **winner):
    ensembles = {"greedy": {"test": {"accuracy": 0.9}}}
    return interval_sentence(product, metric, ensembles, winner or {"test": {metric: 0.8}}, dataset)


def test_the_sentence_is_of_what_is_handed_over():
    sentence = "The 95 % confidence interval of the test accuracy {} is {} to {} "
    assert told() == sentence.format("0.8000", "0.652", "0.895") + "(40 test examples)."
    assert told("greedy") == sentence.format("0.9000", "0.769", "0.960") + "(40 test examples)."


def test_in_the_report_shares_are_in_percent_without_a_break_before_the_sign():
    ensembles = {"greedy": {"test": {"accuracy": 0.9}, "members": [1, 2]}}
    compared = ("greedy", "accuracy", ensembles, {"test": {"accuracy": 0.8}})
    shown = interval_sentence(*compared, TEST, percent=True)
    assert "95\u202f% confidence" in shown
    assert "accuracy 90.0\u202f% is 76.9 to 96.0\u202f%" in shown
    product = product_sentence(*compared, percent=True)
    assert "accuracy 90.0\u202f% on test, single network 80.0\u202f%" in product


@pytest.mark.parametrize(
    "given",
    [
        {"metric": "log_loss"},
        {"validation": {"accuracy": 1.0}},
        {"dataset": {**TEST, "rows": {"test": 0}}},
        {"dataset": {**TEST, "task": "segmentation"}},  # pixels are not independent
        {"dataset": {**TEST, "weight": "n"}},  # rows do not count alike
    ],
)
def test_of_what_is_no_share_of_examples_nothing_is_told(given):
    assert told(**given) == ""
