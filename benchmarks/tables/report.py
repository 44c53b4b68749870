"""The results as Markdown: scores set by set, and where methods stand over sets."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence

from benchmarks.tables.ledger import Key, Record
from benchmarks.tables.methods.table import METHODS, REFERENCE
from benchmarks.tables.scores import ACCURACY, LOG_LOSS, RMSE, error
from benchmarks.tables.sets import SETS
from benchmarks.tables.standing import Interval, standings, versus

Records = Mapping[Key, Record]

ABSENT = "-"


def of_cell(records: Records, name: str, method: str) -> list[Record]:
    """The splits of one set that a method was scored on."""
    return [r for key, r in sorted(records.items()) if (key.set, key.method) == (name, method)]


def complete(records: Records, methods: Sequence[str]) -> dict[str, list[str]]:
    """By method, the sets on which it has all splits that any of them has."""
    found: dict[str, list[str]] = {m: [] for m in methods}
    for name in SETS:
        splits = {m: {int(r["split"]) for r in of_cell(records, name, m)} for m in methods}
        every = set().union(*splits.values())
        for m in methods:
            if every and splits[m] == every:
                found[m].append(name)
    return found


def comparable(records: Records, methods: Sequence[str]) -> list[str]:
    """The methods with at least half as many complete sets as the one with most."""
    sets = {m: len(of) for m, of in complete(records, methods).items()}
    return [m for m in methods if 2 * sets[m] >= max(sets.values())]


def common(records: Records, methods: Sequence[str]) -> dict[str, dict[str, float]]:
    """Mean errors by method and set, on the sets on which all methods have the same splits."""
    has = complete(records, methods)
    whole = [name for name in SETS if all(name in has[m] for m in methods)]
    return {
        m: {
            name: statistics.fmean(error(r["scores"]) for r in of_cell(records, name, m))
            for name in whole
        }
        for m in methods
    }


def score_table(records: Records, methods: Sequence[str], score: str) -> list[str]:
    """Mean ± standard deviation over splits of one score, a line a set; the best in bold.

    What prints like the best is bold too; a method with fewer splits says so.
    """
    lines = [line("set", *methods), line(*["---"] * (len(methods) + 1))]
    least = score != ACCURACY
    for name in SETS:
        found = {m: of_cell(records, name, m) for m in methods}
        values = {
            m: [r["scores"][score] for r in rs] for m, rs in found.items()
            if rs and score in rs[0]["scores"]
        }  # fmt: skip
        if not values:
            continue
        means = {m: statistics.fmean(v) for m, v in values.items()}
        best = _told((min if least else max)(means.values()))
        most = max(map(len, values.values()))
        told = {m: _mean_and_sd(v, most, _told(means[m]) == best) for m, v in values.items()}
        lines.append(line(name, *(told.get(m, ABSENT) for m in methods)))
    return lines if len(lines) > 2 else []


def seconds_table(records: Records, methods: Sequence[str]) -> list[str]:
    """Mean seconds of fitting, a line a set; with a star where others kept the machine busy."""
    lines = [line("set", *methods), line(*["---"] * (len(methods) + 1))]
    for name in SETS:
        found = {m: of_cell(records, name, m) for m in methods}
        if not any(found.values()):
            continue
        lines.append(line(name, *(_seconds(found[m]) for m in methods)))
    return lines


def standing_table(records: Records, methods: Sequence[str]) -> list[str]:
    """A line a method over the sets that all of them have; who has few is left out."""
    asked, methods = methods, comparable(records, methods)
    few = [m for m in asked if m not in methods]
    table = common(records, methods)
    sets = list(table[methods[0]])
    if not sets:
        return [f"No set has all of {', '.join(methods)}."]
    errors = {m: [table[m][name] for name in sets] for m in methods}
    reference = REFERENCE if REFERENCE in methods else None
    found = standings(errors, reference)
    lines = [
        f"{len(sets)} sets that all of these have: {', '.join(sets)}.",
        *([f"Left out, with results on too few sets: {', '.join(few)}."] if few else []),
        "",
        line(
            "method", "mean rank", f"ahead of {REFERENCE} on", "normalized error", "relative error"
        ),
        line(*["---"] * 5),
    ]
    for m in sorted(methods, key=lambda m: found[m].rank.mean):
        s = found[m]
        ahead = ABSENT if reference in (None, m) else interval_told(s.ahead, "{:.0%}".format)
        relative = ABSENT if reference in (None, m) else interval_told(s.relative, "{:.3f}".format)
        lines.append(
            line(
                METHODS[m].title, interval_told(s.rank, "{:.2f}".format), ahead,
                interval_told(s.normalized, "{:.3f}".format), relative,
            )
        )  # fmt: skip
    return lines


def versus_table(records: Records, methods: Sequence[str]) -> list[str]:
    """Each of shoal's methods against each of the others, on the sets that the two have."""
    own = [m for m in methods if METHODS[m].own]
    lines = [
        line("", "against", "sets", "ahead", "behind", "its error / the other's"),
        line(*["---"] * 6),
    ]
    for first in own:
        for second in (m for m in methods if not METHODS[m].own):
            table = common(records, [first, second])
            errors = {m: list(table[m].values()) for m in table}
            if not errors[first]:
                continue
            ahead, behind, ratio = versus(errors, first, second)
            told = interval_told(ratio, "{:.3f}".format)
            lines.append(
                line(first, second, str(len(errors[first])), str(ahead), str(behind), told)
            )
    return lines if len(lines) > 2 else []


def report(records: Records, methods: Sequence[str] | None = None) -> str:
    """All tables.

    Args:
        records: the results.
        methods: which are compared; None: those that there are results of.
    """
    there = {key.method for key in records}
    methods = [m for m in METHODS if m in (there if methods is None else methods)]
    if not methods:
        return "There are no results."
    headed = {
        "Root mean squared error (lower is better)": score_table(records, methods, RMSE),
        "Accuracy (higher is better)": score_table(records, methods, ACCURACY),
        "Log loss (lower is better)": score_table(records, methods, LOG_LOSS),
        "Over sets": standing_table(records, methods),
        "In pairs": versus_table(records, methods),
        "Seconds of fitting (* others kept a tenth of a core or more busy)": seconds_table(
            records, methods
        ),
    }
    return "\n\n".join(
        f"**{head}**\n\n" + "\n".join(lines) for head, lines in headed.items() if lines
    )


def line(*cells: str) -> str:
    """A line of a table."""
    return "| " + " | ".join(cells) + " |"


def _mean_and_sd(values: Sequence[float], splits: int, best: bool) -> str:
    mean = _told(statistics.fmean(values))
    spread = f" ± {statistics.stdev(values):.2g}" if len(values) > 1 else ""
    few = f" ({len(values)} of {splits} splits)" if len(values) < splits else ""
    return (f"**{mean}**" if best else mean) + spread + few


def _told(mean: float) -> str:
    return f"{mean:.4g}"


def _seconds(records: Sequence[Record]) -> str:
    if not records:
        return ABSENT
    disturbed = any(r["others_load"] >= 0.1 for r in records)
    return f"{statistics.fmean(r['seconds'] for r in records):.3g}" + ("*" if disturbed else "")


def interval_told(value: Interval, told: Callable[[float], str]) -> str:
    """A mean with its interval."""
    return f"{told(value.mean)} ({told(value.low)} to {told(value.high)})"
