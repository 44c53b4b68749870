"""The records of a study, of a trial and of each of its epochs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

State = Literal["waiting", "running", "completed", "stopped", "diverged", "failed"]
"""Where a trial stands.

``completed`` ran all its epochs, ``stopped`` was ended by a rule (early
stopping), ``diverged`` met a number that is not finite, ``failed`` ended for a
reason outside its mathematics. A trial is in exactly one state.
"""

Role = Literal["search", "confirm", "refit", "fold"]
"""``search``: proposed by the sampler. ``confirm``: a repetition of a trial on a fresh seed.
``refit``: the winner of a study with folds, trained on the rows of all of them. ``fold``: a
trial's network trained on all of an ensemble's folds but one."""


@dataclass(frozen=True)
class TrialRecord:
    """One trial.

    Attributes:
        id: 0, 1, 2, … in the order in which they were asked for.
        hyperparams: name → value, active ones only; numbers, strings, or for a
            choice among objects its label.
        point: what the sampler proposed, as plain data: enough to rebuild the
            trial's network from the study's space.
        seed: seed of its weights, batch order and noise.
        objective: the study's objective at the best epoch; smaller is better.
        metrics: validation metrics by name at the best epoch.
        best_epoch: 1-based epoch whose weights were kept.
        epochs: epochs that were run, those of the lineage included.
        first_bad_step: 0-based optimizer step at which the loss first was not finite.
        parameters: number of trainable numbers of its network.
        members: of a trial with several seeds or folds, the seed, fold and
            metrics of each at the best epoch; then ``metrics`` are their means. Of a
            network of an ensemble's folds its own.
        lineage: of a trial that began with the weights of another, and of what repeats
            it, how these were trained: in their order the trials, each with the last
            epoch of it, its hyperparams and its point. Its own hold after that.
        parent: for a confirmation, a refit or a fold, the trial it repeats; for one of the search,
            the trial whose weights it began with.
        started, ended: seconds since the study began.
    """

    id: int
    state: State
    hyperparams: dict[str, Any]
    point: dict[str, Any]
    seed: int
    role: Role = "search"
    parent: int | None = None
    objective: float | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    best_epoch: int | None = None
    epochs: int = 0
    first_bad_step: int | None = None
    parameters: int | None = None
    message: str | None = None
    started: float | None = None
    ended: float | None = None
    members: list[dict[str, Any]] = field(default_factory=list)
    lineage: list[dict[str, Any]] = field(default_factory=list)

    @property
    def spread(self) -> dict[str, float]:
        """The sample standard deviation of each metric over the members."""
        if len(self.members) < 2:
            return {}
        found = [member["metrics"] for member in self.members]
        return {m: float(np.std([one[m] for one in found], ddof=1)) for m in self.metrics}

    @property
    def schedule(self) -> list[dict[str, Any]]:
        """By which hyperparameters its weights were trained, where these changed on the way.

        One entry for each of its lineage and one for itself: ``trial``, the ``first``
        and ``last`` epoch (its own last is the one whose weights were kept), and the
        ``hyperparams`` that changed.
        """
        own = {"trial": self.id, "epoch": self.best_epoch or self.epochs,
               "hyperparams": self.hyperparams}  # fmt: skip
        parts = [*self.lineage, own] if self.lineage else []
        changed = [
            n for n in self.hyperparams if len({str(p["hyperparams"][n]) for p in parts}) > 1
        ]
        first = 1
        told = []
        for part in parts:
            values = {name: part["hyperparams"][name] for name in changed}
            told.append({"trial": part["trial"], "first": first, "last": part["epoch"],
                         "hyperparams": values})  # fmt: skip
            first = part["epoch"] + 1
        return told


def rank_key(trial: TrialRecord, objective: float | None = None) -> tuple[float, float, int]:
    """What a trial is ranked by, less is better: its objective, its loss, its number.

    Args:
        trial: one that has ended well.
        objective: stands for the trial's own, where that is missing.
    """
    own = objective if trial.objective is None else trial.objective
    assert own is not None
    loss = trial.metrics.get("loss", math.inf)
    return own, loss if math.isfinite(loss) else math.inf, trial.id


def ranked(trials: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Those of the trials that have an objective, the best first."""
    return sorted((trial for trial in trials if trial.objective is not None), key=rank_key)


@dataclass(frozen=True)
class EpochRecord:
    """One epoch of one trial.

    Attributes:
        trial: the trial's id.
        epoch: 1-based.
        train_loss: mean training loss over the epoch's examples.
        metrics: validation metrics by name after the epoch; ``loss`` is always there.
        seconds: seconds since the study began.
    """

    trial: int
    epoch: int
    train_loss: float
    metrics: dict[str, float]
    seconds: float


@dataclass(frozen=True)
class Checkpoint:
    """A trial in its lane, from which it goes on after a break.

    Attributes:
        trial: the trial's id.
        epoch: epochs that it had run.
        standing: what the host knew of it, as plain data.
        arrays: what the device held for it, in the order of the program's own trees.
    """

    trial: int
    epoch: int
    standing: dict[str, Any]
    arrays: tuple[np.ndarray[Any, Any], ...]


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
