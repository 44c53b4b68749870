"""What becomes of the best trials of a search.

Of tables and of few rows they are trained again on folds, for an ensemble. Of many pictures,
masks or texts those that the search has kept are an ensemble as they are. Where one asks for
it, or where answers cannot be averaged, they are trained again on fresh seeds, and the one that
does best there is handed over alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shoal.data import Dataset, Split
from shoal.data.folds import ensemble_folds, most_folds
from shoal.data.parts import VALIDATION
from shoal.errors import RecipeError
from shoal.network import Network, Softmax
from shoal.store.model_schema import MOST_MEMBERS as MOST_NETWORKS
from shoal.training import Recipe
from shoal.training.losses import Loss
from shoal.training.validity import values_of
from shoal.usual import (
    CONFIRM_SEEDS,
    ENSEMBLE_FOLDS,
    ENSEMBLE_SIZE,
    FEW_ROWS,
    OTHER_SIZE,
    seeds_within,
)
from shoal.wiring.checks import check_whole
from shoal.wiring.fold_ensembles import FoldEnsemble


@dataclass(frozen=True)
class Again:
    """What was asked for, with what is taken where nothing was.

    Attributes:
        confirm_seeds: fresh seeds of each finalist.
        ensemble: of networks on folds.
        together: whether the kept trials, as they are best together, are handed over.
    """

    confirm_seeds: int
    ensemble: FoldEnsemble
    together: bool = False

    @classmethod
    def of(
        cls,
        data: Dataset,
        parts: Split,
        confirm_seeds: int | None,
        folds: int | None,
        size: int | None,
        seeds: int,
        *,
        trials: int,
        averaged: bool,
        stored: Mapping[str, Any] | None,
    ) -> Again:
        """Fill in what was left out.

        Args:
            data: what is trained on.
            parts: its split; one that is in folds itself leaves no other.
            confirm_seeds: as `search` was given it, and so the next three.
            folds: of the ensemble.
            size: of it.
            seeds: of it.
            trials: of the search.
            averaged: whether the networks' answers can be averaged.
            stored: the plan of the study that goes on.

        Raises:
            RecipeError: numbers that are none, or folds within folds.
        """
        if size is None:
            size = ENSEMBLE_SIZE if data.kind == "table" else OTHER_SIZE
        check_whole(size, "ensemble_size", least=1)
        check_whole(seeds, "ensemble_seeds", least=1)
        if stored is not None and folds is None and confirm_seeds is None:
            ensemble = FoldEnsemble(**{"folds": 0, **stored.get("ensemble", {})})
            together = bool(stored.get("together", False))
            return cls(int(stored.get("confirm_seeds", CONFIRM_SEEDS)), ensemble, together)
        together = False
        if folds is None:
            usual = averaged and parts.folds is None and confirm_seeds is None
            usual = usual and not _steered_by_own_rows(data)
            on_folds = usual and (data.kind == "table" or _few(parts))
            folds, together = ENSEMBLE_FOLDS if on_folds else 0, usual and not on_folds
        else:
            check_whole(folds, "ensemble_folds", least=0)
            if folds:
                check_whole(folds, "ensemble_folds", least=2)
                _check_possible(parts, averaged=averaged)
        if folds:
            most = most_folds(data, parts)
            folds = min(folds, most) if most >= 2 else 0
        if confirm_seeds is None:
            confirm_seeds = 0 if folds or together else seeds_within(trials)
        check_whole(confirm_seeds, "confirm_seeds", least=0)
        if (networks := folds * size * seeds) > MOST_NETWORKS:
            raise RecipeError(
                "the networks of an ensemble are ensemble_folds × ensemble_size × ensemble_seeds",
                expected=f"at most {MOST_NETWORKS}",
                received=networks,
            )
        return cls(confirm_seeds, FoldEnsemble(int(folds), int(size), int(seeds)), together)

    @property
    def kept(self) -> int:
        """Trials whose weights have to be kept for it."""
        return self.ensemble.size if self.ensemble.folds else 0

    def split(self, data: Dataset, parts: Split) -> Split:
        """The split with the ensemble's folds beside it, if there are any."""
        folds = self.ensemble.folds
        return ensemble_folds(data, parts, folds) if folds else parts


def averages(family: Network, recipe: Recipe, data: Dataset) -> bool:
    """Whether the mean of several networks' answers is an answer.

    It is of values, and of probabilities, which come from a loss of probabilities or from
    a softmax at the end of the network.
    """
    if data.task == "regression":
        return True
    last = next(node for node in family.nodes if node.name == family.output)
    losses = values_of(recipe.loss)
    told = all(isinstance(loss, Loss) and loss.probabilities for loss in losses)
    return told or isinstance(last.layer, Softmax)


def _steered_by_own_rows(data: Dataset) -> bool:
    """Whether the data say themselves which rows steer.

    Who names them wants the model chosen by them: later days, other patients. On folds they
    would train as well, and networks would be stopped by rows that are nearer than these.
    """
    return data.parts is not None and bool((data.parts == VALIDATION).any())


def _few(parts: Split) -> bool:
    """Whether rows are so few that each of them should train, and that all should judge."""
    return len(parts.train) + len(parts.validation) < FEW_ROWS


def _check_possible(parts: Split, *, averaged: bool) -> None:
    """Raise RecipeError where an ensemble of folds was asked for that cannot be."""
    if parts.folds is not None:
        raise RecipeError(
            "an ensemble's folds are of a search that goes by one validation split",
            received="folds and ensemble_folds",
            hint="Leave one of them out.",
        )
    if not averaged:
        raise RecipeError(
            "an ensemble of classes averages probabilities, which come from cross entropy or a "
            "final softmax",
            received="a loss that gives none",
            hint="Use losses.CrossEntropy(), or ensemble_folds=0.",
        )
