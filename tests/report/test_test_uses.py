"""What is told of how often the test split was scored."""

import pytest

from shoal.report.sentences import test_uses_sentence as sentence


@pytest.mark.parametrize(
    ("scored", "interrupted", "told"),
    [
        ((), False, ""),
        ((), True, "The test split is untouched: it is scored once the search has ended."),
        ((8,), False, "The test split has been scored once, after 8 trials."),
        (
            (8,), True,
            "The test split has been scored once, after 8 trials; not again before the search "
            "has ended.",
        ),
        (
            (8, 16), False,
            "The test split has been scored 2 times, after 8 and 16 trials. Whoever chooses "
            "between these scores has no rows left that nobody has seen.",
        ),
    ],
)  # fmt: skip
def test_it_is_said_what_was_spent(scored, interrupted, told):
    assert sentence(scored, interrupted=interrupted) == told
