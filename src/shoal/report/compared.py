"""What ensembles and the winner are compared by, and which of them is handed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import sqrt
from statistics import NormalDist
from typing import Any

from shoal.report.facts import Facts, mapping, real, sequence
from shoal.report.wording import PERCENT, metric_name, metric_text
from shoal.wording import number_text, plural

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
