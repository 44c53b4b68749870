"""What is to be trained, on what: arguments that may be left out, and what stands for them."""

from __future__ import annotations

from typing import Any

from shoal.data import Dataset
from shoal.default_masks import TileSide
from shoal.defaults import default_network, default_recipe
from shoal.network import Network
from shoal.training import Recipe
from shoal.training.augmentation.random_crop import tile_side
from shoal.wiring.implied_task import with_implied_task


def what_to_train(
    network: Any, recipe: Any, data: Any, *, ranges: bool, objective: str | None = None
) -> tuple[Network, Recipe, Dataset]:
    """The network, the recipe and the data of a call such as ``search(data)``.

    Data may stand where the first argument that is left out would: ``search(data)``,
    ``search(family, data)``. A network or a recipe that is left out is the one that the
    command takes for such data, of the task that the objective or the recipe's loss asks for
    where the targets leave it open (`with_implied_task`). What is of a wrong kind stays in
    its place, for `shoal.wiring.checks.check_arguments` to refuse.

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
        tile = tile_asked(network, recipe, data)
        network = default_network(data, ranges=ranges, tile=tile) if network is None else network
        recipe = default_recipe(data, ranges=ranges, tile=tile) if recipe is None else recipe
    return network, recipe, data


def tile_asked(network: Any, recipe: Any, data: Dataset) -> TileSide:
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
