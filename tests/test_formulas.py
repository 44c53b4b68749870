"""Cells that a spreadsheet would run, and those that it would not."""

import pytest

from shoal.utils.text import harmless, is_formula


@pytest.mark.parametrize(
    "text",
    ["=cmd|' /C calc'!A0", "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0",
     "\t=1", "\r=1", "\n=1", "+SUM(1)", "="],
)  # fmt: skip
def test_a_formula_has_an_apostrophe_in_front(text):
    assert harmless(text) == "'" + text


@pytest.mark.parametrize(
    "cell", ["-5", "+1.5e3", "-", "+", "-ve", "+ve", "a=b", "", "007", "'=1", -3, 2.5, None, True]
)
def test_labels_that_nobody_runs_stay_as_they_are(cell):
    assert not is_formula(cell)
    assert harmless(cell) is cell
