"""Variations of the default for tables, for the ablation: each changes one part.

A variation takes what is trained by default and gives what is trained instead, or None
where it changes nothing for these data. `default` is what all are set in relation to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shoal import (
    BatchEnsemble,
    Dense,
    FeatureScale,
    MemberDense,
    MemberMean,
    Members,
    PBLDEmbedding,
    Sequential,
    identity,
)
from shoal.data import Dataset
from shoal.engine import EarlyStopping, Recipe
from shoal.losses import CrossEntropy
from shoal.nn import Layer, Network
from shoal.optimizers import AdamW
from shoal.schedules import FlatCosine, MultiCycle


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


def scaled(scaling: Any) -> Variation:
    """Numbers are scaled otherwise."""
    return lambda trained: replace(trained, data=trained.data.with_scaling(scaling))


def numbers_by(layer: Layer) -> Variation:
    """The network's first layer, which takes the numbers, is another."""

    def changed(trained: Trained) -> Trained:
        rest = [node.layer for node in trained.network.nodes[1:]]
        return replace(trained, network=Sequential(layer, *rest))

    return changed


def with_units(units: int) -> Variation:
    """Hidden layers have so many units."""

    def changed(trained: Trained) -> Trained:
        *layers, last = [node.layer for node in trained.network.nodes]
        wide = [Dense(units) if isinstance(layer, Dense) else layer for layer in layers]
        return replace(trained, network=Sequential(*wide, last))

    return changed


def with_members(members: int) -> Variation:
    """TabM: so many networks that share their weights but for scales and heads."""

    def changed(trained: Trained) -> Trained:
        first, *layers, last = [node.layer for node in trained.network.nodes]
        shared, seen = [], False
        for layer in layers:
            dense = isinstance(layer, Dense)
            shared.append(BatchEnsemble(layer.units, scale_in=seen) if dense else layer)
            seen = seen or dense
        heads = (MemberDense(last.units), MemberMean())
        return replace(trained, network=Sequential(first, Members(members), *shared, *heads))

    return changed


def epochs_times(factor: float) -> Variation:
    """More epochs or fewer, and as much more patience."""

    def changed(trained: Trained) -> Trained:
        recipe, stopping = trained.recipe, trained.recipe.early_stopping
        epochs = max(round(recipe.epochs * factor), 1)
        patience = None if stopping is None else max(round(stopping.patience * factor), 1)
        stopped = None if patience is None else EarlyStopping(patience=patience)
        return replace(trained, recipe=replace(recipe, epochs=epochs, early_stopping=stopped))

    return changed


def scheduled(schedule: Callable[[float], Any]) -> Variation:
    """Another schedule of the learning rate, with the same peak."""

    def changed(trained: Trained) -> Trained:
        optimizer = trained.recipe.optimizer
        rate = schedule(float(optimizer.learning_rate.peak))
        return with_recipe(optimizer=replace(optimizer, learning_rate=rate))(trained)

    return changed


def slower_memory(trained: Trained) -> Trained | None:
    """AdamW's β₂ is 0.999, as it usually is."""
    optimizer = trained.recipe.optimizer
    if not isinstance(optimizer, AdamW):
        return None
    return with_recipe(optimizer=replace(optimizer, beta2=0.999))(trained)


def scaled_behind(trained: Trained) -> Trained:
    """Each number that comes from the bins has a scale that is learned."""
    first, *rest = [node.layer for node in trained.network.nodes]
    return replace(trained, network=Sequential(first, FeatureScale(), *rest))


def smoothed(trained: Trained) -> Trained | None:
    """A tenth of each label is spread over all classes."""
    if not isinstance(trained.recipe.loss, CrossEntropy):
        return None
    return with_recipe(loss=CrossEntropy(label_smoothing=0.1))(trained)


VARIATIONS: Mapping[str, Variation] = {
    DEFAULT: lambda trained: trained,
    "one network": lambda trained: replace(trained, networks=1),
    "numbers as they are": numbers_by(identity),
    "numbers by waves": numbers_by(PBLDEmbedding(deviation=0.3)),
    "a quarter of the steps": epochs_times(0.25),
    "three times the steps": epochs_times(3),
    "no cycle, half the rate": scheduled(lambda peak: peak / 2),
    "flat and then cosine": scheduled(FlatCosine),
    "four cycles": scheduled(MultiCycle),
    "β₂ = 0.999": slower_memory,
    "64 units": with_units(64),
    "256 units": with_units(256),
    "8 members (TabM)": with_members(8),
    "weights averaged": with_recipe(ema_momentum=0.99),
    "robust scaling": scaled("robust"),
    "quantile scaling": scaled("quantile"),
    "learned scale of each feature behind the bins": scaled_behind,
    "label smoothing 0.1": smoothed,
}
