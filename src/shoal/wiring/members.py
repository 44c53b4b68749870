"""The members of a trial: the seeds and the folds with which it is trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shoal.store import Role
from shoal.training import Member


@dataclass(frozen=True)
class Members:
    """What makes a trial several lanes.

    Attributes:
        repeats: seeds of a trial of the search.
        folds: of cross-validation; 0: none.
    """

    repeats: int = 1
    folds: int = 0

    @property
    def each(self) -> int:
        """Lanes that a trial of the search takes."""
        return self.repeats * max(self.folds, 1)

    def of(self, role: Role, seed: int, fold: int | None = None) -> tuple[Member, ...]:
        """The members of a trial, of which ``fold`` is that of a network of an ensemble.

        Trials of the search have the study's seed and, if they are repeated, others
        that all of them share. A confirmation is trained with one fresh seed; a
        refit on the rows of all folds; a network of an ensemble on all but its fold.
        """
        if role == "refit" or fold is not None:
            return (Member(seed, fold),)
        seeds = [seed, *_others(seed, self.repeats - 1)] if role == "search" else [seed]
        folds = range(self.folds) if self.folds else [None]
        return tuple(Member(s, fold) for s in seeds for fold in folds)


def _others(seed: int, count: int) -> list[int]:
    return [int(s) for s in np.random.SeedSequence([seed, 0x5EED]).generate_state(count)]
