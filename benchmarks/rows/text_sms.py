"""How well messages are told from spam, beside TF-IDF and logistic regression.

A row of scores, not of times. `SMS_FILE` names the SMS Spam Collection: a label and a
message a line, separated by a tab. Repeated messages are left out before anything is
split. Each pair is another split; both sides learn from its training rows, choose by
its validation rows, and are scored once on its test rows.
"""

from __future__ import annotations

import os
import statistics
import sys
from pathlib import Path
from typing import Any

from benchmarks.harness import Row
from benchmarks.process import Side
from benchmarks.settings import Settings

FILE = "SMS_FILE"
"""The environment variable that names the messages."""

SHOAL, PEER = "benchmarks.sides.text", "benchmarks.peers.text"


def run(name: str, settings: Settings) -> Row | None:
    """Scores both sides on the same splits; None without the messages."""
    path = Path(os.environ.get(FILE, ""))
    if not path.is_file():
        print(f"{name}: set {FILE} to a file of messages", file=sys.stderr)
        return None
    pairs = settings.pairs_of(3)
    request = {"path": str(path.resolve()), "trials": 2 if settings.quick else 16}
    with Side(SHOAL) as shoal, Side(PEER) as peer:
        scores = [(shoal.ask(**request, seed=s), peer.ask(**request, seed=s)) for s in range(pairs)]
    ours, theirs = (_medians([pair[side] for pair in scores]) for side in (0, 1))
    return {
        "name": name,
        "shoal": ours["f1_spam"],
        "peer": theirs["f1_spam"],
        "unit": "F1 of spam, more is better",
        "ratio": None,
        "share": None,
        "pairs": pairs,
        "accuracy": {"shoal": ours["accuracy"], "peer": theirs["accuracy"]},
        "details": {"trials": request["trials"], "splits": scores},
    }


def _medians(answers: list[dict[str, Any]]) -> dict[str, float]:
    return {
        name: round(statistics.median(answer[name] for answer in answers), 4)
        for name in ("accuracy", "f1_spam")
    }
