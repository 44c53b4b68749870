"""Sentences of the report."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import sqrt
from statistics import NormalDist
from typing import Any

from shoal.report.facts import Facts, mapping, real, sequence
from shoal.report.wording import PERCENT, is_fraction, listed, metric_name, metric_text
from shoal.utils.text import number_text, plural


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


NONE = 0.0005
"""A share that is smaller is written as none."""


def optimism_sentence(
    winner: Mapping[str, Any], metric: str, *, maximize: bool, percent: bool = True
) -> str:
    """Return validation against test, and how much of the difference was luck of the search.

    Args:
        winner: the stored result.
        metric: the study's objective.
        maximize: whether more of it is better.
        percent: whether shares are in percent, as in the report, or numbers up to 1, as in the
            tables of the command.

    Returns:
        an empty string where nothing is known but what the search went by.
    """
    told = mapping(winner.get("optimism"))
    worse = {
        name: value if maximize else -value
        for name in ("test", "fresh_seeds", "folds")
        if (value := real(mapping(told.get(name)).get(metric))) is not None
    }
    parts = []
    if "test" in worse:
        chosen, found = (real(mapping(winner.get(k)).get(metric)) for k in ("validation", "test"))
        name = metric_name(metric, winner.get("positive"))
        parts.append(
            f"{name} {_value(metric, chosen, percent)} on the validation rows that it went by, "
            f"{_value(metric, found, percent)} on the test rows, "
            f"{_difference(metric, worse['test'], percent)}"
        )
    if "fresh_seeds" in worse:
        seeds = real(mapping(winner.get("confirmed")).get("seeds")) or 0
        parts.append(
            f"trained again on {plural(int(seeds), 'fresh seed')} "
            f"{_difference(metric, worse['fresh_seeds'], percent)} on the same validation rows"
        )
    if "folds" in worse:
        size = _size(metric, worse["folds"], percent)
        parts.append(f"choosing by the folds flatters the winner by about {size}")
    return f"Optimism of the search: {'; '.join(parts)}." if parts else ""


def _value(metric: str, value: float | None, percent: bool) -> str:
    return metric_text(metric, value) if percent else number_text(value, zeros=True)


def _difference(metric: str, worse: float, percent: bool) -> str:
    if _nothing(metric, worse):
        return "the same"
    return f"{_size(metric, worse, percent)} {'worse' if worse > 0 else 'better'}"


def _nothing(metric: str, value: float) -> bool:
    return abs(value) < NONE if is_fraction(metric) else value == 0


def _size(metric: str, value: float, percent: bool) -> str:
    """The size of a difference; of a share in percent, in percentage points."""
    if not (percent and is_fraction(metric)):
        return number_text(float(f"{abs(value):.2g}")) if math.isfinite(value) else "–"
    points = f"{100 * abs(value):.1f}"
    return f"{points} point" + ("" if points == "1.0" else "s")


CHOSEN = "chosen on validation"
"""What an ensemble of the search's own trials is."""

SPLITS = {"validation": "validation", "out_of_fold": "out-of-fold", "test": "test"}
"""Rows that ensembles may be scored on, and what they are called."""


def compared_by(metric: str, ensembles: Mapping[str, Any]) -> str:
    """Return the objective's metric; where a mean of networks has none, the first it has."""
    told = [mapping(one.get(split)) for one in ensembles.values() for split in SPLITS]
    first = next((metrics for metrics in told if metrics), {})
    return metric if metric in first or not first else str(next(iter(first)))


def splits_of(ensembles: Mapping[str, Any]) -> list[str]:
    """Return the rows of which metrics are known."""
    return [split for split in SPLITS if any(mapping(e.get(split)) for e in ensembles.values())]


def networks_text(told: Mapping[str, Any]) -> str:
    """Return what an ensemble is of, such as ``20 networks (4 configurations × 5 folds)``."""
    networks = plural(len(sequence(told.get("members"))), "network")
    if not mapping(told.get("of")):
        return f"{networks} ({CHOSEN})"
    of = {name: int(real(n) or 0) for name, n in mapping(told.get("of")).items()}
    parts = [plural(of.get("configurations", 0), "configuration")]
    parts.append(plural(of.get("folds", 0), "fold"))
    if of.get("seeds", 1) > 1:
        parts.append(plural(of["seeds"], "seed"))
    return f"{networks} ({' × '.join(parts)})"


def product_sentence(
    product: str, metric: str, ensembles: Mapping[str, Any], winner: Mapping[str, Any],
    *, percent: bool = False,
) -> str:  # fmt: skip
    """Return what the study hands over, beside what it does not; empty where that is no question.

    Args:
        product: its name among the ensembles, or ``single``.
        metric: the study's objective.
        ensembles: what is stored of them.
        winner: what is stored of the winner.
        percent: whether shares are in percent, as in the report.
    """
    told = mapping(ensembles.get("folds") or (ensembles.get(product)))
    if not told:
        return ""
    metric = compared_by(metric, ensembles)
    called = metric_name(metric, winner.get("positive"))
    split = "test" if mapping(told.get("test")) else "out_of_fold"
    together = real(mapping(told.get(split)).get(metric))
    alone = real(mapping(winner.get(split)).get(metric))
    write = _written(metric, percent=percent)
    score = "" if together is None else f": {called} {write(together)} on {_rows(split)}"
    beside = "" if alone is None else f", single network {write(alone)}"
    sentence = f"Ensemble of {networks_text(told)}{score}{beside}."
    if product != "single":
        return sentence
    return (
        f"{sentence} The model is the single network: the networks on folds were cut short, and "
        "are worse on the validation rows."
    )


def chosen_sentence(facts: Facts) -> str:
    """Return why the winner is not the trial with the best score; empty where it is."""
    if facts.winner is None or not facts.ranked or facts.ranked[0].id == facts.winner.id:
        return ""
    folds = real(mapping(facts.result.get("cross_validated")).get("folds"))
    seeds = real(mapping(facts.result.get("confirmed")).get("seeds"))
    again = plural(int(seeds), "fresh seed") if seeds else plural(int(folds or 0), "fold")
    if not (seeds or folds):
        return ""
    return (
        f"Trial {facts.winner.id} won and not trial {facts.ranked[0].id}: trained again on "
        f"{again}, it did best."
    )


def interval_sentence(
    product: str, metric: str, ensembles: Mapping[str, Any], winner: Mapping[str, Any],
    dataset: Mapping[str, Any], *, percent: bool = False,
) -> str:  # fmt: skip
    """Return how sure the test accuracy of what is handed over is; empty of other metrics.

    Args:
        product: its name among the ensembles, or ``single``, and so the next three as for
            `product_sentence`.
        metric: the study's objective.
        ensembles: what is stored of them.
        winner: what is stored of the winner.
        dataset: what the study tells of its data.
        percent: whether shares are in percent, as in the report.
    """
    told = mapping(ensembles.get(product)) or winner
    score = real(mapping(told.get("test")).get(metric))
    count = real(mapping(dataset.get("rows")).get("test"))
    counted = metric == "accuracy" and dataset.get("task") == "classification"
    if not counted or score is None or not count or dataset.get("weight") is not None:
        return ""
    low, high = share_interval(score, int(count))
    sure, between = "95 %", f"{low:.3f} to {high:.3f}"
    if percent:
        sure, between = f"95{PERCENT}", f"{100 * low:.1f} to {100 * high:.1f}{PERCENT}"
    of = _written(metric, percent=percent)(score)
    return (
        f"The {sure} confidence interval of the test accuracy {of} is {between} "
        f"({plural(int(count), 'test example')})."
    )


def share_interval(share: float, count: int) -> tuple[float, float]:
    r"""Return the 95 % confidence interval of a share of independent examples.

    .. math:: \frac{p + z^2 / 2n \pm z \sqrt{p (1 - p) / n + z^2 / 4 n^2}}{1 + z^2 / n}

    Args:
        share: p, of the examples that were counted.
        count: n, of them.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927).
    """
    z = NormalDist().inv_cdf(0.975)
    middle = share + z * z / (2 * count)
    half = z * sqrt(share * (1 - share) / count + z * z / (4 * count**2))
    whole = 1 + z * z / count
    return max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0)


def _written(metric: str, *, percent: bool) -> Callable[[float], str]:
    """How a sentence writes a metric: as the report does, or as the tables on the screen."""
    return partial(metric_text, metric) if percent else partial(number_text, zeros=True)


def _rows(split: str) -> str:
    return "test" if split == "test" else "rows that its networks had not seen"
