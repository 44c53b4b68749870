"""A study in a few lines, and as the small table that a notebook shows."""

from __future__ import annotations

import sqlite3
from html import escape
from typing import TYPE_CHECKING

from shoal.errors import StudyError
from shoal.utils.text import STATE_WORDS, number_text, of_trials_text, states_text

if TYPE_CHECKING:
    from shoal.store import TrialRecord
    from shoal.study import Study

BEST = 5
"""Trials in the table."""


def in_short(study: Study) -> str:
    """What was searched, how far it is, and the winner; of a closed one that it is closed."""
    try:
        return f"Study {study.path}\n  " + "\n  ".join(_lines(study))
    except (StudyError, sqlite3.Error):
        return f"Study {study.path}, closed"


def as_html(study: Study) -> str:
    """The same, and the best trials with their hyperparameters."""
    try:
        lines, best, names = _lines(study), _best(study), study.space.names()
    except (StudyError, sqlite3.Error):
        return f"<div>{escape(in_short(study))}</div>"
    told = "".join(f"<div>{escape(line)}</div>" for line in [f"Study {study.path}", *lines])
    if not best:
        return f"<div>{told}</div>"
    metric = str(study.header.objective["metric"])
    head = ["trial", f"validation {metric}", "epochs", "ended", *names]
    body = [
        [str(t.id), number_text(t.metrics.get(metric), zeros=True), str(t.epochs),
         STATE_WORDS[t.state], *(number_text(t.hyperparams.get(name)) for name in names)]
        for t in best
    ]  # fmt: skip
    rows = ["".join(f"<th>{escape(cell)}</th>" for cell in head)]
    rows += ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in body]
    table = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<div>{told}<table>{table}</table></div>"


def _lines(study: Study) -> list[str]:
    header, metric = study.header, str(study.header.objective["metric"])
    states = states_text(study.counts())
    lines = [f"search of {header.dataset['name']}: {states}{of_trials_text(header.trials, ',')}"]
    if study.file.result("winner") is None:
        return lines
    from shoal.report.sentences import product_sentence

    winner = study.winner
    scores = [
        f"{split} {metric} {number_text(winner[split].get(metric))}"
        for split in ("validation", "test")
        if winner.get(split)
    ]
    told = product_sentence(study.product, metric, study.ensembles, winner)
    return [
        *lines,
        f"winner: trial {winner['trial']}, {', '.join(scores)}",
        *([told] if told else []),
    ]


def _best(study: Study) -> list[TrialRecord]:
    from shoal.store import ranked

    return ranked(study.trials)[:BEST]
