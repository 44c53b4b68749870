"""What the points that came before the sampler's were worth: defaults, by hand, from experience."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shoal.report.facts import Facts, mapping, sequence

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
