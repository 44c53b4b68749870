"""What a study knows about itself before its first trial."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

STUDY_VERSION = 5
"""Version of the study format that this program writes; older ones it reads, newer ones it
refuses. Version 1 had no plan and no checkpoints, version 2 no members and no lineage,
version 3 no first points, version 4 no ensembles of folds."""


@dataclass(frozen=True)
class StudyHeader:
    """The fixed part of a study. Everything but `split` is plain data (JSON).

    Attributes:
        version: version of the file format, `STUDY_VERSION` for a new study.
        created: ISO 8601 date and time.
        seed: seed of the whole study.
        trials: number of trials asked for.
        objective: ``{"metric": name, "direction": "maximize" | "minimize"}``.
        space: the search space: ``{"hyperparameters": [...]}``.
        network: the family of networks, as its JSON.
        recipe: the recipe, as its JSON.
        dataset: name, digest, target, kind, task, rows per split, classes, input_shape.
        preprocessing: what was learned from the training split.
        split: which example went where, as the data layer encodes it.
        plan: how the search goes on, whatever it was asked for besides: sampler, first points,
            weights kept, fresh seeds, repeats, folds, an ensemble's folds, the limit of time,
            lanes, the class of the machine that it began on, seconds between checkpoints.
    """

    version: int
    created: str
    seed: int
    trials: int
    objective: dict[str, Any]
    space: dict[str, Any]
    network: dict[str, Any]
    recipe: dict[str, Any]
    dataset: dict[str, Any]
    preprocessing: dict[str, Any]
    split: bytes
    plan: dict[str, Any] = field(default_factory=dict)
