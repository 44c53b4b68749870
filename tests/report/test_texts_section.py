"""Messages in the report: what is shown of them, and what is left out."""

from __future__ import annotations

import pytest

from shoal.report.facts import Facts
from shoal.report.sections.examples import draw_messages, read_messages

ENTRY = {"row": 4, "text": "win <b>now</b>", "cut": True, "true": 0, "predicted": 1, "lead": 2.0}


def told(*entries: object) -> Facts:
    """Facts of nothing else."""
    result = {"messages": list(entries), "classes": ["ham", "spam"]}
    return Facts(*[None] * 9, result=result, cost={}, curves={})


def test_mistakes_come_first_and_texts_stay_texts():
    right = {**ENTRY, "row": 5, "text": "at home", "cut": False, "predicted": 0}
    drawn = str(draw_messages(told(right, ENTRY)))
    assert "win &lt;b&gt;now&lt;/b&gt; …" in drawn
    assert drawn.index("Read wrongly") < drawn.index("win") < drawn.index("Read rightly")
    assert "2 test texts" in drawn
    assert "<td>ham</td><td>spam</td>" in drawn


def test_without_mistakes_there_are_none_to_show():
    drawn = str(draw_messages(told({**ENTRY, "predicted": 0, "text": ""})))
    assert "Read wrongly" not in drawn
    assert "(empty)" in drawn
    assert draw_messages(told()) is None


@pytest.mark.parametrize(
    "change",
    [{"text": 3}, {"row": None}, {"row": 1.5}, {"true": 2}, {"true": -1}, {"predicted": "spam"},
     {"predicted": 0.5}],
)  # fmt: skip
def test_what_makes_no_sense_is_left_out(change):
    assert read_messages(told({**ENTRY, **change}, "nothing")) == []
