"""The facts of a report, read once from the study file and put in order.

A report shows what is there: a study that is still running, that was killed, or whose trials
all diverged has one too. So whatever comes from JSON may be missing, and is read with that in
mind.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shoal.report.wording import metric_name
from shoal.store import EpochRecord, StudyFile, StudyHeader, TrialRecord, rank_key

MAX_CURVES = 300
"""Trials drawn as lines; more would be a carpet, and a file of many megabytes."""

MAX_POINTS = 1500
"""Trials drawn as points."""


@dataclass(frozen=True)
class Hyperparameter:
    """One axis of the search space, as its range or its values in the trials tell."""

    name: str
    low: float | None
    high: float | None
    log: bool
    whole: bool
    options: tuple[str, ...]

    @property
    def numeric(self) -> bool:
        """Whether it is a number and not one of several options."""
        return self.low is not None and self.high is not None


@dataclass(frozen=True)
class Facts:
    """A study, ready to be told.

    Attributes:
        header: the study's header.
        trials: trials of the search proper, by id.
        confirmations: repetitions on fresh seeds.
        ranked: the trials with a score, best first.
        rank: trial id → place among the ranked, from 0.
        metric: name of the study's objective.
        maximize: whether more of it is better.
        hyperparameters: the axes of the space.
        winner: the winning trial, or the best so far; None where no trial has a score.
        result: what was stored about the winner; empty while the study runs.
        cost: what was stored about time and lanes.
        curves: epochs of the trials that are drawn as lines (`MAX_CURVES`).
        ensembles: what was stored about trials together.
        product: which of them is handed over, or ``single``.
        on_folds: networks of the best trials on an ensemble's folds.
        test_scored: number of trials, each time that the test split was scored.
    """

    header: StudyHeader
    trials: tuple[TrialRecord, ...]
    confirmations: tuple[TrialRecord, ...]
    ranked: tuple[TrialRecord, ...]
    rank: Mapping[int, int]
    metric: str
    maximize: bool
    hyperparameters: tuple[Hyperparameter, ...]
    winner: TrialRecord | None
    result: dict[str, Any]
    cost: dict[str, Any]
    curves: Mapping[int, tuple[EpochRecord, ...]]
    ensembles: Mapping[str, Any] = field(default_factory=dict)
    product: str = "single"
    on_folds: tuple[TrialRecord, ...] = ()
    test_scored: tuple[int, ...] = ()

    def score(self, trial: TrialRecord) -> float | None:
        """Return the trial's objective as the metric reads, or None where it has none."""
        return _score(trial, self.metric, self.maximize)

    def called(self, metric: str | None = None) -> str:
        """Return what a metric, the objective if None, is called, with the class it is of."""
        return called(self.header, metric)

    def points(self) -> list[TrialRecord]:
        """Return the scored trials that are drawn as points, the winner last."""
        return self.winner_last(thinned(self.ranked, MAX_POINTS)[::-1])

    def winner_last(self, trials: list[TrialRecord]) -> list[TrialRecord]:
        """Return trials in the order in which they are drawn: nothing covers the winner."""
        return sorted(trials, key=lambda trial: self.is_winner(trial.id))

    def count(self, state: str) -> int:
        """Return how many trials of the search are in a state."""
        return sum(trial.state == state for trial in self.trials)

    def is_winner(self, trial: int) -> bool:
        """Return whether this is the winning trial's id."""
        return self.winner is not None and trial == self.winner.id


def called(header: StudyHeader, metric: str | None = None) -> str:
    """Return what a study's metric, its objective if None, is called, with the class it is of."""
    name = str(header.objective.get("metric", "loss")) if metric is None else metric
    fitted = mapping(header.preprocessing)
    classes = sequence(fitted.get("classes"))
    if len(classes) != 2 or fitted.get("task") == "multi-label":
        return name
    return metric_name(name, str(fitted.get("positive", classes[1])))


def read_facts(study: StudyFile) -> Facts:
    """Read everything the report shows.

    Raises:
        StudyError: the file is damaged.
    """
    everything = study.trials()
    trials = tuple(trial for trial in everything if trial.role == "search")
    metric = str(study.header.objective.get("metric", "loss"))
    maximize = study.header.objective.get("direction") == "maximize"
    ranked = tuple(sorted(
        (t for t in trials if _score(t, metric, maximize) is not None),
        key=lambda t: rank_key(t, _objective(t, metric, maximize)),
    ))  # fmt: skip
    result = mapping(study.result("winner"))
    by_id = {trial.id: trial for trial in trials}
    winner = by_id.get(result.get("trial", -1), ranked[0] if ranked else None)
    drawn = {t.id for t in thinned(ranked, MAX_CURVES)}
    drawn |= {t.id for t in [t for t in trials if _score(t, metric, maximize) is None][:MAX_CURVES]}
    drawn |= {winner.id} if winner is not None else set()
    return Facts(
        header=study.header,
        trials=trials,
        confirmations=tuple(trial for trial in everything if trial.role == "confirm"),
        on_folds=tuple(trial for trial in everything if trial.role == "fold"),
        ranked=ranked,
        rank={trial.id: place for place, trial in enumerate(ranked)},
        metric=metric,
        maximize=maximize,
        hyperparameters=_hyperparameters(study.header.space, trials),
        winner=winner,
        result=result,
        ensembles=mapping(study.result("ensembles")),
        product=str(study.result("product") or "single"),
        cost=mapping(study.result("cost")),
        curves={t.id: _curve(study, t) for t in trials if t.id in drawn},
        test_scored=tuple(n for n in sequence(study.result("test_scored")) if isinstance(n, int)),
    )


def _curve(study: StudyFile, trial: TrialRecord) -> tuple[EpochRecord, ...]:
    """The epochs by which a trial's weights were trained, those of its lineage first."""
    before = trial.schedule[:-1]
    epochs = [
        epoch
        for part in before
        for epoch in study.history(part["trial"])
        if part["first"] <= epoch.epoch <= part["last"]
    ]
    born = before[-1]["last"] if before else 0
    return (*epochs, *(epoch for epoch in study.history(trial.id) if epoch.epoch > born))


def thinned(trials: tuple[TrialRecord, ...], limit: int) -> list[TrialRecord]:
    """Return at most `limit` of the ranked trials: the best half of that, then every n-th."""
    if len(trials) <= limit:
        return list(trials)
    best, rest = trials[: limit // 2], trials[limit // 2 :]
    every = math.ceil(len(rest) / (limit - len(best)))
    return [*best, *rest[::every]]


def mapping(value: Any) -> dict[str, Any]:
    """Return `value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """Return `value` if it is a JSON list, else an empty one."""
    return value if isinstance(value, list) else []


def real(value: Any) -> float | None:
    """Return `value` if it is a finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def _score(trial: TrialRecord, metric: str, maximize: bool) -> float | None:
    if trial.state in ("diverged", "failed"):
        return None
    value = real(trial.metrics.get(metric))
    if value is None and not maximize:
        value = real(trial.objective)
    return value


def _objective(trial: TrialRecord, metric: str, maximize: bool) -> float:
    """The score, as an objective that was not stored: less is better."""
    score = _score(trial, metric, maximize) or 0.0
    return -score if maximize else score


def _hyperparameters(
    space: dict[str, Any], trials: tuple[TrialRecord, ...]
) -> tuple[Hyperparameter, ...]:
    """The declared ones first, then those that only the trials know."""
    seen: dict[str, list[Any]] = {}
    declared = {}
    for entry in map(mapping, sequence(space.get("hyperparameters"))):
        if isinstance(entry.get("name"), str):
            declared[entry["name"]] = mapping(entry.get("range"))
            seen[entry["name"]] = []
    for trial in trials:
        for name, value in trial.hyperparams.items():
            seen.setdefault(name, []).append(value)
    return tuple(
        _hyperparameter(name, declared.get(name, {}), values) for name, values in seen.items()
    )


def _hyperparameter(name: str, declared: dict[str, Any], values: list[Any]) -> Hyperparameter:
    numbers = [v for v in map(real, values) if v is not None]
    options = [str(option) for option in sequence(declared.get("options"))]
    low, high = real(declared.get("low")), real(declared.get("high"))
    if low is None and not options and numbers and len(numbers) == len(values):
        low, high = min(numbers), max(numbers)
    if low is None or high is None or options:
        shown = dict.fromkeys([*options, *(str(value) for value in values)])
        return Hyperparameter(name, None, None, False, False, tuple(shown))
    low, high = min([low, *numbers]), max([high, *numbers])
    whole = declared.get("kind") == "int" or all(v.is_integer() for v in numbers)
    log = bool(declared.get("log")) and low > 0
    return Hyperparameter(name, low, high, log, whole, ())


WORDS = {"defaults": "defaults", "hand": "by hand", "prior": "experience"}
"""What each origin is called in a table."""


@dataclass(frozen=True)
class Origin:
    """A first point of a study, and how its trial did.

    Attributes:
        trial: its number.
        origin: defaults, hand or prior.
        rank: of the trial among those with a score, from 1; None without one.
        score: the study's metric, if there is one.
        study: of a prior's point, the earlier study's file.
        from_trial: and the number that it had there.
        from_rank: and its rank there.
    """

    trial: int
    origin: str
    rank: int | None
    score: float | None
    study: str | None = None
    from_trial: int | None = None
    from_rank: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        told: dict[str, Any] = {"trial": self.trial, "from": self.origin, "rank": self.rank}
        if self.study is not None:
            told |= {"study": self.study, "study_trial": self.from_trial,
                     "study_rank": self.from_rank}  # fmt: skip
        return told


def origins(facts: Facts) -> list[Origin]:
    """The first points whose trials there are: the search's trials are numbered as they came."""
    by_id = {trial.id: trial for trial in facts.trials}
    return [
        Origin(
            number,
            str(first.get("origin")),
            facts.rank[number] + 1 if number in facts.rank else None,
            facts.score(by_id[number]),
            first.get("study"),
            first.get("trial"),
            first.get("rank"),
        )
        for number, first in enumerate(map(mapping, sequence(facts.header.plan.get("first"))))
        if number in by_id
    ]


def sentences(facts: Facts, found: Sequence[Origin]) -> list[str]:
    """What the first points gave, one sentence for each origin."""
    told, winner = [], facts.winner.id if facts.winner is not None else None
    for origin, (one, many) in _SUBJECTS.items():
        points = [point for point in found if point.origin == origin]
        if not points:
            continue
        ranks = sorted(point.rank for point in points if point.rank is not None)
        subject = one if len(points) == 1 else many.format(len(points))
        if origin == "prior":
            subject += " from " + ", ".join(dict.fromkeys(str(p.study) for p in points))
        text = f"{subject}: {_ranks(ranks)} of {len(facts.ranked)}"
        if any(point.trial == winner for point in points):
            text += "; it won" if len(points) == 1 else "; one of them won"
        told.append(text + ".")
    return told


_SUBJECTS = {
    "defaults": ("The default hyperparameters", "{} sets of default hyperparameters"),
    "hand": ("The hyperparameters given by hand", "{} sets of hyperparameters given by hand"),
    "prior": ("One set of hyperparameters", "{} sets of hyperparameters"),
}


def _ranks(ranks: Sequence[int]) -> str:
    if not ranks:
        return "no rank"
    listed = ", ".join(map(str, ranks[:8])) + (", …" if len(ranks) > 8 else "")
    return f"rank{'s' if len(ranks) > 1 else ''} {listed}"
