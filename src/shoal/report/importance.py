"""How much a hyperparameter by itself explains of the differences between trials.

Trials are put in groups of similar values (fifths for a number, one group an
option), and their ranks by score are compared within and between the groups.
The share of the variance of the ranks that lies between groups, corrected for
the share that chance alone gives (epsilon squared), is the answer:

    (SS_between − (k − 1) · MS_within) / SS_total

Ranks make one terrible trial count no more than any other bad one, and groups
find a best value in the middle of a range, which a correlation does not see.
Trials that diverged rank last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from shoal.report.facts import Facts, Hyperparameter, real
from shoal.store import TrialRecord

_GROUPS = 5
_LEAST = 10  # trials; with fewer the answer would be noise

Column = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Group:
    """Trials of similar value.

    Attributes:
        low, high: smallest and largest value in it, for a number.
        option: the option, for a choice.
        score: the middle score; None where every trial diverged.
    """

    low: float | None
    high: float | None
    option: str | None
    score: float | None


@dataclass(frozen=True)
class Importance:
    """The answer for one hyperparameter.

    Attributes:
        share: from 0, nothing, to 1, everything.
        groups: by value.
        best: the group whose trials rank best on average.
    """

    share: float
    groups: tuple[Group, ...]
    best: Group


def importance(facts: Facts, axis: Hyperparameter) -> Importance | None:
    """Return what `axis` explains, or None where there are too few trials to tell."""
    trials = [
        trial
        for trial in facts.trials
        if trial.hyperparams.get(axis.name) is not None
        and (trial.id in facts.rank or trial.state == "diverged")
    ]
    if len(trials) < _LEAST:
        return None
    members = _members(axis, trials)
    members = [group for group in members if group]
    if len(members) < 2:
        return None
    last = len(facts.ranked)
    ranks = [np.array([float(facts.rank.get(t.id, last)) for t in group]) for group in members]
    groups = tuple(_group(facts, axis, group) for group in members)
    best = min(range(len(ranks)), key=lambda i: float(np.mean(ranks[i])))
    return Importance(_epsilon_squared(ranks), groups, groups[best])


def by_importance(facts: Facts) -> list[tuple[Hyperparameter, Importance | None]]:
    """Return all hyperparameters, the one that explains most first."""
    found = [(axis, importance(facts, axis)) for axis in facts.hyperparameters]
    return sorted(found, key=lambda pair: 1.0 if pair[1] is None else -pair[1].share)


def _members(axis: Hyperparameter, trials: list[TrialRecord]) -> list[list[TrialRecord]]:
    if not axis.numeric:
        return [
            [trial for trial in trials if str(trial.hyperparams[axis.name]) == option]
            for option in axis.options
        ]
    pairs = [(v, t) for t in trials if (v := real(t.hyperparams[axis.name])) is not None]
    count = min(_GROUPS, len(pairs) // 5)
    values = np.array([value for value, _ in pairs])
    edges = np.unique(np.quantile(values, np.linspace(0, 1, count + 1)[1:-1], method="lower"))
    places = np.searchsorted(edges, values)
    return [
        [trial for (_, trial), place in zip(pairs, places, strict=True) if place == i]
        for i in range(len(edges) + 1)
    ]


def _group(facts: Facts, axis: Hyperparameter, trials: list[TrialRecord]) -> Group:
    scores = [score for trial in trials if (score := facts.score(trial)) is not None]
    middle = float(np.median(scores)) if scores else None
    if not axis.numeric:
        return Group(None, None, str(trials[0].hyperparams[axis.name]), middle)
    values = [v for trial in trials if (v := real(trial.hyperparams[axis.name])) is not None]
    return Group(min(values), max(values), None, middle)


def _epsilon_squared(groups: list[Column]) -> float:
    everything = np.concatenate(groups)
    total = float(np.sum((everything - np.mean(everything)) ** 2))
    within = sum(float(np.sum((group - np.mean(group)) ** 2)) for group in groups)
    free = len(everything) - len(groups)
    if total == 0 or free <= 0:
        return 0.0
    return max(0.0, (total - within - (len(groups) - 1) * within / free) / total)
