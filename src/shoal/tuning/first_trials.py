"""How a search begins: the defaults, points by hand, what did well in earlier studies."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from shoal.errors import RecipeError, SpaceError, StudyError
from shoal.nn import Layer, Network
from shoal.nn.layers.activations import Activation
from shoal.report.facts import real
from shoal.samplers import FirstPoint
from shoal.samplers.first_points import Experience, distinct, points_from, snapped
from shoal.space import Choice, Point, Space, point_by_hand
from shoal.store import StudyFile, ranked
from shoal.study import Study

WarmStart = Sequence[str | os.PathLike[str] | Study]
"""Earlier studies: their files, or open ones."""


def from_experience(
    space: Space, warm_start: WarmStart, trials: int, room: int
) -> list[FirstPoint]:
    """The points that earlier studies give a search to begin with.

    Args:
        space: the search space.
        warm_start: the earlier studies.
        trials: number of points of the search.
        room: number of those that have no first point yet.

    Raises:
        StudyError: a study that cannot be read, that has no result, or that shares no
            hyperparameter with the space.
    """
    if isinstance(warm_start, str | os.PathLike | Study) or not isinstance(warm_start, Sequence):
        raise RecipeError(
            "warm_start is a list of studies",
            expected='for example ["old.study"]',
            received=repr(warm_start),
        )
    return list(points_from(space, [_experience(space, one) for one in warm_start], trials))[:room]


def _experience(space: Space, study: Any) -> Experience:
    if isinstance(study, Study):
        return _read(space, study.file)
    with StudyFile.open(study) as file:
        return _read(space, file)


def _read(space: Space, file: StudyFile) -> Experience:
    """The trials that did well; not those that are schedules, for these are no points."""
    ended = ranked(
        trial
        for trial in file.trials()
        if trial.role == "search" and real(trial.objective) is not None and not trial.lineage
    )
    if not ended:
        raise StudyError("an earlier study has results to begin with", where=str(file.path),
                         received="no trial that ended well")  # fmt: skip
    experience = Experience(file.path.name, [(trial.id, trial.hyperparams) for trial in ended])
    if all(snapped(space, trial.hyperparams) is None for trial in ended):
        there = sorted({name for trial in ended for name in trial.hyperparams})
        raise StudyError(
            "an earlier study has hyperparameters of the new one, by name",
            where=str(file.path),
            expected="some of " + (", ".join(space.names()) or "none, for nothing is searched"),
            received=", ".join(there) or "none",
        )
    return experience


InitialPoints = Sequence[Mapping[str, Any]]
"""Points as a caller writes them: names and values."""


def beginning(
    space: Space, initial_points: InitialPoints, trials: int, *, defaults: bool
) -> list[FirstPoint]:
    """The first points that do not depend on other studies, all different.

    Args:
        space: the search space.
        initial_points: points given by hand; what they leave out has its default.
        trials: number of points of the search.
        defaults: whether the point of the defaults comes before them.

    Raises:
        SpaceError: a point that is none of the space.
        RecipeError: more points than trials.
    """
    given = [FirstPoint(point, "hand") for point in _by_hand(space, initial_points)]
    points = [FirstPoint(space.default_point(), "defaults")] if defaults else []
    first = list(distinct([*points, *given]))
    if len(first) > trials and initial_points:
        what = "the defaults and the points given by hand" if defaults else "points given by hand"
        raise RecipeError(
            f"a search has a trial for {what}", expected=f"at least {len(first)}", received=trials,
            where="trials",
        )  # fmt: skip
    return first


def other_branches(space: Space) -> list[FirstPoint]:
    """The defaults of the other options of every choice among layers, but for activations.

    Such an option is a network by itself, and its defaults are the best that is known of it;
    a sampler would hardly come upon them. They come behind what was asked for, by hand or
    with earlier studies. How many are tried depends on the number of trials, what they are
    does not, so that a search can go on with more.
    """
    usual = space.default_point()
    points = []
    for entry in space:
        if entry.name in usual and isinstance(entry.range, Choice) and _of_layers(entry.range):
            options = range(len(entry.range.options))
            points += [space.filled({entry.name: i}) for i in options if i != usual[entry.name]]
    return [FirstPoint(point, "defaults") for point in points]


def _of_layers(choice: Choice) -> bool:
    layers = [isinstance(option, Layer | Network) for option in choice.options]
    return all(layers) and not all(isinstance(option, Activation) for option in choice.options)


def _by_hand(space: Space, given: Any) -> list[Point]:
    if isinstance(given, Mapping) or not isinstance(given, Sequence):
        raise RecipeError(
            "initial_points is a list of points",
            expected='for example [{"learning_rate": 0.01}]',
            received=repr(given),
        )
    points = []
    for place, values in enumerate(given):
        try:
            points.append(point_by_hand(space, values))
        except SpaceError as error:
            where = f"initial_points[{place}]"
            raise error.at(f"{where}: {error.where}" if error.where else where) from None
    return points
