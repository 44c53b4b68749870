"""What is trained on what: arguments left out are chosen, and all is checked beforehand."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shoal.augmentation.random_crop import tile_side
from shoal.data import Dataset, Prepared, Preprocessing, Split, Task, fold
from shoal.data.encode.character_ngrams import CharacterNGrams
from shoal.data.prepare import prepare
from shoal.data.splitting.own_parts import is_own_part
from shoal.data.splitting.split import Steering, split
from shoal.defaults.choose import default_network, default_recipe
from shoal.defaults.masks import TileSide
from shoal.engine import Objective, Recipe
from shoal.engine.loss_data import first_is_background, fitted_to, takes_standardized, tasks_of
from shoal.metrics import tasks_with
from shoal.nn import Network, with_features
from shoal.space import Space
from shoal.tuning.checks import check_no_folds
from shoal.tuning.token_checks import check_tokens, ngrams_of
from shoal.utils.default_values import TEST, VALIDATION

_OPEN: dict[str, Task] = {"classification": "regression", "regression": "classification"}

_WHAT = {"classification": "classes", "regression": "numbers"}


def with_implied_task(data: Dataset, objective: str | None, loss: Any = None) -> Dataset:
    """The data set, as numbers or as classes if what is asked for needs them so.

    Whole numbers may be either. An objective or a loss that is for the one only decides,
    unless a task was asked for; the data set's notes then tell.

    Args:
        data: what to train on.
        objective: name of a metric.
        loss: that of the recipe; may be a choice.
    """
    other = _OPEN.get(data.task)
    if not data.guessed or other is None:
        return data
    may = loss is None or other in tasks_of(loss)  # else objective and loss contradict each other
    if may and objective is not None and _decides(tasks_with(objective), data.task, other):
        why = f"the objective {objective} is for {_WHAT[other]}"
    elif loss is not None and _decides(tasks_of(loss), data.task, other):
        why = f"the loss is for {_WHAT[other]}"
    else:
        return data
    changed = data.with_task(other)
    # Still guessed: read again, the data are first what they look like.
    return replace(changed, guessed=True, notes=(f"taken as {other}: {why}", *changed.notes))


def _decides(tasks: set[str], task: str, other: str) -> bool:
    return task not in tasks and other in tasks


def resolve_arguments(
    network: Any, recipe: Any, data: Any, *, ranges: bool, objective: str | None = None
) -> tuple[Network, Recipe, Dataset]:
    """The network, the recipe and the data of a call such as ``search(data)``.

    Data may stand where the first argument that is left out would: ``search(data)``,
    ``search(family, data)``. A network or a recipe that is left out is the one that the
    command takes for such data, of the task that the objective or the recipe's loss asks for
    where the targets leave it open (`with_implied_task`). What is of a wrong kind stays in
    its place, for `shoal.tuning.checks.check_arguments` to refuse.

    Args:
        network: as it was given, and so the next two.
        recipe: how to train.
        data: what to train on.
        ranges: whether what is left out has ranges.
        objective: name of a metric, if one was given.
    """
    if data is None and isinstance(network, Dataset) and recipe is None:
        network, data = None, network
    elif data is None and isinstance(recipe, Dataset):
        recipe, data = None, recipe
    if isinstance(data, Dataset):
        loss = recipe.loss if isinstance(recipe, Recipe) else None
        data = with_implied_task(data, objective, loss)
        tile = requested_tile(network, recipe, data)
        network = default_network(data, ranges=ranges, tile=tile) if network is None else network
        recipe = default_recipe(data, ranges=ranges, tile=tile) if recipe is None else recipe
    return network, recipe, data


def requested_tile(network: Any, recipe: Any, data: Dataset) -> TileSide:
    """The side of the tiles that a segmentation's network or recipe asks for, if one is given.

    A recipe says it (`RandomCrop`); without one a network for smaller pictures does.
    """
    if data.task != "segmentation":
        return None
    if isinstance(recipe, Recipe):
        return tile_side(recipe.augmentation)
    if isinstance(network, Network) and network.input_shape is not None:
        return max(network.input_shape[:2], default=None)
    return "auto"


def on_data(network: Network, prepared: Prepared) -> Network:
    """The network for inputs of the data's shape, told which of their features are what.

    Raises:
        NetworkError: it was written for another shape, or the shape does not fit.
    """
    fitted = prepared.preprocessing
    network = with_features(network, fitted.numeric, fitted.categories)
    return network.with_input(prepared.input_shape)


if TYPE_CHECKING:
    import pandas as pd

    OwnPart = str | os.PathLike[str] | Dataset | tuple[Any, Any] | pd.DataFrame
else:
    OwnPart = Any  # pandas takes long to import
"""Rows of their own for validation or the test: a path, a data set, (x, y), or a DataFrame that
holds the target."""


def with_own_parts(
    data: Dataset, validation: Steering | OwnPart, test: float | OwnPart
) -> tuple[Dataset, Steering, float]:
    """The data with these rows behind its own, and what is drawn of its rows.

    Args:
        data: what to train on.
        validation: a share of its rows, their numbers, or rows of their own.
        test: a share, or rows of their own.

    Raises:
        DataError: rows that cannot be read, or are not like those for training.
    """
    given = {"validation": validation, "test": test}
    own: dict[str, Any] = {name: one for name, one in given.items() if is_own_part(one)}
    steering: Any = VALIDATION if "validation" in own else validation
    share: Any = TEST if "test" in own else test
    return (data.with_parts(**own) if own else data), steering, share


def split_rows(
    data: Dataset,
    seed: int,
    validation: Steering | OwnPart,
    test: float | OwnPart,
    folds: int | None = None,
) -> tuple[Dataset, Split]:
    """The data with the rows of their own behind them, and which row goes where.

    Args:
        data: what to train on.
        seed: of the split.
        validation: a share of its rows, their numbers, or rows of their own.
        test: a share, or rows of their own.
        folds: parts of a cross-validation; None: there is one validation split.

    Raises:
        DataError: rows that cannot be read, or too few of them.
        RecipeError: folds beside validation rows of their own.
    """
    data, steering, share = with_own_parts(data, validation, test)
    check_no_folds(data, folds)
    parts = split(data, seed=seed, validation=steering, test=share)
    return data, parts if folds is None else fold(data, parts, folds)


@dataclass(frozen=True)
class Preparation:
    """What a network and a recipe ask of the preprocessing.

    Attributes:
        standardize: whether the targets of a regression are standardized.
        second_is_positive: whether a loss takes the first of two classes for the background.
        tile: side of the tiles that a segmentation is trained on.
        ngrams: character n-grams that are read of texts beside their tokens.
    """

    standardize: bool
    second_is_positive: bool
    tile: int | None
    ngrams: CharacterNGrams | None

    @classmethod
    def of(cls, family: Network, recipe: Recipe) -> Preparation:
        """That of a family, which may have ranges."""
        return cls(
            takes_standardized(recipe), first_is_background(recipe),
            tile_side(recipe.augmentation), ngrams_of(family),
        )  # fmt: skip

    def apply(self, data: Dataset, parts: Split, fitted: Preprocessing | None = None) -> Prepared:
        """The data, prepared; by what was fitted before, if it was."""
        return prepare(
            data, parts, standardize=self.standardize, second_is_positive=self.second_is_positive,
            tile=self.tile, ngrams=self.ngrams, fitted=fitted,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Problem:
    """A family of networks on prepared data, and what decides which of them is the best.

    Attributes:
        family: for inputs of the data's shape; may have ranges.
        recipe: its losses fitted to the targets; may have ranges.
        prepared: the data.
        objective: what is optimized.
    """

    family: Network
    recipe: Recipe
    prepared: Prepared
    objective: Objective

    @classmethod
    def build(
        cls, family: Network, recipe: Recipe, data: Dataset, parts: Split, objective: str | None
    ) -> Problem:
        """Prepare the data, and fit the family and the recipe to them.

        Args:
            family: as it was given, and so the recipe.
            recipe: how to train.
            data: with targets.
            parts: which row goes where.
            objective: name of a metric; None: the task's usual one.

        Raises:
            DataError: a split that leaves nothing to train on.
            RecipeError: a loss that does not fit the targets, or no such metric.
            NetworkError: a network that does not fit the data.
        """
        prepared = Preparation.of(family, recipe).apply(data, parts)
        return cls.on(family, recipe, prepared, objective)

    @classmethod
    def on(
        cls, family: Network, recipe: Recipe, prepared: Prepared, objective: str | None
    ) -> Problem:
        """The same on data that were prepared for this family and recipe already."""
        positive = prepared.preprocessing.positive_index
        recipe = fitted_to(recipe, prepared.train.y, prepared.outputs, positive)
        check_tokens(family, prepared)
        goal = Objective.of(prepared.task, objective)
        return cls(on_data(family, prepared), recipe, prepared, goal)

    @classmethod
    def stored(
        cls, family: Network, recipe: Recipe, data: Dataset, parts: Split, objective: str | None,
        fitted: Preprocessing,
    ) -> Problem:  # fmt: skip
        """That of a study: family and recipe were fitted to the data before."""
        prepared = Preparation.of(family, recipe).apply(data, parts, fitted)
        return cls(family, recipe, prepared, Objective.of(prepared.task, objective))

    def space(self) -> Space:
        """The search space."""
        return Space(self.family, self.recipe)
