"""Earlier studies, read for what did well in them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from shoal.errors import RecipeError, StudyError
from shoal.report.facts import real
from shoal.samplers import FirstPoint
from shoal.samplers.experience import Experience, points_from, snapped
from shoal.space import Space
from shoal.store import StudyFile
from shoal.study import Study

Prior = Sequence[str | os.PathLike[str] | Study]
"""Earlier studies: their files, or open ones."""


def from_experience(space: Space, prior: Prior, trials: int, room: int) -> list[FirstPoint]:
    """The points that earlier studies give a search to begin with.

    Args:
        space: the search space.
        prior: the earlier studies.
        trials: number of points of the search.
        room: number of those that have no first point yet.

    Raises:
        StudyError: a study that cannot be read, that has no result, or that shares no
            hyperparameter with the space.
    """
    if isinstance(prior, str | os.PathLike | Study) or not isinstance(prior, Sequence):
        raise RecipeError(
            "prior is a list of studies", expected='for example ["old.study"]', received=repr(prior)
        )
    return list(points_from(space, [_experience(space, one) for one in prior], trials))[:room]


def _experience(space: Space, study: Any) -> Experience:
    if isinstance(study, Study):
        return _read(space, study.file)
    with StudyFile.open(study) as file:
        return _read(space, file)


def _read(space: Space, file: StudyFile) -> Experience:
    """The trials that did well; not those that are schedules, for these are no points."""
    ended = [
        (trial.objective, trial.metrics.get("loss", 0.0), trial.id, trial.hyperparams)
        for trial in file.trials()
        if trial.role == "search" and real(trial.objective) is not None and not trial.lineage
    ]
    if not ended:
        raise StudyError("an earlier study has results to begin with", where=str(file.path),
                         received="no trial that ended well")  # fmt: skip
    ended.sort(key=lambda trial: trial[:3])
    found = Experience(file.path.name, [(number, given) for *_, number, given in ended])
    if all(snapped(space, given) is None for _, given in found.trials):
        there = sorted({name for _, given in found.trials for name in given})
        raise StudyError(
            "an earlier study has hyperparameters of the new one, by name",
            where=str(file.path),
            expected="some of " + (", ".join(space.names()) or "none, for nothing is searched"),
            received=", ".join(there) or "none",
        )
    return found
