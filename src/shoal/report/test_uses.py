"""How often the test split has been scored, in a sentence: each look spends some of it."""

from __future__ import annotations

from collections.abc import Sequence

from shoal.report.wording import listed
from shoal.wording import plural


def test_uses_sentence(scored: Sequence[int], *, interrupted: bool) -> str:
    """Return what was spent of the test split, and what was not.

    Args:
        scored: each time, the number of trials that there were.
        interrupted: whether the search was broken off and may go on.
    """
    times = "once" if len(scored) == 1 else f"{len(scored)} times"
    if not scored:
        later = "it is scored once the search has ended"
        return f"The test split is untouched: {later}." if interrupted else ""
    told = f"The test split has been scored {times}"
    if interrupted:
        after = listed([str(count) for count in scored])
        return f"{told}, after {after} trials; not again before the search has ended."
    if len(scored) == 1:
        return f"{told}, after {plural(scored[0], 'trial')}."
    after = listed([str(count) for count in scored])
    return (
        f"{told}, after {after} trials. Whoever chooses between these scores has no rows left "
        "that nobody has seen."
    )
