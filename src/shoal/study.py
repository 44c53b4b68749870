"""A study: what a search leaves behind, read from its file."""

from __future__ import annotations

import os
import shutil
import weakref
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from shoal.data import Dataset, Split
from shoal.errors import StudyError
from shoal.models.ensemble import Ensemble
from shoal.models.model import Model
from shoal.report.facts import Origin, origins, read_facts
from shoal.report.importance import by_importance
from shoal.space import Space
from shoal.store import StudyFile, StudyHeader, TrialRecord
from shoal.study_models import (
    family_of,
    greedy_of,
    origin,
    stored_ensemble,
    stored_model,
    stored_models,
)
from shoal.utils.text import states_text

if TYPE_CHECKING:
    import optuna
    import pandas as pd

    from shoal.analysis.contour import Contour
    from shoal.analysis.slices import Slices


class Study:
    """A search's trials, history, winner and cost.

    Args:
        file: the open study file.
        folder: a temporary folder that holds the file and goes with the study.
    """

    def __init__(self, file: StudyFile, folder: Path | None = None) -> None:
        self.file = file
        self._remove = folder and weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Study:
        """Open a study's file for reading.

        Raises:
            StudyError: no such file, or one that is no study or damaged.
        """
        return cls(StudyFile.open(path))

    @property
    def path(self) -> Path:
        """The study's file."""
        return self.file.path

    @property
    def header(self) -> StudyHeader:
        """What was fixed before the first trial."""
        return self.file.header

    @property
    def trials(self) -> list[TrialRecord]:
        """The trials that the sampler proposed, in the order of their numbers."""
        return [trial for trial in self.file.trials() if trial.role == "search"]

    def trials_dataframe(self) -> pd.DataFrame:
        """The search's trials as a table, one row each: see `shoal.analysis.trials_table`."""
        from shoal.analysis.trials_table import trials_table

        return trials_table(self.trials)

    def export(self, path: str | os.PathLike[str]) -> None:
        """Write the table of trials, as CSV or Parquet by the file's name.

        Raises:
            StudyError: another ending, a place that cannot be written, or no package
                for Parquet.
        """
        from shoal.analysis.trials_table import write_trials

        write_trials(self.trials_dataframe(), Path(path))

    def to_optuna(self) -> optuna.Study:
        """The search as a study of Optuna's, in memory: see `shoal.analysis.optuna_study`.

        Raises:
            StudyError: Optuna is not installed.
        """
        from shoal.analysis.optuna_study import to_optuna

        return to_optuna(self.file)

    def importance(self) -> dict[str, float | None]:
        """How much of the differences between trials each hyperparameter explains by itself.

        Returns:
            name → share from 0 to 1, the largest first; None where too few trials
            can tell. How it is estimated: see `shoal.report.importance`.
        """
        found = by_importance(read_facts(self.file))
        return {of.name: None if told is None else told.share for of, told in found}

    def slices(self, *names: str) -> Slices:
        """The score against each of some hyperparameters, or all: see `shoal.analysis.slices`.

        Raises:
            StudyError: the study has no such hyperparameters, or no trial with a score.
        """
        from shoal.analysis.slices import slices

        return slices(read_facts(self.file), names)

    def contour(self, first: str, second: str) -> Contour:
        """The score over two hyperparameters: see `shoal.analysis.contour`.

        Raises:
            StudyError: the study has no such hyperparameters, or too few trials with both.
        """
        from shoal.analysis.contour import contour

        return contour(read_facts(self.file), first, second)

    def beginning(self) -> list[Origin]:
        """The first points, where they came from, and how their trials did."""
        return origins(read_facts(self.file))

    def counts(self) -> dict[str, int]:
        """Number of the search's trials by state."""
        states = ("waiting", "running", "completed", "stopped", "diverged", "failed")
        found = self.file.counts("search")
        return {state: found.get(state, 0) for state in states}

    @property
    def disk_use(self) -> dict[str, int]:
        """Bytes that the study takes: in total, of weights, and of checkpoints."""
        return self.file.disk_use()

    @property
    def winner(self) -> dict[str, Any]:
        """The winner: trial, hyperparameters, metrics on each split and on fresh seeds.

        Raises:
            StudyError: no trial has ended yet.
        """
        found: dict[str, Any] | None = self.file.result("winner")
        if found is None:
            raise StudyError("a study has a winner once a trial has ended", where=str(self.path))
        return found

    @property
    def best_params(self) -> dict[str, Any]:
        """The winner's hyperparameters by name; of a choice, the option's label.

        Raises:
            StudyError: no trial has ended yet.
        """
        return dict(self.file.trial(int(self.winner["trial"])).hyperparams)

    @property
    def best_value(self) -> float:
        """The winner's validation metric, in that metric's own sense: of accuracy more is better.

        Raises:
            StudyError: no trial has ended yet.
        """
        record = self.file.trial(int(self.winner["trial"]))
        return float(record.metrics[str(self.header.objective["metric"])])

    @property
    def confirmed(self) -> dict[str, Any] | None:
        """The winner's validation metrics on fresh seeds: mean and standard deviation of each.

        ``"seeds"`` tells how many; None where the winner was not confirmed.
        """
        return self.winner.get("confirmed")

    @property
    def confirmed_test(self) -> dict[str, Any] | None:
        """The same on the test split: what the winner's hyperparameters are worth, luck aside.

        None where the winner was not confirmed, with folds, and without a test split.
        """
        return self.winner.get("confirmed_test")

    @property
    def test_scored(self) -> list[int]:
        """Each time that the test split was scored, the number of trials that there were.

        A search that has ended scores it once, one that went on with more trials once more.
        """
        return list(self.file.result("test_scored") or ())

    @property
    def cost(self) -> dict[str, Any]:
        """Seconds, compilations, lanes and occupancy."""
        return self.file.result("cost") or {}

    @property
    def space(self) -> Space:
        """The search space."""
        return Space(*family_of(self.header))

    @property
    def best_model(self) -> Model:
        """The winner's network with the very weights that won.

        Raises:
            StudyError: no trial has ended yet.
        """
        winner = self.winner
        info = {"trial": winner["trial"], **origin(self.file, winner)}
        return self.model(int(winner.get("weights", winner["trial"])), info)

    @property
    def product(self) -> str:
        """What the study hands over (`model`).

        ``"folds"`` or ``"greedy"``, one of its `ensembles`, or ``"single"``, the winner.
        """
        return str(self.file.result("product") or "single")

    @overload
    def model(self, trial: int, info: dict[str, Any] | None = None) -> Model: ...
    @overload
    def model(self, trial: None = None, *, single: Literal[True]) -> Model: ...
    @overload
    def model(self, trial: None = None, *, single: bool = False) -> Model | Ensemble: ...

    def model(
        self,
        trial: int | None = None,
        info: dict[str, Any] | None = None,
        *,
        single: bool = False,
    ) -> Model | Ensemble:
        """What the search has found, ready to predict.

        Where networks were trained on folds, it is their ensemble, unless these were cut
        short and it is worse on validation rows than the winner. Of many pictures, masks or
        texts it is the ensemble of the kept trials, unless that is worse there; else it is the
        winner (`product`).

        Args:
            trial: a trial's number: its network, with its best weights.
            info: where that comes from, if it is known better.
            single: whether it is to be one network: the winner.

        Raises:
            StudyError: no trial has ended yet; no such trial, or its weights were not among
                those kept, or are of another network.
        """
        if trial is None:
            alone = single or self.product == "single"
            return self.best_model if alone else self.best_ensemble
        return stored_model(self.file, trial, info)

    def ensemble(self, k: int = 3) -> Ensemble:
        """The k best trials together, with the weights that the search found.

        Raises:
            StudyError: the study does not keep so many weights.
            ModelError: they give no probabilities.
        """
        told = self.ensembles.get("best", {})
        together = Ensemble.of(stored_models(self.file, k))
        same = len(told.get("members", ())) == k
        return replace(together, info=origin(self.file, told if same else {}))

    def greedy_ensemble(self, data: Dataset) -> Ensemble:
        """The kept trials as they are best together on the validation rows of the data.

        What it reaches on these rows is too good; `Ensemble.evaluate` on the test rows
        of `split` is not. The search has chosen it already: `best_ensemble`.

        Raises:
            StudyError: there is no trial, or its rows are in folds, so that each trial
                has trained on all of them.
            ModelError: the trials give no probabilities.
        """
        return greedy_of(self.file, data)

    @property
    def ensembles(self) -> dict[str, Any]:
        """The ensembles that the search has scored beside its winner, as plain data.

        ``"folds"``: networks of the best trials on folds, chosen by what they predict of
        rows that they have not seen (metrics ``out_of_fold``). Without these ``"best"``: the
        kept trials alike; ``"greedy"``: those that are best together on the validation rows.
        Of each the members with their shares, and metrics. Empty where there are none: fewer
        than two trials, or no probabilities.
        """
        return self.file.result("ensembles") or {}

    @property
    def best_ensemble(self) -> Ensemble:
        """The ensemble that the search chose: no data are needed.

        It is that of networks on folds, or else the greedy one; with cross-validation, which
        leaves no rows to choose on, the kept trials alike.

        Raises:
            StudyError: the search has made none.
        """
        return stored_ensemble(self.file)

    def split(self) -> Split:
        """Which rows of the data set went where."""
        return Split.from_bytes(self.header.split)

    def report(self, out: str | os.PathLike[str]) -> None:
        """Write the report, one HTML file."""
        from shoal.report import write_report

        write_report(self.file, Path(out))

    def close(self) -> None:
        """Close the file; one that nobody asked for (``study=None``) is then gone."""
        self.file.close()
        if self._remove:
            self._remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __str__(self) -> str:
        return f"study {self.path}: {states_text(self.counts())}"

    def __repr__(self) -> str:
        from shoal.study_summary import in_short

        return in_short(self)

    def _repr_html_(self) -> str:
        from shoal.study_summary import as_html

        return as_html(self)
