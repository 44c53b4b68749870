"""What each part of the default brings: errors relative to it, over sets, as Markdown.

The error of a variation on a set, the mean over splits, is divided by the default's; over
sets the geometric mean is told with its bootstrap interval. What is to be chosen is looked
at on rows of those to learn from (``inner``); the test rows are for a page that reports
what was chosen.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.tables.ledger import Key, Record
from benchmarks.tables.methods.table import PART
from benchmarks.tables.report import ABSENT, interval_told, line, of_cell
from benchmarks.tables.scores import error
from benchmarks.tables.sets import SETS
from benchmarks.tables.standing import interval, relative

DEFAULT = "default"


def relative_errors(records: Mapping[Key, Record], part: str) -> dict[str, float]:
    """By set, the logarithm of e / e of the default, on splits that both have."""
    found = {}
    for name in SETS:
        changed, base = (
            {int(r["split"]): error(r["scores"]) for r in of_cell(records, name, PART + which)}
            for which in (part, DEFAULT)
        )
        splits = sorted(set(changed) & set(base))
        if splits:
            means = [statistics.fmean(of[s] for s in splits) for of in (changed, base)]
            found[name] = float(relative(np.array(means[:1]), np.array(means[1:]))[0])
    return found


def ablation_table(records: Mapping[Key, Record], parts: Sequence[str]) -> list[str]:
    """A line a variation, those that bring most first."""
    told = {part: relative_errors(records, part) for part in parts if part != DEFAULT}
    told = {part: errors for part, errors in told.items() if errors}
    names = [name for name in SETS if any(name in errors for errors in told.values())]
    if not told:
        return ["There is nothing to set in relation to the default."]
    means = {part: interval(np.array(list(e.values())), np.exp) for part, e in told.items()}
    lines = [
        line("variation", "relative error", "better on", *names),
        line(*["---"] * (3 + len(names))),
    ]
    for part in sorted(told, key=lambda part: means[part].mean):
        errors = told[part]
        better = f"{sum(e < 0 for e in errors.values())} of {len(errors)}"
        cells = [f"{np.exp(errors[n]):.3f}" if n in errors else ABSENT for n in names]
        mean = interval_told(means[part], "{:.3f}".format)
        lines.append(line(part, mean, better, *cells))
    return lines
