"""What a recipe's losses need to know of the data before training."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from shoal.engine.recipe import Recipe
from shoal.errors import RecipeError
from shoal.losses import Loss, WeightedSum
from shoal.losses.classification import BALANCED, ClassLoss
from shoal.losses.lovasz import LovaszHinge
from shoal.losses.overlap import OverlapLoss
from shoal.space import Choice
from shoal.space.checks import values_of


def takes_standardized(recipe: Recipe) -> bool:
    """Whether the recipe's loss takes a regression's targets standardized.

    Raises:
        RecipeError: some of the losses that it chooses among do, and some do not.
    """
    ways = {loss.standardized for loss in values_of(recipe.loss)}
    if len(ways) > 1:
        raise RecipeError(
            "losses to choose among take their targets alike, standardized or as they are",
            where="recipe.loss",
            received=", ".join(type(loss).__name__ for loss in values_of(recipe.loss)),
            hint="Run a search for each.",
        )
    return bool(ways.pop())


def tasks_of(loss: Any) -> set[str]:
    """The tasks that a loss is for; of a range those that all of its options are for.

    Args:
        loss: a loss, or a choice among losses.
    """
    return set.intersection(*(set(option.tasks) for option in _single_losses(loss)))


def first_is_background(recipe: Recipe) -> bool:
    """Whether a loss of the recipe judges every class but the first, or the second alone."""
    return any(
        isinstance(loss, LovaszHinge) or (isinstance(loss, OverlapLoss) and not loss.background)
        for loss in _single_losses(recipe.loss)
    )


def _single_losses(loss: Any) -> Iterator[Loss]:
    """The losses among options and in sums."""
    for option in values_of(loss):
        if isinstance(option, WeightedSum):
            for part in option.parts:
                yield from _single_losses(part)
        else:
            yield option


def fitted_to(recipe: Recipe, targets: np.ndarray, classes: int, positive: int = 1) -> Recipe:
    r"""The recipe, its losses checked against the targets, with numbers for balanced weights.

    .. math:: w_k = \frac{n}{K n_k}

    with n_k of the n known labels of K classes in the training split; a class that
    does not occur is weighted as if it did once.

    Args:
        recipe: may hold ranges.
        targets: of the training split: classes or masks.
        classes: K.
        positive: of two classes the place of the one that metrics are of.

    Raises:
        RecipeError: a loss leaves the positive class out, or the targets are not what
            a loss is for.

    Source: King and Zeng, *Logistic regression in rare events data* (2001).
    """
    if classes == 2 and positive == 0 and first_is_background(recipe):
        raise RecipeError(
            "a loss that takes the first of two classes for the background trains the second",
            where="recipe.loss",
            received="the first as the positive class",
            hint="Take a loss of both, such as losses.Dice(), or name the other class.",
        )
    for option in values_of(recipe.loss):
        option.check_targets(targets)
    loss = _weighted(recipe.loss, targets, classes)
    return recipe if loss is recipe.loss else dataclasses.replace(recipe, loss=loss)


def with_loss_weights(recipe: Recipe, weights: tuple[float, ...] | str) -> Recipe:
    """The recipe with these class weights in all of its losses over classes.

    Raises:
        RecipeError: it has no such loss.
    """
    loss = _with_weights(recipe.loss, weights)
    if loss is recipe.loss:
        raise RecipeError(
            "class weights are for losses over classes, such as CrossEntropy",
            received=type(recipe.loss).__name__,
            where="recipe.loss",
        )
    return dataclasses.replace(recipe, loss=loss)


def has_class_weights(recipe: Recipe) -> bool:
    """Whether some loss of the recipe has class weights."""
    return any(
        getattr(part, "class_weights", None) is not None
        for loss in values_of(recipe.loss)
        for part in (loss.parts if isinstance(loss, WeightedSum) else (loss,))
    )


def _with_weights(loss: Any, weights: tuple[float, ...] | str) -> Any:
    """The loss, choice or sum with these weights; itself where no part is over classes."""
    if isinstance(loss, Choice):
        options = tuple(_with_weights(option, weights) for option in loss.options)
        same = all(new is old for new, old in zip(options, loss.options, strict=True))
        return loss if same else Choice(*options, name=loss.name)
    if isinstance(loss, WeightedSum):
        parts = tuple(_with_weights(part, weights) for part in loss.parts)
        same = all(new is old for new, old in zip(parts, loss.parts, strict=True))
        return loss if same else dataclasses.replace(loss, parts=parts)
    if isinstance(loss, ClassLoss):
        return dataclasses.replace(loss, class_weights=weights)
    return loss


def _weighted(loss: Any, targets: np.ndarray, classes: int) -> Loss | Choice:
    """The loss, or the choice among losses, with numbers; itself where there is nothing to do."""
    if isinstance(loss, Choice):
        options = tuple(_weighted(option, targets, classes) for option in loss.options)
        same = all(new is old for new, old in zip(options, loss.options, strict=True))
        return loss if same else Choice(*options, name=loss.name)
    if isinstance(loss, WeightedSum):
        parts = tuple(_weighted(part, targets, classes) for part in loss.parts)
        same = all(new is old for new, old in zip(parts, loss.parts, strict=True))
        return loss if same else dataclasses.replace(loss, parts=parts)
    if isinstance(loss, ClassLoss) and loss.class_weights == BALANCED:
        weights = _balance(targets, classes, loss.ignore_label)
        return dataclasses.replace(loss, class_weights=weights)
    return loss  # type: ignore[no-any-return]  # a Loss


def _balance(targets: np.ndarray, classes: int, ignored: int) -> tuple[float, ...]:
    if targets.dtype.kind != "i" or targets.ndim == 2:
        raise RecipeError(
            "balanced class weights are for classes",
            where="recipe.loss.class_weights",
            hint="Give numbers; of several labels, positive_weight says how much a yes counts.",
        )
    known = targets[(targets >= 0) & (targets < classes) & (targets != ignored)]
    counts = np.bincount(known, minlength=classes)
    return tuple((known.size / (classes * np.maximum(counts, 1))).tolist())
