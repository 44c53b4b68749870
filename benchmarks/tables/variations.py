"""Variations of the default for tables, for the ablation: each changes one part.

A variation takes what is trained by default and gives what is trained instead, or None
where it changes nothing for these data. `default` is what all are set in relation to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shoal import FeatureScale, PBLDEmbedding, Sequential
from shoal.data import Dataset
from shoal.network import Layer, Network
from shoal.training import EarlyStopping, Recipe
from shoal.training.losses import CrossEntropy
from shoal.training.optimizers import AdamW
from shoal.training.schedules import FlatCosine, MultiCycle, OneCycle


@dataclass(frozen=True)
class Trained:
    """What is trained.

    Attributes:
        network: without ranges.
        recipe: without ranges.
        data: training and validation rows.
        networks: how many of seeds of their own are averaged.
    """

    network: Network
    recipe: Recipe
    data: Dataset
    networks: int = 4


Variation = Callable[[Trained], Trained | None]

DEFAULT = "default"


def with_recipe(**changes: Any) -> Variation:
    """Fields of the recipe are others."""
    return lambda trained: replace(trained, recipe=replace(trained.recipe, **changes))


def before(*layers: Layer) -> Variation:
    """Layers come before the network."""
    return lambda trained: replace(trained, network=Sequential(*layers, trained.network))


def scaled(scaling: Any) -> Variation:
    """Numbers are scaled otherwise."""
    return lambda trained: replace(trained, data=trained.data.with_scaling(scaling))


def longer(factor: int) -> Variation:
    """More epochs, and as much more patience."""

    def changed(trained: Trained) -> Trained:
        recipe, stopping = trained.recipe, trained.recipe.early_stopping
        patience = None if stopping is None else EarlyStopping(patience=stopping.patience * factor)
        epochs = recipe.epochs * factor
        return replace(trained, recipe=replace(recipe, epochs=epochs, early_stopping=patience))

    return changed


def scheduled(schedule: Callable[[float], Any]) -> Variation:
    """A schedule for the learning rate, which then ends with the last epoch."""

    def changed(trained: Trained) -> Trained:
        recipe = trained.recipe
        rate = schedule(2.5 * float(recipe.optimizer.learning_rate))
        optimizer = replace(recipe.optimizer, learning_rate=rate)
        return replace(trained, recipe=replace(recipe, optimizer=optimizer, early_stopping=None))

    return changed


def faster_memory(trained: Trained) -> Trained | None:
    """AdamW's β₂ is 0.95."""
    optimizer = trained.recipe.optimizer
    if not isinstance(optimizer, AdamW):
        return None
    return with_recipe(optimizer=replace(optimizer, beta2=0.95))(trained)


def smoothed(trained: Trained) -> Trained | None:
    """A tenth of each label is spread over all classes."""
    if not isinstance(trained.recipe.loss, CrossEntropy):
        return None
    return with_recipe(loss=CrossEntropy(label_smoothing=0.1))(trained)


def then(*variations: Variation) -> Variation:
    """One after another; None where one of them is."""

    def changed(trained: Trained) -> Trained | None:
        result: Trained | None = trained
        for variation in variations:
            result = None if result is None else variation(result)
        return result

    return changed


VARIATIONS: Mapping[str, Variation] = {
    DEFAULT: lambda trained: trained,
    "one network": lambda trained: replace(trained, networks=1),
    "four times the epochs": longer(4),
    "one cycle": scheduled(OneCycle),
    "one cycle of four times the epochs": then(longer(4), scheduled(OneCycle)),
    "flat and then cosine, four times the epochs": then(longer(4), scheduled(FlatCosine)),
    "four cycles of four times the epochs": then(longer(4), scheduled(MultiCycle)),
    "robust scaling": scaled("robust"),
    "quantile scaling": scaled("quantile"),
    "learned scale of each feature": before(FeatureScale()),
    "PBLD embeddings": before(PBLDEmbedding()),
    "β₂ = 0.95": faster_memory,
    "label smoothing 0.1": smoothed,
}
